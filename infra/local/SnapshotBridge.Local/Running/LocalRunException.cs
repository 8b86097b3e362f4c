namespace SnapshotBridge.Local.Running;

/// <summary>The local run itself cannot go on; the pipeline's own errors end an execution instead.</summary>
public sealed class LocalRunException(string error, string state, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>What the last line calls it.</summary>
    public string Error { get; } = error;

    /// <summary>Where it happened: <c>setup</c>, <c>scenario</c>.</summary>
    public string State { get; } = state;
}
