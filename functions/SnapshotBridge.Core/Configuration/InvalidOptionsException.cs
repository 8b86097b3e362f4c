using SnapshotBridge.Errors;

namespace SnapshotBridge.Configuration;

/// <summary>A function's environment variables are missing or invalid. Redeploying with the right values is the only remedy.</summary>
public sealed class InvalidOptionsException(string function, IReadOnlyList<string> problems)
    : BridgeException($"{function} cannot start: {string.Join("; ", problems)}. Correct these environment variables in the deployment's parameters.")
{
    public IReadOnlyList<string> Problems { get; } = problems;
}
