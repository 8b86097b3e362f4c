using SnapshotBridge.Loading;

namespace SnapshotBridge.Functions.Tests.LoadTables.Publishing;

/// <summary>A connection of an invocation that dies around one of its statements: before it reaches the server, or after the server has done it.</summary>
internal sealed class KilledSession(IHeatWaveSession inner, int statement, bool afterwards) : IHeatWaveSession
{
    private readonly string? _action;
    private int _count;

    /// <summary>Dies after the first statement of a kind.</summary>
    public KilledSession(IHeatWaveSession inner, string action)
        : this(inner, 0, afterwards: true) => _action = action;

    /// <summary>The statement around which it died.</summary>
    public string? KilledAt { get; private set; }

    public string Server => inner.Server;

    public string User => inner.User;

    public Task<int> ExecuteAsync(Sql statement, string action, CancellationToken cancellationToken) =>
        RunAsync(action, () => inner.ExecuteAsync(statement, action, cancellationToken));

    public Task<IReadOnlyList<SqlRow>> QueryAsync(Sql statement, string action, CancellationToken cancellationToken) =>
        RunAsync(action, () => inner.QueryAsync(statement, action, cancellationToken));

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private async Task<T> RunAsync<T>(string action, Func<Task<T>> run)
    {
        var isLast = _action is null ? ++_count == statement : action.StartsWith(_action, StringComparison.Ordinal);
        if (isLast && !afterwards)
        {
            throw Die(action);
        }

        var result = await run();
        return isLast ? throw Die(action) : result;
    }

    private KilledException Die(string action)
    {
        KilledAt = action;
        return new KilledException(action);
    }
}

/// <summary>The end of an invocation that was killed.</summary>
internal sealed class KilledException(string action) : Exception($"killed around: {action}");
