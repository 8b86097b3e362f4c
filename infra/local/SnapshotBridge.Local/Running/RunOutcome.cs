using SnapshotBridge.Announcing;
using SnapshotBridge.Reporting;

namespace SnapshotBridge.Local.Running;

/// <summary>How one execution ended.</summary>
/// <param name="Execution">The execution's name.</param>
/// <param name="Succeeded">Whether the state machine reached its end.</param>
/// <param name="Error">The error's name, where it failed.</param>
/// <param name="State">The state that failed.</param>
/// <param name="Cause">The error's message, in one line.</param>
/// <param name="Report">The report, where LoadTables wrote one.</param>
/// <param name="Output">The execution's output, where it succeeded.</param>
/// <param name="Folder">Where report, history and logs are kept.</param>
public sealed record RunOutcome(
    string Execution,
    bool Succeeded,
    string? Error,
    string? State,
    string? Cause,
    RunReport? Report,
    string? Output,
    string Folder)
{
    /// <summary>What the event bus told consumers of this run's end, of a redriven run the last; null where it told nothing.</summary>
    public RunCompletion? Announced { get; init; }

    /// <summary>The run's last line, for people and for scripts.</summary>
    public string LastLine => Succeeded
        ? $"RUN SUCCEEDED execution={Execution} tables={Report?.Totals.Loaded ?? 0} rows={Report?.Totals.Rows ?? 0} bytes={Report?.Totals.Bytes ?? 0} report={ReportPath ?? "none"}"
        : $"RUN FAILED error={Error} state={State} cause={Cause}";

    /// <summary>The report's file, or null where the run wrote none.</summary>
    public string? ReportPath => Report is null ? null : Path.Combine(Folder, "report.json");
}
