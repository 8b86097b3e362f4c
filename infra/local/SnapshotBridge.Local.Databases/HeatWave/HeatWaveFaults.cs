using System.Collections.Concurrent;
using System.IO.Enumeration;

namespace SnapshotBridge.Local.Databases.HeatWave;

/// <summary>What a scenario makes go wrong in HeatWave. Tables are named <c>schema.table</c>; each fault is used up by its count.</summary>
public sealed class HeatWaveFaults
{
    private sealed record Failure(int Number, string Message);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (Failure Failure, int Left)> _failures = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, int> _kills = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, TimeSpan> _restarts = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentQueue<(string Target, string? Parquet)> _refused = new();
    private readonly ConcurrentDictionary<string, TimeSpan> _delays = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, Task> _holds = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, string> _distortions = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>How long every table takes at least.</summary>
    public TimeSpan TableDelay { get; set; }

    /// <summary>Makes a table's load fail as HeatWave reports it: in text and in the report, without an SQL error.</summary>
    /// <param name="table">The table as <c>schema.table</c>, in the target schema; <c>*</c> stands for any characters, as in <c>shop__*.orders</c>, because a version's name is known only when its export is planned.</param>
    /// <param name="number">HeatWave's error number.</param>
    /// <param name="message">HeatWave's text.</param>
    /// <param name="times">How many loads of it fail.</param>
    public void FailTable(string table, int number = 6066, string message = "Col 2 of row starting at {object: part-00000}: Data was truncated", int times = int.MaxValue)
    {
        lock (_lock)
        {
            _failures[table] = (new Failure(number, message), times);
        }
    }

    /// <summary>Kills the session that called <c>heatwave_load</c> while this table is being loaded, which halts the load.</summary>
    public void KillSessionDuring(string table, int times = 1)
    {
        lock (_lock)
        {
            _kills[table] = times;
        }
    }

    /// <summary>The DB system restarts while this table is being loaded.</summary>
    /// <param name="table">The table as <c>schema.table</c>, in the target schema.</param>
    /// <param name="outage">How long it is away.</param>
    public void RestartDuring(string table, TimeSpan outage)
    {
        lock (_lock)
        {
            _restarts[table] = outage;
        }
    }

    /// <summary>Makes HeatWave refuse to convert to a type, with error 6091.</summary>
    /// <param name="targetType">What the declared type begins with, such as <c>BIGINT UNSIGNED</c> or <c>TIME</c>.</param>
    /// <param name="parquetType">A part of the Parquet column's type, such as <c>DECIMAL</c>; null for any.</param>
    public void RefuseConversion(string targetType, string? parquetType = null) => _refused.Enqueue((targetType, parquetType));

    /// <summary>Whether errors of declared tables quote the statement, as some versions do, and with it the PAR.</summary>
    public bool EchoesStatements { get; set; }

    /// <summary>Makes one table's load take at least so long.</summary>
    public void Delay(string table, TimeSpan duration) => _delays[table] = duration;

    /// <summary>Lets no load of a table end before the task has.</summary>
    public void Hold(string table, Task until) => _holds[table] = until;

    /// <summary>Makes a table's load succeed with as many rows and other values: the statement runs when its rows are there.</summary>
    /// <param name="table">The table as <c>schema.table</c>, in the target schema.</param>
    /// <param name="sql">What goes wrong, such as <c>UPDATE … SET amount = amount + 1 WHERE id = 7</c>.</param>
    public void Distort(string table, string sql) => _distortions[table] = sql;

    /// <summary>Ends all of this.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _failures.Clear();
            _kills.Clear();
            _restarts.Clear();
        }

        _delays.Clear();
        _holds.Clear();
        _refused.Clear();
        EchoesStatements = false;
        _distortions.Clear();
        TableDelay = TimeSpan.Zero;
    }

    internal void ThrowIfFailing(string table)
    {
        lock (_lock)
        {
            var (pattern, entry) = _failures.FirstOrDefault(failure => failure.Value.Left > 0 && FileSystemName.MatchesSimpleExpression(failure.Key, table));
            if (pattern is not null)
            {
                _failures[pattern] = (entry.Failure, entry.Left - 1);
                throw new LakehouseException(entry.Failure.Number, entry.Failure.Message);
            }
        }
    }

    internal bool TakeKill(string table)
    {
        lock (_lock)
        {
            if (!_kills.TryGetValue(table, out var left) || left == 0)
            {
                return false;
            }

            _kills[table] = left - 1;
            return true;
        }
    }

    /// <summary>Takes the server away; set by the server.</summary>
    internal Action<TimeSpan>? Restart { get; set; }

    /// <summary>Where the server is to go down during a table's load, the load does not outrun that: it goes on until it is broken off.</summary>
    internal async Task RestartIfWantedAsync(string table, CancellationToken cancellationToken)
    {
        TimeSpan outage;
        lock (_lock)
        {
            if (!_restarts.Remove(table, out outage))
            {
                return;
            }
        }

        Restart?.Invoke(outage);
        await Task.Delay(Timeout.Infinite, cancellationToken);
    }

    /// <param name="type">The declared type, such as <c>bigint unsigned</c>.</param>
    /// <param name="parquetType">The Parquet column's type.</param>
    internal bool Refuses(string type, string parquetType) => _refused.Any(refused =>
        (type.Equals(refused.Target, StringComparison.OrdinalIgnoreCase)
            || (type.StartsWith(refused.Target, StringComparison.OrdinalIgnoreCase) && type[refused.Target.Length] is '(' or ' '))
        && (refused.Parquet is null || parquetType.Contains(refused.Parquet, StringComparison.OrdinalIgnoreCase)));

    internal string? DistortionOf(string table) => _distortions.GetValueOrDefault(table);

    internal async Task WaitAsync(string table, CancellationToken cancellationToken)
    {
        await Task.Delay(_delays.TryGetValue(table, out var delay) && delay > TableDelay ? delay : TableDelay, cancellationToken);
        if (_holds.TryGetValue(table, out var until))
        {
            await until.WaitAsync(cancellationToken);
        }
    }
}
