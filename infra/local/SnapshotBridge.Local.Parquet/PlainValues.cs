using System.Buffers.Binary;
using SnapshotBridge.Parquet;

namespace SnapshotBridge.Local.Parquet;

/// <summary>Values without NULLs: of a dictionary, or of one page in PLAIN encoding. One of the three arrays is in use.</summary>
internal sealed class PlainValues
{
    public long[] Integers { get; private init; } = [];

    public double[] Doubles { get; private init; } = [];

    public ReadOnlyMemory<byte>[] Bytes { get; private init; } = [];

    public static PlainValues Decode(ParquetColumn column, ReadOnlyMemory<byte> data, int count, string objectName)
    {
        var width = column.PhysicalType switch
        {
            ParquetPhysicalType.Int32 or ParquetPhysicalType.Float => 4,
            ParquetPhysicalType.Int64 or ParquetPhysicalType.Double => 8,
            ParquetPhysicalType.FixedLenByteArray => column.TypeLength,
            _ => 0,
        };
        if ((long)width * count > data.Length || (column.PhysicalType == ParquetPhysicalType.Boolean && (count + 7) / 8 > data.Length))
        {
            throw Short(column, objectName);
        }

        var span = data.Span;
        switch (column.PhysicalType)
        {
            case ParquetPhysicalType.Boolean:
                var booleans = new long[count];
                for (var i = 0; i < count; i++)
                {
                    booleans[i] = (span[i >> 3] >> (i & 7)) & 1;
                }

                return new PlainValues { Integers = booleans };
            case ParquetPhysicalType.Int32:
                var integers = new long[count];
                for (var i = 0; i < count; i++)
                {
                    integers[i] = BinaryPrimitives.ReadInt32LittleEndian(span[(4 * i)..]);
                }

                return new PlainValues { Integers = integers };
            case ParquetPhysicalType.Int64:
                var longs = new long[count];
                for (var i = 0; i < count; i++)
                {
                    longs[i] = BinaryPrimitives.ReadInt64LittleEndian(span[(8 * i)..]);
                }

                return new PlainValues { Integers = longs };
            case ParquetPhysicalType.Float:
                var floats = new double[count];
                for (var i = 0; i < count; i++)
                {
                    floats[i] = BinaryPrimitives.ReadSingleLittleEndian(span[(4 * i)..]);
                }

                return new PlainValues { Doubles = floats };
            case ParquetPhysicalType.Double:
                var doubles = new double[count];
                for (var i = 0; i < count; i++)
                {
                    doubles[i] = BinaryPrimitives.ReadDoubleLittleEndian(span[(8 * i)..]);
                }

                return new PlainValues { Doubles = doubles };
            case ParquetPhysicalType.FixedLenByteArray:
                var slices = new ReadOnlyMemory<byte>[count];
                for (var i = 0; i < count; i++)
                {
                    slices[i] = data.Slice(width * i, width);
                }

                return new PlainValues { Bytes = slices };
            default:
                return new PlainValues { Bytes = ByteArrays(column, data, count, objectName) };
        }
    }

    private static ReadOnlyMemory<byte>[] ByteArrays(ParquetColumn column, ReadOnlyMemory<byte> data, int count, string objectName)
    {
        if (4L * count > data.Length)
        {
            throw Short(column, objectName);
        }

        var span = data.Span;
        var values = new ReadOnlyMemory<byte>[count];
        var at = 0;
        for (var i = 0; i < count; i++)
        {
            if (span.Length - at < 4)
            {
                throw Short(column, objectName);
            }

            var length = BinaryPrimitives.ReadInt32LittleEndian(span[at..]);
            at += 4;
            if (length < 0 || length > span.Length - at)
            {
                throw Short(column, objectName);
            }

            values[i] = data.Slice(at, length);
            at += length;
        }

        return values;
    }

    private static ParquetFileInvalidException Short(ParquetColumn column, string objectName) =>
        new(objectName, $"column '{column.Name}': a page has fewer bytes than its values need");
}
