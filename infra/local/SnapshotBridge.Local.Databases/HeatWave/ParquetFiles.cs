using System.Text;
using SnapshotBridge.Local.Parquet;
using SnapshotBridge.Parquet;

namespace SnapshotBridge.Local.Databases.HeatWave;

/// <summary>Parquet as HeatWave sees it: what is wrong with a file has HeatWave's numbers.</summary>
internal static class ParquetFiles
{
    /// <summary>Inference looks at the beginning of this many files.</summary>
    private const int SampledFiles = 10;

    public static ParquetReader Open(string name, ReadOnlyMemory<byte> bytes) => Guard(name, () => new ParquetReader(name, bytes));

    public static IReadOnlyList<ParquetColumnValues> ReadGroup(ParquetReader reader, int group, string name) => Guard(name, () => reader.ReadRowGroup(group));

    /// <summary>The columns that all files share, and the longest text per column in a sample.</summary>
    /// <exception cref="LakehouseException">A file is not Parquet (6081), or files disagree (6088, 6093).</exception>
    public static async Task<(IReadOnlyList<ParquetColumn> Columns, int[] LongestText)> SampleAsync(IReadOnlyList<LocalFile> files, CancellationToken cancellationToken)
    {
        ParquetFooter? first = null;
        var longest = Array.Empty<int>();
        var step = Math.Max(1, files.Count / SampledFiles);
        for (var i = 0; i < files.Count; i++)
        {
            var footer = await FooterAsync(files[i], cancellationToken);
            if (first is null)
            {
                first = footer;
                longest = new int[footer.Columns.Count];
            }
            else
            {
                RequireSame(first, footer, files[0].Name, files[i].Name);
            }

            if (i % step == 0 && footer.RowGroups.Count > 0)
            {
                var reader = Open(files[i].Name, await File.ReadAllBytesAsync(files[i].Path, cancellationToken));
                Measure(ReadGroup(reader, 0, files[i].Name), longest);
            }
        }

        return (first!.Columns, longest);
    }

    private static void Measure(IReadOnlyList<ParquetColumnValues> columns, int[] longest)
    {
        for (var i = 0; i < columns.Count; i++)
        {
            if (columns[i].Column.PhysicalType != ParquetPhysicalType.ByteArray)
            {
                continue;
            }

            for (var row = 0; row < columns[i].Rows; row++)
            {
                var bytes = columns[i].IsNull(row) ? default : columns[i].GetBytes(row);
                if (bytes.Length > longest[i])
                {
                    longest[i] = Math.Max(longest[i], Encoding.UTF8.GetCharCount(bytes));
                }
            }
        }
    }

    private static async Task<ParquetFooter> FooterAsync(LocalFile file, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(file.Path);
        var wanted = ParquetFooter.SuggestedTailBytes;
        while (true)
        {
            var tail = new byte[Math.Min(stream.Length, wanted)];
            stream.Position = stream.Length - tail.Length;
            await stream.ReadExactlyAsync(tail, cancellationToken);
            var needed = 0;
            if (Guard(file.Name, () => ParquetFooter.TryRead(file.Name, tail, stream.Length, out var footer, out needed) ? footer : null) is { } found)
            {
                return found;
            }

            wanted = needed;
        }
    }

    private static void RequireSame(ParquetFooter first, ParquetFooter other, string firstName, string otherName)
    {
        if (first.Columns.Count != other.Columns.Count)
        {
            throw new LakehouseException(
                LakehouseException.ColumnCountsDiffer,
                $"Number of columns differs: {first.Columns.Count} in {{object: {firstName}}}, {other.Columns.Count} in {{object: {otherName}}}");
        }

        for (var i = 0; i < first.Columns.Count; i++)
        {
            if (first.Columns[i].TypeText != other.Columns[i].TypeText)
            {
                throw new LakehouseException(
                    LakehouseException.TypesDiffer,
                    $"Type of column {i + 1} differs: {first.Columns[i]} in {{object: {firstName}}}, {other.Columns[i]} in {{object: {otherName}}}");
            }
        }
    }

    private static T Guard<T>(string name, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (ParquetFileInvalidException e)
        {
            throw new LakehouseException(LakehouseException.NotParquet, $"File is not a valid Parquet file: {{object: {name}}} ({e.Problem})");
        }
        catch (ParquetFeatureNotSupportedException e)
        {
            throw new LakehouseException(LakehouseException.TypeNotConvertible, e.Message);
        }
    }
}
