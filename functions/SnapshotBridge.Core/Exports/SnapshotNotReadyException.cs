using System.Globalization;
using SnapshotBridge.Errors;

namespace SnapshotBridge.Exports;

/// <summary>The snapshot exists but cannot be exported in its state. Final for this run.</summary>
public sealed class SnapshotNotReadyException(string sourceArn, string status, int? percent)
    : BridgeException(
        $"The snapshot {sourceArn} is '{status}'{(percent is { } value ? string.Create(CultureInfo.InvariantCulture, $" ({value} %)") : "")} and only one that is 'available' can be exported. "
        + (status is "creating" or "copying" ? "Start again when it is available." : "Take another snapshot and give that one's ARN."));
