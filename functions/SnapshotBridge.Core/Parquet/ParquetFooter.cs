using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace SnapshotBridge.Parquet;

/// <summary>
/// What a Parquet file's footer says: rows, columns, writer. Written for one range read of the file's end:
/// <see cref="TryRead"/> tells how many bytes it needs when the footer is longer than what it was given.
/// </summary>
public sealed class ParquetFooter
{
    /// <summary>How much of a file's end to read first. Footers of RDS's files take about 225 bytes per column and row group.</summary>
    public const int SuggestedTailBytes = 64 * 1024;

    /// <summary>The longest footer that is read. Far beyond 1,017 columns (HeatWave's limit) in 300 row groups.</summary>
    public const int MaximumFooterBytes = 96 * 1024 * 1024;

    /// <summary>A file's shortest form: two magics, a footer length and one byte of footer.</summary>
    private const int MinimumFileBytes = 13;

    /// <summary>The footer's length and the closing magic.</summary>
    private const int TrailerBytes = 8;

    private readonly bool[] _ordered;

    internal ParquetFooter(long rows, IReadOnlyList<ParquetColumn> columns, IReadOnlyList<ParquetRowGroup> rowGroups, string? createdBy, bool[] ordered)
    {
        _ordered = ordered;
        Rows = rows;
        Columns = columns;
        RowGroups = rowGroups;
        CreatedBy = createdBy;
    }

    /// <summary>Rows of the file; equal to the sum over its row groups (checked).</summary>
    public long Rows { get; }

    /// <summary>The leaf columns in file order.</summary>
    public IReadOnlyList<ParquetColumn> Columns { get; }

    public IReadOnlyList<ParquetRowGroup> RowGroups { get; }

    /// <summary>The program that wrote the file, as it names itself.</summary>
    public string? CreatedBy { get; }

    /// <summary>
    /// Whether the writer says that a column's <see cref="ParquetStatistics.Minimum"/> and <see cref="ParquetStatistics.Maximum"/>
    /// are in the order of its type. Known only where the footer was read with column chunks.
    /// </summary>
    public bool IsOrdered(int column) => column < _ordered.Length && _ordered[column];

    /// <summary>
    /// Reads the footer from a file's last bytes.
    /// </summary>
    /// <param name="objectName">The file's name, for messages.</param>
    /// <param name="tail">The last bytes of the file, as many as are at hand.</param>
    /// <param name="fileSizeBytes">The whole file's size.</param>
    /// <param name="footer">The footer, when the answer is true.</param>
    /// <param name="neededBytes">When the answer is false: how many of the file's last bytes are needed. Never more than the file has.</param>
    /// <param name="withColumnChunks">True to learn where each column chunk lies too, with its statistics.</param>
    /// <exception cref="ParquetFileInvalidException">The file is no Parquet file, truncated, encrypted or damaged.</exception>
    public static bool TryRead(
        string objectName,
        ReadOnlySpan<byte> tail,
        long fileSizeBytes,
        [NotNullWhen(true)] out ParquetFooter? footer,
        out int neededBytes,
        bool withColumnChunks = false)
    {
        footer = null;
        if (fileSizeBytes < MinimumFileBytes)
        {
            throw new ParquetFileInvalidException(objectName, $"it has {fileSizeBytes} bytes and the smallest Parquet file has {MinimumFileBytes}");
        }

        if (tail.Length > fileSizeBytes)
        {
            throw new ArgumentException($"The tail has {tail.Length} bytes and the file only {fileSizeBytes}.", nameof(tail));
        }

        neededBytes = TrailerBytes;
        if (tail.Length < TrailerBytes)
        {
            return false;
        }

        CheckMagic(objectName, tail[^4..]);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(tail[^8..]);
        if (length == 0 || length > fileSizeBytes - TrailerBytes - 4)
        {
            throw new ParquetFileInvalidException(
                objectName, $"its footer claims {length} bytes and the file has {fileSizeBytes}: it is truncated or damaged");
        }

        if (length > MaximumFooterBytes)
        {
            throw new ParquetFileInvalidException(objectName, $"its footer claims {length} bytes and at most {MaximumFooterBytes} are read");
        }

        neededBytes = (int)length + TrailerBytes;
        if (tail.Length < neededBytes)
        {
            return false;
        }

        if (tail.Length == fileSizeBytes)
        {
            CheckOpening(objectName, tail);
        }

        footer = ParquetFooterParser.Parse(objectName, tail[^neededBytes..^TrailerBytes], withColumnChunks);
        return true;
    }

    /// <summary>Reads the footer of a file that is wholly in memory.</summary>
    /// <exception cref="ParquetFileInvalidException">As for <see cref="TryRead"/>.</exception>
    public static ParquetFooter Read(string objectName, ReadOnlySpan<byte> file, bool withColumnChunks = false) =>
        TryRead(objectName, file, file.Length, out var footer, out _, withColumnChunks)
            ? footer
            : throw new InvalidOperationException("A whole file holds its footer.");

    private static void CheckOpening(string objectName, ReadOnlySpan<byte> file)
    {
        if (!file[..4].SequenceEqual("PAR1"u8))
        {
            throw new ParquetFileInvalidException(objectName, $"it begins with {Convert.ToHexString(file[..4])} instead of PAR1");
        }
    }

    private static void CheckMagic(string objectName, ReadOnlySpan<byte> magic)
    {
        if (magic.SequenceEqual("PARE"u8))
        {
            throw new ParquetFileInvalidException(objectName, "its footer is encrypted (PARE), which neither RDS writes nor HeatWave reads");
        }

        if (!magic.SequenceEqual("PAR1"u8))
        {
            throw new ParquetFileInvalidException(
                objectName, $"it ends with {Convert.ToHexString(magic)} instead of PAR1: it is truncated or no Parquet file");
        }
    }
}
