using System.Buffers;
using System.Text;
using SnapshotBridge.Parquet;

namespace SnapshotBridge.Local.Parquet;

/// <summary>Writes Thrift's compact protocol: fields in rising order of their numbers.</summary>
internal sealed class ThriftCompactWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private readonly Stack<int> _outerIds = new();
    private int _lastId;

    public ReadOnlySpan<byte> Written => _bytes.WrittenSpan;

    /// <summary>Forgets what was written, so that the buffer can be used again.</summary>
    public void Clear()
    {
        _bytes.ResetWrittenCount();
        _outerIds.Clear();
        _lastId = 0;
    }

    public void Int32(int id, int value) => Integer(id, ThriftType.Int32, value);

    public void Int64(int id, long value) => Integer(id, ThriftType.Int64, value);

    public void Text(int id, string value)
    {
        Header(id, ThriftType.Binary);
        Element(value);
    }

    public void Binary(int id, ReadOnlySpan<byte> value)
    {
        Header(id, ThriftType.Binary);
        Varint((ulong)value.Length);
        _bytes.Write(value);
    }

    public void BeginList(int id, ThriftType elements, int count)
    {
        Header(id, ThriftType.List);
        if (count < 15)
        {
            Byte((byte)((count << 4) | (int)elements));
        }
        else
        {
            Byte((byte)(0xF0 | (int)elements));
            Varint((ulong)count);
        }
    }

    public void BeginStruct(int id)
    {
        Header(id, ThriftType.Struct);
        BeginElement();
    }

    /// <summary>Begins a struct that is a list's element and so has no header.</summary>
    public void BeginElement()
    {
        _outerIds.Push(_lastId);
        _lastId = 0;
    }

    public void EndStruct()
    {
        Byte(0);
        _lastId = _outerIds.Pop();
    }

    /// <summary>Ends the outermost struct.</summary>
    public void End() => Byte(0);

    /// <summary>A list's element.</summary>
    public void Element(int value) => Varint(ZigZag(value));

    /// <summary>A list's element.</summary>
    public void Element(string value)
    {
        var utf8 = Encoding.UTF8.GetBytes(value);
        Varint((ulong)utf8.Length);
        _bytes.Write(utf8);
    }

    private void Integer(int id, ThriftType type, long value)
    {
        Header(id, type);
        Varint(ZigZag(value));
    }

    private void Header(int id, ThriftType type)
    {
        var delta = id - _lastId;
        if (delta is > 0 and <= 15)
        {
            Byte((byte)((delta << 4) | (int)type));
        }
        else
        {
            Byte((byte)type);
            Varint(ZigZag(id));
        }

        _lastId = id;
    }

    private void Byte(byte value)
    {
        _bytes.GetSpan(1)[0] = value;
        _bytes.Advance(1);
    }

    private void Varint(ulong value)
    {
        while (value >= 0x80)
        {
            Byte((byte)(value | 0x80));
            value >>= 7;
        }

        Byte((byte)value);
    }

    private static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));
}
