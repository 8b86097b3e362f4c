using System.Globalization;
using SnapshotBridge.Errors;

namespace SnapshotBridge.Exports;

/// <summary>The run has waited for its export as long as it may. The export itself is not cancelled.</summary>
public sealed class ExportDeadlineExceededException(string what, TimeSpan deadline, DateTimeOffset startedAt)
    : BridgeException(string.Create(
        CultureInfo.InvariantCulture,
        $"{what}, and the execution that started at {startedAt:yyyy-MM-dd'T'HH:mm:ss'Z'} waits at most {deadline.TotalHours:0.##} hours (EXPORT_DEADLINE_HOURS). The export is not cancelled: a new execution adopts it and goes on; raise the setting if exports of this size take longer."));
