namespace SnapshotBridge.Planning;

/// <summary>A batch before it has a number: which listed objects are in it.</summary>
internal sealed record BatchDraft(IReadOnlyList<BatchRun> Runs, CopyLoad Load);

/// <summary>Consecutive objects of one table, or one slice of one object.</summary>
/// <param name="Table">The table's index in the plan.</param>
/// <param name="Start">Where the first object stands.</param>
/// <param name="Objects">How many there are.</param>
internal readonly record struct BatchRun(int Table, ObjectStore.Position Start, int Objects)
{
    /// <summary>The part of the one object that is copied; null for whole objects.</summary>
    public ObjectSlice? Slice { get; init; }
}
