namespace SnapshotBridge.Sweeping;

/// <summary>Starts executions of our state machine. Every failure is a <see cref="Errors.BridgeException"/>.</summary>
public interface IExecutionStarter
{
    /// <summary>Starts an execution of this name; one that runs already with the same input counts as started.</summary>
    /// <returns>False where an execution of this name has ended within the 90 days that Step Functions remembers it.</returns>
    Task<bool> StartAsync(string name, string inputJson, CancellationToken cancellationToken);
}
