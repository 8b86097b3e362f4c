namespace SnapshotBridge.Sweeping;

/// <summary>What a sweep found and did.</summary>
/// <param name="Snapshots">How many snapshots RDS lists.</param>
/// <param name="Newest">How many databases have one that could be bridged.</param>
/// <param name="Started">The executions that it started.</param>
/// <param name="AlreadyBridged">The snapshots that some run has bridged or is bridging.</param>
public sealed record SweepOutcome(int Snapshots, int Newest, IReadOnlyList<string> Started, IReadOnlyList<string> AlreadyBridged);
