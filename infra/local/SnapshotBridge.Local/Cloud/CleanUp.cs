namespace SnapshotBridge.Local.Cloud;

/// <summary>What must be stopped, in the reverse order of its start; one that fails does not keep the others running.</summary>
internal sealed class CleanUp : IAsyncDisposable
{
    private readonly Stack<Func<ValueTask>> _steps = new();

    public void Add(Func<ValueTask> step) => _steps.Push(step);

    public async ValueTask DisposeAsync()
    {
        var failures = new List<Exception>();
        while (_steps.TryPop(out var step))
        {
            try
            {
                await step();
            }
            catch (Exception failure)
            {
                failures.Add(failure);
            }
        }

        if (failures.Count > 0)
        {
            throw new AggregateException("Not everything of the local run could be stopped.", failures);
        }
    }
}
