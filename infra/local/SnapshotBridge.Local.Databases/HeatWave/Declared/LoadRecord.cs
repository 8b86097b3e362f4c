namespace SnapshotBridge.Local.Databases.HeatWave.Declared;

/// <summary>How a SECONDARY_LOAD ended.</summary>
public enum LoadEnd
{
    /// <summary>It has not.</summary>
    Running,

    /// <summary>The table was loaded.</summary>
    Loaded,

    /// <summary>The statement ended with an error.</summary>
    Failed,

    /// <summary>Whoever waited for it is gone, or the server is.</summary>
    BrokenOff,
}

/// <summary>One SECONDARY_LOAD that was carried out.</summary>
/// <param name="Table">The table as <c>schema.table</c>.</param>
/// <param name="Began">Its place among all beginnings and ends of loads.</param>
/// <param name="Ended">The place of its end; null while it runs.</param>
/// <param name="End">How it ended.</param>
public sealed record SecondaryLoad(string Table, int Began, int? Ended, LoadEnd End);

/// <summary>What this HeatWave has loaded, in the order of the beginnings: nobody else can tell whether a table was loaded twice.</summary>
public sealed class LoadRecord
{
    private readonly Lock _lock = new();
    private readonly List<SecondaryLoad> _loads = [];
    private int _clock;

    /// <summary>The loads of one table so far.</summary>
    public IReadOnlyList<SecondaryLoad> Of(string table)
    {
        lock (_lock)
        {
            return [.. _loads.Where(load => load.Table.Equals(table, StringComparison.OrdinalIgnoreCase))];
        }
    }

    /// <returns>The load's number in the record.</returns>
    internal int Begin(string table)
    {
        lock (_lock)
        {
            _loads.Add(new SecondaryLoad(table, _clock++, null, LoadEnd.Running));
            return _loads.Count - 1;
        }
    }

    internal void End(int load, LoadEnd end)
    {
        lock (_lock)
        {
            _loads[load] = _loads[load] with { Ended = _clock++, End = end };
        }
    }
}
