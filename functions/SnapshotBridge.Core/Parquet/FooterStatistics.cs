using System.Buffers.Binary;

namespace SnapshotBridge.Parquet;

/// <summary>
/// Null counts, minima and maxima of a file's columns, from the statistics of its column chunks (parquet.thrift,
/// <c>Statistics</c> and <c>ColumnOrder</c>). What a writer did not say, or said in an order that is not the type's, is
/// not known; it is never guessed.
/// </summary>
public static class FooterStatistics
{
    private const int LongestName = 80;

    /// <summary>One entry per leaf column.</summary>
    /// <param name="footer">A footer that was read with column chunks.</param>
    /// <param name="fileName">The file, for the reasons of what is not known.</param>
    public static IReadOnlyList<ColumnStatistics> Of(ParquetFooter footer, string fileName)
    {
        ArgumentNullException.ThrowIfNull(footer);
        ArgumentNullException.ThrowIfNull(fileName);
        var columns = new ColumnStatistics[footer.Columns.Count];
        for (var index = 0; index < columns.Length; index++)
        {
            columns[index] = OfColumn(footer, index, fileName);
        }

        return columns;
    }

    /// <summary>For a file whose chunks tell nothing.</summary>
    public static IReadOnlyList<ColumnStatistics> Unknown(int columns, string reason, string fileName) =>
        [.. Enumerable.Repeat(new ColumnStatistics { Unknown = Named(reason, fileName) }, columns)];

    private static ColumnStatistics OfColumn(ParquetFooter footer, int index, string fileName)
    {
        var column = footer.Columns[index];
        var meaning = ColumnMeaning.Of(column);
        var sum = ColumnStatistics.Empty;
        foreach (var group in footer.RowGroups)
        {
            if (group.Rows == 0)
            {
                continue;
            }

            var chunk = group.Chunks[index];
            var nulls = column.IsNested ? null : column.Repetition == ParquetRepetition.Required ? 0 : chunk.Statistics?.NullCount;
            var (minimum, maximum, problem) = Bounds(column, meaning, footer.IsOrdered(index), chunk, nulls);
            sum = ColumnStatistics.Merge(sum, new ColumnStatistics
            {
                Nulls = nulls,
                Minimum = minimum,
                Maximum = maximum,
                Unknown = problem is null ? null : Named(problem, fileName),
            });
        }

        return sum;
    }

    private static (StatisticsValue? Minimum, StatisticsValue? Maximum, string? Problem) Bounds(
        ParquetColumn column, ColumnMeaning meaning, bool isOrdered, ParquetColumnChunk chunk, long? nulls)
    {
        if (meaning.Values == ColumnValues.Unordered)
        {
            return (null, null, column.IsNested ? "the column is nested" : "values of this type have no order");
        }

        if (nulls is { } count && count == chunk.Values)
        {
            return default;
        }

        if (chunk.Statistics is not { } statistics)
        {
            return (null, null, "there are no statistics");
        }

        // The deprecated fields, and those without an order, are right where comparing signed numbers is: old writers
        // compared bytes and unsigned numbers in the same way.
        var isSigned = column.PhysicalType is not (ParquetPhysicalType.ByteArray or ParquetPhysicalType.FixedLenByteArray) && meaning.Values != ColumnValues.Unsigned;
        if (!isOrdered && !isSigned)
        {
            return (null, null, "the writer does not say in which order it compared");
        }

        var minimum = statistics.Minimum ?? (isSigned ? statistics.SignedMinimum : null);
        var maximum = statistics.Maximum ?? (isSigned ? statistics.SignedMaximum : null);
        if (minimum is null || maximum is null)
        {
            return (null, null, "there are no minimum and maximum");
        }

        if (!statistics.MinimumIsExact || !statistics.MaximumIsExact)
        {
            return (null, null, "the writer shortened minimum or maximum");
        }

        return Decode(column, meaning, minimum.Value.Span) is { } smallest && Decode(column, meaning, maximum.Value.Span) is { } largest && smallest.CompareTo(largest) <= 0
            ? (smallest, largest, null)
            : (null, null, meaning.Values is ColumnValues.Float or ColumnValues.Double ? "minimum or maximum is not a number" : "minimum and maximum are damaged");
    }

    /// <summary>A value in plain encoding; null where it is none of the column's type.</summary>
    private static StatisticsValue? Decode(ParquetColumn column, ColumnMeaning meaning, ReadOnlySpan<byte> bytes) => (column.PhysicalType, bytes.Length) switch
    {
        (ParquetPhysicalType.Boolean, 1) => StatisticsValue.Of(bytes[0] == 0 ? Int128.Zero : Int128.One),
        (ParquetPhysicalType.Int32, 4) => StatisticsValue.Of(
            meaning.Values == ColumnValues.Unsigned ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : (Int128)BinaryPrimitives.ReadInt32LittleEndian(bytes)),
        (ParquetPhysicalType.Int64, 8) => StatisticsValue.Of(
            meaning.Values == ColumnValues.Unsigned ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : (Int128)BinaryPrimitives.ReadInt64LittleEndian(bytes)),
        (ParquetPhysicalType.Float, 4) => OfDouble(BinaryPrimitives.ReadSingleLittleEndian(bytes)),
        (ParquetPhysicalType.Double, 8) => OfDouble(BinaryPrimitives.ReadDoubleLittleEndian(bytes)),
        (ParquetPhysicalType.ByteArray or ParquetPhysicalType.FixedLenByteArray, _) =>
            meaning.Values == ColumnValues.Decimal ? OfBigEndian(bytes) : StatisticsValue.Of(bytes),
        _ => null,
    };

    private static StatisticsValue? OfDouble(double value) => double.IsNaN(value) ? null : StatisticsValue.Of(value);

    /// <summary>Two's complement, the most significant byte first. 38 digits, all that MySQL can load, take 16 bytes.</summary>
    private static StatisticsValue? OfBigEndian(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 0)
        {
            return null;
        }

        var sign = (byte)((sbyte)bytes[0] < 0 ? 0xFF : 0);
        while (bytes.Length > 16 && bytes[0] == sign)
        {
            bytes = bytes[1..];
        }

        if (bytes.Length > 16 || (byte)((sbyte)bytes[0] < 0 ? 0xFF : 0) != sign)
        {
            return null;
        }

        Span<byte> wide = stackalloc byte[16];
        wide.Fill(sign);
        bytes.CopyTo(wide[(16 - bytes.Length)..]);
        return StatisticsValue.Of(BinaryPrimitives.ReadInt128BigEndian(wide));
    }

    private static string Named(string reason, string fileName)
    {
        var name = fileName[(fileName.LastIndexOf('/') + 1)..];
        return $"{reason} in {(name.Length <= LongestName ? name : name[..LongestName] + "…")}";
    }
}
