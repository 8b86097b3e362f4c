using System.Text.Json.Serialization;

namespace SnapshotBridge.Copying;

/// <summary>
/// What a batch has achieved so far, at <c>bridge/&lt;exportTaskId&gt;/checkpoints/</c> while it is being copied. Losing it
/// costs reading again, never sending again what the destination has under its final name.
/// </summary>
public sealed record CopyCheckpoint
{
    public const int CurrentVersion = 1;

    public int Version { get; init; } = CurrentVersion;

    public required string ExportTaskId { get; init; }

    public required int Batch { get; init; }

    /// <summary>Invocations in a row that reached their deadline without finishing a part.</summary>
    public int InvocationsWithoutProgress { get; init; }

    /// <summary>The proofs of the objects that are done.</summary>
    public required IReadOnlyList<CopiedObject> Done { get; init; }

    /// <summary>What the footers of <see cref="Done"/> say about their tables' columns; null in documents of earlier versions.</summary>
    public IReadOnlyList<TableStatistics>? Statistics { get; init; }

    /// <summary>The multipart uploads that are open.</summary>
    public required IReadOnlyList<OpenUpload> Open { get; init; }

    /// <summary>What it took so far; null in checkpoints of earlier versions.</summary>
    public CopyWork? Work { get; init; }
}

/// <summary>A multipart upload that a later invocation continues.</summary>
public sealed record OpenUpload
{
    /// <summary>The key in S3.</summary>
    public required string Key { get; init; }

    /// <summary>Which of the object's slices the batch copies (<see cref="Planning.ObjectSlice.Index"/>); null for the whole object.</summary>
    public int? Slice { get; init; }

    public required string DestinationName { get; init; }

    /// <summary>The version of the source object that the parts are of.</summary>
    public required string SourceETag { get; init; }

    public required long SizeBytes { get; init; }

    public required string UploadId { get; init; }

    /// <summary>The size of every part but the last, in bytes.</summary>
    public required long PartSizeBytes { get; init; }

    /// <summary>True when the source was already read a second time because its checksum did not match.</summary>
    public bool SourceReadAgain { get; init; }

    /// <summary>True when the object was already sent a second time because the destination's checksum did not match.</summary>
    public bool SentAgain { get; init; }

    /// <summary>How many invocations have begun to read the whole object in order for its hash.</summary>
    public int ReadingsInOrder { get; init; }

    public required IReadOnlyList<UploadedPart> Parts { get; init; }
}

/// <summary>One part that the destination holds.</summary>
public sealed record UploadedPart
{
    /// <summary>The part's number, from 1.</summary>
    [JsonPropertyName("n")]
    public required int Number { get; init; }

    public required string ETag { get; init; }

    [JsonPropertyName("size")]
    public required long SizeBytes { get; init; }

    /// <summary>Base64 of four big-endian bytes.</summary>
    [JsonPropertyName("crc32c")]
    public required string Crc32C { get; init; }

    /// <summary>Base64 of eight big-endian bytes.</summary>
    [JsonPropertyName("crc64")]
    public required string Crc64Nvme { get; init; }

    /// <summary>Base64 of four big-endian bytes; only where S3 stores this checksum for the object.</summary>
    [JsonPropertyName("crc32")]
    public string? Crc32 { get; init; }

    /// <summary>True while the part is to be read again and compared with these checksums.</summary>
    [JsonPropertyName("suspect")]
    public bool? IsSuspect { get; init; }

    /// <summary>The same of each stretch that belongs to another part of the uploader's; only where S3 keeps a composite CRC.</summary>
    [JsonPropertyName("stretches")]
    public IReadOnlyList<string>? Stretches { get; init; }
}
