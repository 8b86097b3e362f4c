using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;
using SnapshotBridge.Parquet;

namespace SnapshotBridge.Local.Parquet;

/// <summary>
/// Takes one column's values, one call per row, and keeps them in PLAIN encoding until the row group ends.
/// </summary>
public sealed class ColumnWriter
{
    private readonly record struct PageEnd(int Row, int Value, int Byte);

    private readonly int _pageBytes;
    private readonly List<PageEnd> _pageEnds = [];
    private readonly StatisticsCollector _statistics;
    private byte[] _plain = new byte[4096];
    private int _plainLength;
    private int[] _ends = new int[1024];
    private int _values;
    private int[] _levels = new int[1024];
    private PageEnd _pageStart;

    internal ColumnWriter(ParquetColumn column, int pageBytes)
    {
        Column = column;
        _pageBytes = pageBytes;
        _statistics = new StatisticsCollector(column);
    }

    public ParquetColumn Column { get; }

    /// <summary>Rows taken since the row group began.</summary>
    internal int Rows { get; private set; }

    internal int PlainBytes => _plainLength;

    internal ReadOnlySpan<byte> Plain => _plain.AsSpan(0, _plainLength);

    /// <summary>Values that are not NULL.</summary>
    internal int Values => _values;

    internal StatisticsCollector Statistics => _statistics;

    /// <summary>Appends NULL.</summary>
    public void WriteNull()
    {
        if (Column.Repetition == ParquetRepetition.Required)
        {
            throw new InvalidOperationException($"Column '{Column.Name}' is REQUIRED and takes no NULL.");
        }

        AddLevel(0);
        _statistics.AddNull();
    }

    public void Write(int value)
    {
        Require(ParquetPhysicalType.Int32);
        BinaryPrimitives.WriteInt32LittleEndian(Reserve(4), value);
        _statistics.Add(value);
        AddValue();
    }

    public void Write(long value)
    {
        Require(ParquetPhysicalType.Int64);
        BinaryPrimitives.WriteInt64LittleEndian(Reserve(8), value);
        _statistics.Add(value);
        AddValue();
    }

    public void Write(double value)
    {
        Require(ParquetPhysicalType.Double);
        BinaryPrimitives.WriteDoubleLittleEndian(Reserve(8), value);
        _statistics.Add(value);
        AddValue();
    }

    public void Write(float value)
    {
        Require(ParquetPhysicalType.Float);
        BinaryPrimitives.WriteSingleLittleEndian(Reserve(4), value);
        _statistics.Add(value);
        AddValue();
    }

    /// <summary>Appends a truth value; until its page is written it takes a byte, and a bit there.</summary>
    public void Write(bool value)
    {
        Require(ParquetPhysicalType.Boolean);
        Reserve(1)[0] = value ? (byte)1 : (byte)0;
        _statistics.Add(value ? 1L : 0L);
        AddValue();
    }

    /// <summary>Appends a byte array, or a fixed-length one of exactly the column's length.</summary>
    public void Write(ReadOnlySpan<byte> value)
    {
        if (Column.PhysicalType == ParquetPhysicalType.FixedLenByteArray)
        {
            if (value.Length != Column.TypeLength)
            {
                throw new ArgumentException($"Column '{Column.Name}' takes {Column.TypeLength} bytes, not {value.Length}.", nameof(value));
            }

            value.CopyTo(Reserve(value.Length));
        }
        else
        {
            Require(ParquetPhysicalType.ByteArray);
            var target = Reserve(value.Length + 4);
            BinaryPrimitives.WriteInt32LittleEndian(target, value.Length);
            value.CopyTo(target[4..]);
        }

        _statistics.Add(value);
        AddValue();
    }

    /// <summary>Appends a text as UTF-8.</summary>
    public void Write(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Require(ParquetPhysicalType.ByteArray);
        var start = _plainLength;
        var target = Reserve(Encoding.UTF8.GetMaxByteCount(value.Length) + 4);
        var length = Encoding.UTF8.GetBytes(value, target[4..]);
        BinaryPrimitives.WriteInt32LittleEndian(target, length);
        _plainLength = start + 4 + length;
        _statistics.Add(_plain.AsSpan(start + 4, length));
        AddValue();
    }

    /// <summary>Appends a decimal's digits without the point, in the column's physical type.</summary>
    /// <exception cref="OverflowException">The number does not fit the column's physical type.</exception>
    public void WriteUnscaled(BigInteger unscaled)
    {
        switch (Column.PhysicalType)
        {
            case ParquetPhysicalType.Int32:
                Write((int)unscaled);
                break;
            case ParquetPhysicalType.Int64:
                Write((long)unscaled);
                break;
            case ParquetPhysicalType.FixedLenByteArray:
                Span<byte> bytes = stackalloc byte[Column.TypeLength];
                bytes.Fill(unscaled.Sign < 0 ? (byte)0xFF : (byte)0);
                var length = unscaled.GetByteCount();
                if (length > bytes.Length)
                {
                    throw new OverflowException(string.Create(
                        CultureInfo.InvariantCulture, $"Column '{Column.Name}' takes {bytes.Length} bytes, and {unscaled} needs {length}."));
                }

                unscaled.TryWriteBytes(bytes[(bytes.Length - length)..], out _, isBigEndian: true);
                Write(bytes);
                break;
            default:
                throw Mismatch("a decimal");
        }
    }

    /// <summary>The row group's pages: where each ends, counted in rows, values and bytes from the row group's start.</summary>
    internal IEnumerable<(int Rows, int FirstRow, int FirstValue, int Values, int FirstByte, int Bytes)> Pages()
    {
        var start = default(PageEnd);
        foreach (var end in _pageEnds.Append(new PageEnd(Rows, _values, _plainLength)))
        {
            if (end.Row > start.Row)
            {
                yield return (end.Row - start.Row, start.Row, start.Value, end.Value - start.Value, start.Byte, end.Byte - start.Byte);
            }

            start = end;
        }
    }

    internal ReadOnlySpan<int> Levels(int firstRow, int rows) => _levels.AsSpan(firstRow, rows);

    /// <summary>One value in PLAIN encoding, the length of a byte array included.</summary>
    internal ReadOnlySpan<byte> PlainValue(int index)
    {
        var start = index == 0 ? 0 : _ends[index - 1];
        return _plain.AsSpan(start, _ends[index] - start);
    }

    internal void BeginRowGroup()
    {
        _plainLength = 0;
        _values = 0;
        Rows = 0;
        _pageStart = default;
        _pageEnds.Clear();
        _statistics.Reset();
    }

    private void AddValue()
    {
        if (_values == _ends.Length)
        {
            Array.Resize(ref _ends, _values * 2);
        }

        _ends[_values++] = _plainLength;
        AddLevel(1);
        if (_plainLength - _pageStart.Byte >= _pageBytes)
        {
            _pageStart = new PageEnd(Rows, _values, _plainLength);
            _pageEnds.Add(_pageStart);
        }
    }

    private void AddLevel(int level)
    {
        if (Rows == _levels.Length)
        {
            Array.Resize(ref _levels, Rows * 2);
        }

        _levels[Rows++] = level;
    }

    private Span<byte> Reserve(int bytes)
    {
        var end = checked(_plainLength + bytes);
        if (end > _plain.Length)
        {
            Array.Resize(ref _plain, (int)Math.Min(Math.Max((long)_plain.Length * 2, end), Array.MaxLength));
        }

        var target = _plain.AsSpan(_plainLength, bytes);
        _plainLength = end;
        return target;
    }

    private void Require(ParquetPhysicalType type)
    {
        if (Column.PhysicalType != type)
        {
            throw Mismatch(type.ToString());
        }
    }

    private InvalidOperationException Mismatch(string given) => new($"Column '{Column.Name}' is {Column.TypeText} and was given {given}.");
}
