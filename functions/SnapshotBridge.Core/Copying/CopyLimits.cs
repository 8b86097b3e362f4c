namespace SnapshotBridge.Copying;

/// <summary>How much a copy may take of the function it runs in, and how it cuts objects.</summary>
public sealed record CopyLimits
{
    /// <summary>
    /// More than this many transfers at a time gain nothing: on two cores the throughput peaks at 16 and falls at 32.
    /// </summary>
    public const int HighestWorkers = 16;

    /// <summary>
    /// The part size where none is set: files of the usual 1 to 10 MB take one GET and one PUT; it is the smallest part
    /// that OCI's older documentation allows, and the memory of a transfer.
    /// </summary>
    public const long DefaultPartSizeBytes = 10 * Mebibyte;

    private const long Mebibyte = 1 << 20;

    /// <summary>
    /// What the runtime, the SDKs and the connections take apart from the buffers, with a margin: about 120 MiB were measured, and
    /// in a warm function up to 40 more that the collector keeps of earlier buffers of another size.
    /// </summary>
    private const long RuntimeBytes = 176 * Mebibyte;

    /// <summary>The function's memory in bytes.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>The wanted part size in bytes. Very large objects get larger parts (<see cref="PartPlan"/>).</summary>
    public long PartSizeBytes { get; init; } = DefaultPartSizeBytes;

    /// <summary>Objects up to this size are written by one request, larger ones by a multipart upload. Default: one part.</summary>
    public long? MultipartThresholdBytes { get; init; }

    /// <summary>How many buffers may be in use at a time at most.</summary>
    public int MaxWorkers { get; init; } = HighestWorkers;

    /// <summary>How often a checkpoint is written at most while objects finish. Zero writes after each.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromSeconds(2);

    public long ThresholdBytes => MultipartThresholdBytes ?? PartSizeBytes;

    /// <summary>What all buffers together may take: the memory without what the runtime needs, and a quarter of a very small function.</summary>
    public long BufferBudgetBytes => Math.Max(MemoryBytes - RuntimeBytes, MemoryBytes / 4);

    /// <summary>The size of every buffer for a batch whose largest object has this size.</summary>
    /// <exception cref="ObjectTooLargeException">One part would not fit into the memory.</exception>
    public int BufferBytesFor(string largestKey, long largestBytes)
    {
        var part = PartPlan.For(largestBytes, PartSizeBytes).PartSizeBytes;
        var needed = Math.Max(Math.Max(PartSizeBytes, part), ThresholdBytes);
        return needed <= BufferBudgetBytes && needed <= Array.MaxLength
            ? (int)needed
            : throw new ObjectTooLargeException(largestKey, largestBytes, needed, BufferBudgetBytes);
    }

    /// <summary>How many buffers of this size fit.</summary>
    public int WorkersFor(int bufferBytes) => (int)Math.Clamp(BufferBudgetBytes / bufferBytes, 1, MaxWorkers);
}
