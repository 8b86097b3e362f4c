namespace SnapshotBridge.Copying;

/// <summary>What one invocation achieved.</summary>
public sealed record CopyBatchResult
{
    /// <summary>True when every object of the batch is proven at its destination.</summary>
    public required bool Done { get; init; }

    /// <summary>Objects of the batch that are proven at their destination, from this and earlier invocations.</summary>
    public required int Objects { get; init; }

    /// <summary>Their bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>Those of them that this invocation found there.</summary>
    public required int SkippedObjects { get; init; }

    /// <summary>Objects that are still to be copied.</summary>
    public required int RemainingObjects { get; init; }

    /// <summary>Bytes that this invocation sent, parts of unfinished objects included.</summary>
    public required long SentBytes { get; init; }

    /// <summary>What this invocation wrote the proof of; null when the batch is not done, or its proof was there already.</summary>
    public ProvenBatch? NewlyProven { get; init; }

    /// <summary>How long this invocation took.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Decimal megabytes per second that were sent.</summary>
    public double MegabytesPerSecond => Elapsed > TimeSpan.Zero ? SentBytes / 1e6 / Elapsed.TotalSeconds : 0;
}

/// <summary>The objects of a batch whose proof was written.</summary>
/// <param name="Objects">How many.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="ObjectsBelowEndToEnd">Those whose evidence is weaker than <see cref="CopyEvidence.EndToEnd"/>.</param>
public sealed record ProvenBatch(int Objects, long Bytes, int ObjectsBelowEndToEnd);
