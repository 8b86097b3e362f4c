using System.Buffers.Binary;
using SnapshotBridge.Parquet;

namespace SnapshotBridge.Local.Parquet;

/// <summary>Smallest and largest value and the number of NULLs of one column in one row group, in Parquet's type-defined order.</summary>
internal sealed class StatisticsCollector(ParquetColumn column)
{
    /// <summary>Longer texts would bloat the footer: then there is no minimum and maximum. parquet-mr allows 4,096 bytes for both.</summary>
    private const int LongestText = 2_048;

    private readonly bool _signedBytes = column.ConvertedType == ParquetConvertedType.Decimal;
    private long _minimum;
    private long _maximum;
    private double _minimumDouble;
    private double _maximumDouble;
    private byte[] _minimumBytes = [];
    private byte[] _maximumBytes = [];
    private bool _tooLong;
    private bool _notANumber;
    private bool _any;

    public long NullCount { get; private set; }

    public void Reset()
    {
        NullCount = 0;
        _any = false;
        _tooLong = false;
        _notANumber = false;
    }

    public void AddNull() => NullCount++;

    public void Add(long value)
    {
        _minimum = _any ? Math.Min(_minimum, value) : value;
        _maximum = _any ? Math.Max(_maximum, value) : value;
        _any = true;
    }

    public void Add(double value)
    {
        _notANumber |= double.IsNaN(value);
        _minimumDouble = _any ? Math.Min(_minimumDouble, value) : value;
        _maximumDouble = _any ? Math.Max(_maximumDouble, value) : value;
        _any = true;
    }

    public void Add(ReadOnlySpan<byte> value)
    {
        if (_tooLong || value.Length > LongestText)
        {
            _tooLong = true;
            return;
        }

        if (!_any || Compare(value, _minimumBytes) < 0)
        {
            _minimumBytes = value.ToArray();
        }

        if (!_any || Compare(value, _maximumBytes) > 0)
        {
            _maximumBytes = value.ToArray();
        }

        _any = true;
    }

    /// <summary>Both bounds in plain encoding without a length, or null where there are none to tell.</summary>
    public (byte[] Minimum, byte[] Maximum)? Bounds()
    {
        if (!_any || _tooLong || _notANumber)
        {
            return null;
        }

        switch (column.PhysicalType)
        {
            case ParquetPhysicalType.Boolean:
                return ([(byte)_minimum], [(byte)_maximum]);
            case ParquetPhysicalType.Float:
                return (
                    BitConverter.GetBytes(_minimumDouble == 0 ? -0.0f : (float)_minimumDouble),
                    BitConverter.GetBytes(_maximumDouble == 0 ? 0.0f : (float)_maximumDouble));
            case ParquetPhysicalType.Int32:
                return (BitConverter.GetBytes((int)_minimum), BitConverter.GetBytes((int)_maximum));
            case ParquetPhysicalType.Int64:
                return (BitConverter.GetBytes(_minimum), BitConverter.GetBytes(_maximum));
            case ParquetPhysicalType.Double:
                // Readers may not tell the zeros apart: the bounds must hold for both.
                var minimum = new byte[8];
                BinaryPrimitives.WriteDoubleLittleEndian(minimum, _minimumDouble == 0 ? -0.0 : _minimumDouble);
                var maximum = new byte[8];
                BinaryPrimitives.WriteDoubleLittleEndian(maximum, _maximumDouble == 0 ? 0.0 : _maximumDouble);
                return (minimum, maximum);
            default:
                return (_minimumBytes, _maximumBytes);
        }
    }

    private int Compare(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        if (_signedBytes && left.Length > 0 && right.Length > 0)
        {
            var sign = ((sbyte)left[0]).CompareTo((sbyte)right[0]);
            if (sign != 0)
            {
                return sign;
            }
        }

        return left.SequenceCompareTo(right);
    }
}
