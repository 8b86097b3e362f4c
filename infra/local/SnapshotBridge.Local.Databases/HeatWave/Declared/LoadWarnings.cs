using System.Globalization;

namespace SnapshotBridge.Local.Databases.HeatWave.Declared;

/// <summary>The warnings of one load: the first few in full, and how many there were in all.</summary>
internal sealed class LoadWarnings
{
    private const int WarningSummary = 6434;

    private readonly List<LoadWarning> _first = [];

    public int Count { get; private set; }

    public void Add(int number, string message)
    {
        Count++;
        if (_first.Count < JobProcedures.MostWarnings - 1)
        {
            _first.Add(new LoadWarning(number, message));
        }
    }

    public IReadOnlyList<LoadWarning> List() => Count == _first.Count
        ? _first
        : [.. _first, new LoadWarning(WarningSummary, string.Create(CultureInfo.InvariantCulture, $"{Count} warning(s) were raised; {Count - _first.Count} were not recorded."))];
}
