using SnapshotBridge.Errors;

namespace SnapshotBridge.Requests;

/// <summary>The execution's input cannot be carried out. Final; every problem is named at once, each with its value and the remedy.</summary>
public sealed class RequestInvalidException(IReadOnlyList<string> problems)
    : BridgeException($"The request is invalid: {string.Join("; ", problems)}. Correct the execution's input and start a new execution.")
{
    public IReadOnlyList<string> Problems { get; } = problems;
}
