using System.IO.Compression;

namespace SnapshotBridge.Local.Parquet;

/// <summary>How a <see cref="ParquetWriter"/> lays out its file. The defaults resemble what RDS writes.</summary>
public sealed record ParquetWriterOptions
{
    /// <summary>Rows after which a row group ends.</summary>
    public int RowGroupRows { get; init; } = 100_000;

    /// <summary>Bytes of uncompressed values after which a row group ends early, so that wide rows do not fill the memory.</summary>
    public long RowGroupBytes { get; init; } = 64L << 20;

    /// <summary>Bytes of uncompressed values after which a page ends.</summary>
    public int PageBytes { get; init; } = 1 << 20;

    /// <summary>Whether columns with few distinct values get a dictionary.</summary>
    public bool Dictionaries { get; init; } = true;

    /// <summary>GZIP's level, or <see cref="CompressionLevel.NoCompression"/> for the codec UNCOMPRESSED.</summary>
    public CompressionLevel Compression { get; init; } = CompressionLevel.Fastest;

    /// <summary>The program's name in the footer, in the form that readers parse.</summary>
    public string CreatedBy { get; init; } = "snapshotbridge-local version 1.0.0 (build 0)";
}
