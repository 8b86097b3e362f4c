using SnapshotBridge.Reporting;

namespace SnapshotBridge.Local.Console;

/// <summary>What a person sees of a run.</summary>
public interface IRunView
{
    /// <summary>Something happened once: it stays on the screen.</summary>
    void Line(string text);

    /// <summary>Where the run stands now: a later status replaces it.</summary>
    void Status(string text);

    /// <summary>The tables at the end.</summary>
    /// <param name="tables">The report's tables.</param>
    /// <param name="sourceRows">The rows that the source itself holds, by <c>schema.table</c>.</param>
    void Tables(IReadOnlyList<TableReport> tables, IReadOnlyDictionary<string, long> sourceRows);
}
