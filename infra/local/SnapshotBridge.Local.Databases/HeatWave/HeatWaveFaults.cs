using System.Collections.Concurrent;

namespace SnapshotBridge.Local.Databases.HeatWave;

/// <summary>What a scenario makes go wrong in HeatWave. Tables are named <c>schema.table</c>; each fault is used up by its count.</summary>
public sealed class HeatWaveFaults
{
    private sealed record Failure(int Number, string Message);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (Failure Failure, int Left)> _failures = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, int> _kills = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, TimeSpan> _delays = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>How long every table takes at least.</summary>
    public TimeSpan TableDelay { get; set; }

    /// <summary>Makes a table's load fail as HeatWave reports it: in text and in the report, without an SQL error.</summary>
    /// <param name="table">The table as <c>schema.table</c>, in the target schema.</param>
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

    /// <summary>Kills the session that called <c>heatwave_load</c> while this table is being loaded.</summary>
    public void KillSessionDuring(string table, int times = 1)
    {
        lock (_lock)
        {
            _kills[table] = times;
        }
    }

    /// <summary>Makes one table's load take at least so long.</summary>
    public void Delay(string table, TimeSpan duration) => _delays[table] = duration;

    /// <summary>Ends all of this.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _failures.Clear();
            _kills.Clear();
        }

        _delays.Clear();
        TableDelay = TimeSpan.Zero;
    }

    internal void ThrowIfFailing(string table)
    {
        lock (_lock)
        {
            if (_failures.TryGetValue(table, out var entry) && entry.Left > 0)
            {
                _failures[table] = (entry.Failure, entry.Left - 1);
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

    internal TimeSpan DelayOf(string table) => _delays.TryGetValue(table, out var delay) && delay > TableDelay ? delay : TableDelay;
}
