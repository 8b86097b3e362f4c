using SnapshotBridge.Parquet;
using SnapshotBridge.Planning;

namespace SnapshotBridge.Copying;

/// <summary>What an object's Parquet footer tells: read from the last bytes on their way past, else by a range of its own.</summary>
internal static class FooterReader
{
    /// <summary>The footer by range reads of the object's end; null where the gate was stopped.</summary>
    public static async Task<ObjectFacts?> ReadAsync(CopyContext context, int index, CancellationToken cancellationToken)
    {
        var planned = context.Planned(index);
        if (!IsParquet(planned))
        {
            return ObjectFacts.None;
        }

        using var lease = await context.Gate.EnterAsync(index);
        if (lease is null)
        {
            return null;
        }

        var readAgain = false;
        var length = (int)Math.Min(planned.SizeBytes, Math.Min(ParquetFooter.SuggestedTailBytes, lease.Buffer.Length));
        while (true)
        {
            var tail = lease.Buffer[..length];
            await context.Source.ReadAsync(planned.Key, planned.ETag, planned.SizeBytes, planned.SizeBytes - length, tail, cancellationToken);
            int needed;
            try
            {
                if (Read(planned, tail.Span, out needed) is { } facts)
                {
                    return facts;
                }
            }
            catch (ParquetFileInvalidException) when (!readAgain)
            {
                // The object's bytes are proven, those of this range are not.
                readAgain = true;
                continue;
            }

            if (needed > lease.Buffer.Length)
            {
                throw new ParquetFileInvalidException(
                    planned.Key, $"its footer takes {needed} bytes and this function's buffers {lease.Buffer.Length}; with a larger PART_SIZE_MIB it can be read");
            }

            length = needed;
        }
    }

    /// <summary>Rows and columns from the object's last bytes; null where more of them are needed.</summary>
    /// <exception cref="ParquetFileInvalidException">They are not the end of a Parquet file.</exception>
    public static ObjectFacts? Read(PlannedObject planned, ReadOnlySpan<byte> tail, out int needed)
    {
        needed = 0;
        if (!IsParquet(planned))
        {
            return ObjectFacts.None;
        }

        try
        {
            return ParquetFooter.TryRead(planned.Key, tail, planned.SizeBytes, out var footer, out needed, withColumnChunks: true)
                ? Facts(footer, FooterStatistics.Of(footer, planned.Key))
                : null;
        }
        catch (ParquetFileInvalidException)
        {
            // Rows and columns are what the copy needs. Where these cannot be read either, this says why.
            return ParquetFooter.TryRead(planned.Key, tail, planned.SizeBytes, out var footer, out needed)
                ? Facts(footer, FooterStatistics.Unknown(footer.Columns.Count, "the column chunks cannot be read", planned.Key))
                : null;
        }
    }

    /// <summary>As far as the last part tells it before the object's checksum is known: null where the bytes may be wrong.</summary>
    public static ObjectFacts? ReadUnproven(PlannedObject planned, ReadOnlySpan<byte> tail)
    {
        try
        {
            return Read(planned, tail, out _);
        }
        catch (ParquetFileInvalidException)
        {
            return null;
        }
    }

    private static ObjectFacts Facts(ParquetFooter footer, IReadOnlyList<ColumnStatistics> statistics) =>
        new(footer.Rows, [.. footer.Columns.Select(column => column.ToString())], statistics);

    private static bool IsParquet(PlannedObject planned) => planned.Key.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase);
}

/// <summary>What the load needs to know of an object's content.</summary>
/// <param name="Rows">Rows according to the footer; 0 for what is no Parquet file.</param>
/// <param name="Columns">The columns in file order, as <c>name type</c> texts.</param>
/// <param name="Statistics">What the footer says about each column's values; null where a document of an earlier version does not tell.</param>
internal sealed record ObjectFacts(long Rows, IReadOnlyList<string> Columns, IReadOnlyList<ColumnStatistics>? Statistics)
{
    public static ObjectFacts None { get; } = new(0, [], []);
}

/// <summary>What the last part told on its way past; kept while other parts are still under way.</summary>
internal sealed class TailFacts
{
    public ObjectFacts? Facts { get; set; }
}
