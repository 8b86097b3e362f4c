namespace SnapshotBridge.Parquet;

/// <summary>One row group of a Parquet file.</summary>
/// <param name="Rows">Its rows.</param>
/// <param name="Chunks">One chunk per leaf column, in schema order; empty where the footer was read without chunks.</param>
public sealed record ParquetRowGroup(long Rows, IReadOnlyList<ParquetColumnChunk> Chunks);

/// <summary>Where one column of one row group lies.</summary>
public sealed record ParquetColumnChunk
{
    public required ParquetPhysicalType PhysicalType { get; init; }

    /// <summary>The codec's number in parquet.thrift: 0 uncompressed, 2 GZIP.</summary>
    public required int Codec { get; init; }

    /// <summary>Values of the chunk, NULLs included.</summary>
    public required long Values { get; init; }

    /// <summary>Bytes of all pages with their headers, as stored.</summary>
    public required long CompressedBytes { get; init; }

    public required long UncompressedBytes { get; init; }

    /// <summary>Where the first page begins: the dictionary page where there is one, whichever field tells it.</summary>
    public required long FirstPageOffset { get; init; }

    /// <summary>The chunk's file, where it is another one than the footer's.</summary>
    public string? FilePath { get; init; }

    public ParquetStatistics? Statistics { get; init; }
}

/// <summary>What a writer noted of a chunk's values. Minimum and maximum are in the column's plain encoding, without a length.</summary>
public sealed record ParquetStatistics
{
    public long? NullCount { get; init; }

    public ReadOnlyMemory<byte>? Minimum { get; init; }

    public ReadOnlyMemory<byte>? Maximum { get; init; }

    /// <summary>The deprecated minimum, found by signed comparison whatever the column's type.</summary>
    public ReadOnlyMemory<byte>? SignedMinimum { get; init; }

    /// <summary>The deprecated maximum likewise.</summary>
    public ReadOnlyMemory<byte>? SignedMaximum { get; init; }

    /// <summary>False where <see cref="Minimum"/> is only a bound, because the writer shortened it.</summary>
    public bool MinimumIsExact { get; init; } = true;

    /// <summary>False where <see cref="Maximum"/> is only a bound.</summary>
    public bool MaximumIsExact { get; init; } = true;
}
