namespace SnapshotBridge.Local.StateMachine.Asl;

/// <summary>A definition that is invalid, or that uses something this interpreter does not implement. Each problem starts with its path.</summary>
public sealed class StateMachineDefinitionException(IReadOnlyList<string> problems)
    : Exception($"The state machine definition cannot be executed: {string.Join("; ", problems)}.")
{
    public IReadOnlyList<string> Problems { get; } = problems;
}
