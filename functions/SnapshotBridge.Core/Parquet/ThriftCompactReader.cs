using System.Text;

namespace SnapshotBridge.Parquet;

/// <summary>
/// Reads Thrift's compact protocol from bytes that nobody vouches for: every length is checked against the bytes that
/// are left before anything is allocated, varints and nesting are bounded, and what is wrong ends as
/// <see cref="ParquetFileInvalidException"/> naming the object.
/// </summary>
/// <param name="bytes">The metadata.</param>
/// <param name="objectName">The object's name, for messages.</param>
/// <param name="what">What is being read, for messages: <c>footer</c> or <c>page header</c>.</param>
public ref struct ThriftCompactReader(ReadOnlySpan<byte> bytes, string objectName, string what)
{
    /// <summary>Parquet's own metadata nests six deep; what is deeper is hostile or damaged.</summary>
    private const int MaximumDepth = 24;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>How many bytes have been read.</summary>
    public int Position { get; private set; }

    private readonly int Left => _bytes.Length - Position;

    /// <summary>
    /// Reads the next field header of a struct. <paramref name="id"/> goes in as the previous field's id (0 at the
    /// struct's start) and comes out as this one's.
    /// </summary>
    /// <returns>False at the end of the struct.</returns>
    public bool NextField(ref int id, out ThriftType type)
    {
        var header = ReadByte();
        type = ToType(header & 0x0F);
        if (type == ThriftType.Stop)
        {
            return false;
        }

        var delta = header >> 4;
        id = delta != 0 ? id + delta : ReadInt16();
        if (id is < 0 or > short.MaxValue)
        {
            throw Invalid($"field id {id} is out of range");
        }

        return true;
    }

    /// <summary>A whole number of 16, 32 or 64 bits (or a byte) in the field type that the header announced.</summary>
    public long ReadInteger(ThriftType type) => type switch
    {
        ThriftType.Byte => (sbyte)ReadByte(),
        ThriftType.Int16 or ThriftType.Int32 or ThriftType.Int64 => ReadZigZag(),
        _ => throw Invalid($"a whole number was expected but the field is a {type}"),
    };

    /// <summary>As <see cref="ReadInteger"/>, within 32 bits.</summary>
    public int ReadInt32(ThriftType type)
    {
        var value = ReadInteger(type);
        return value is >= int.MinValue and <= int.MaxValue ? (int)value : throw Invalid($"{value} does not fit 32 bits");
    }

    /// <summary>A truth value: the compact protocol keeps it in the field's type.</summary>
    public readonly bool ReadBoolean(ThriftType type) => type switch
    {
        ThriftType.True => true,
        ThriftType.False => false,
        _ => throw Invalid($"a boolean was expected but the field is a {type}"),
    };

    /// <summary>A UTF-8 text.</summary>
    public string ReadString(ThriftType type)
    {
        try
        {
            return StrictUtf8.GetString(ReadBinary(type));
        }
        catch (DecoderFallbackException)
        {
            throw Invalid("a text is not UTF-8");
        }
    }

    /// <summary>A run of bytes, in place.</summary>
    public ReadOnlySpan<byte> ReadBinary(ThriftType type)
    {
        Expect(type, ThriftType.Binary);
        var length = ReadLength("a text");
        var slice = _bytes.Slice(Position, length);
        Position += length;
        return slice;
    }

    /// <summary>A list's header. Every element takes at least a byte, so the size is bounded by the bytes that are left.</summary>
    public int ReadListHeader(ThriftType type, out ThriftType elementType)
    {
        if (type is not (ThriftType.List or ThriftType.Set))
        {
            throw Invalid($"a list was expected but the field is a {type}");
        }

        var header = ReadByte();
        elementType = ToType(header & 0x0F);
        var size = header >> 4;
        return size != 15 ? CheckLength((ulong)size, "a list") : ReadLength("a list");
    }

    /// <summary>Passes over a value that is of no interest.</summary>
    public void Skip(ThriftType type) => Skip(type, 0, inCollection: false);

    /// <summary>Complains unless a struct comes next.</summary>
    public readonly void ExpectStruct(ThriftType type) => Expect(type, ThriftType.Struct);

    /// <summary>The exception for something wrong at this place.</summary>
    public readonly ParquetFileInvalidException Invalid(string problem) =>
        new(objectName, $"its {what} is damaged at byte {Position} of {_bytes.Length}: {problem}");

    private void Skip(ThriftType type, int depth, bool inCollection)
    {
        if (depth > MaximumDepth)
        {
            throw Invalid($"structures nest deeper than {MaximumDepth}");
        }

        switch (type)
        {
            case ThriftType.True or ThriftType.False:
                if (inCollection)
                {
                    ReadByte();
                }

                break;
            case ThriftType.Byte:
                ReadByte();
                break;
            case ThriftType.Int16 or ThriftType.Int32 or ThriftType.Int64:
                ReadVarint();
                break;
            case ThriftType.Double:
                Advance(CheckLength(8, "a double"));
                break;
            case ThriftType.Binary:
                Advance(ReadLength("a text"));
                break;
            case ThriftType.List or ThriftType.Set:
                var count = ReadListHeader(type, out var elementType);
                for (var i = 0; i < count; i++)
                {
                    Skip(elementType, depth + 1, inCollection: true);
                }

                break;
            case ThriftType.Map:
                SkipMap(depth);
                break;
            case ThriftType.Struct:
                var id = 0;
                while (NextField(ref id, out var fieldType))
                {
                    Skip(fieldType, depth + 1, inCollection: false);
                }

                break;
            default:
                throw Invalid($"type {type} cannot stand here");
        }
    }

    private void SkipMap(int depth)
    {
        var entries = ReadLength("a map");
        if (entries == 0)
        {
            return;
        }

        var types = ReadByte();
        for (var i = 0; i < entries; i++)
        {
            Skip(ToType(types >> 4), depth + 1, inCollection: true);
            Skip(ToType(types & 0x0F), depth + 1, inCollection: true);
        }
    }

    private short ReadInt16()
    {
        var value = ReadZigZag();
        return value is >= short.MinValue and <= short.MaxValue ? (short)value : throw Invalid($"field id {value} is out of range");
    }

    private long ReadZigZag()
    {
        var raw = ReadVarint();
        return (long)(raw >> 1) ^ -(long)(raw & 1);
    }

    // A call, because Position += ReadLength() takes Position before ReadLength moves it.
    private void Advance(int count) => Position += count;

    private int ReadLength(string thing) => CheckLength(ReadVarint(), thing);

    private readonly int CheckLength(ulong length, string thing) =>
        length <= (ulong)Left ? (int)length : throw Invalid($"{thing} claims {length} elements or bytes where {Left} bytes are left");

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = ReadByte();
            if (shift == 63 && part > 1)
            {
                break;
            }

            value |= (ulong)(part & 0x7F) << shift;
            if ((part & 0x80) == 0)
            {
                return value;
            }
        }

        throw Invalid("a number is longer than 64 bits");
    }

    private byte ReadByte() => Position < _bytes.Length ? _bytes[Position++] : throw Invalid("it ends in the middle of a structure");

    private readonly void Expect(ThriftType type, ThriftType expected)
    {
        if (type != expected)
        {
            throw Invalid($"a {expected} was expected but the field is a {type}");
        }
    }

    private readonly ThriftType ToType(int nibble) =>
        nibble <= (int)ThriftType.Struct ? (ThriftType)nibble : throw Invalid($"type {nibble} is unknown");
}
