namespace SnapshotBridge.Planning;

/// <summary>
/// What the state machine costs: the state transitions of a run, as Step Functions bills them, one for each state that is
/// entered (AWS Step Functions pricing, Standard workflows; a retry is one more). Not in it, because nobody can know: retries,
/// one transition for each time the wait for the export is entered again, three for each time the load is looked at again.
/// </summary>
/// <param name="Invocations">How often CopyTable is called, batches that take several invocations included.</param>
/// <param name="ParentTransitions">Of the run itself, its waits entered once each.</param>
/// <param name="ChildTransitions">Of the Distributed Map's children, one for each batch.</param>
public sealed record OrchestrationCost(long Invocations, long ParentTransitions, long ChildTransitions)
{
    // StartExport, AnythingToBridge, PlanCopy, AnythingToCopy, LoadTables, LoadEnded, Bridged; and CopyTables where there are batches.
    private const int ParentStates = 7;

    // CopyTable and BatchDone for each invocation, and Copied at the end.
    private const int StatesPerInvocation = 2;
    private const int StatesAtTheEnd = 1;

    /// <summary>
    /// What one invocation copies at least before its 15 minutes are over: half of the 71 MB/s that were published for a
    /// function of this kind, for 14 minutes.
    /// </summary>
    private const long CostPerInvocation = 30L * 1000 * 1000 * 1000;

    public long Transitions => ParentTransitions + ChildTransitions;

    internal static OrchestrationCost Of(IEnumerable<CopyLoad> batches)
    {
        long invocations = 0;
        long children = 0;
        foreach (var load in batches)
        {
            invocations += Math.Max(1, (load.Cost + CostPerInvocation - 1) / CostPerInvocation);
            children++;
        }

        return new OrchestrationCost(
            invocations, ParentStates + (children > 0 ? 1 : 0), (invocations * StatesPerInvocation) + (children * StatesAtTheEnd));
    }
}
