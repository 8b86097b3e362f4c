using SnapshotBridge.Errors;

namespace SnapshotBridge.Loading;

/// <summary>A pre-authenticated request lists no object, so HeatWave would find none either.</summary>
public sealed class ParListingEmptyException(string prefix, string detail)
    : BridgeException($"The pre-authenticated request lists no object below {prefix} although the bucket holds them ({detail}). The OCI user that creates it needs PAR_MANAGE, OBJECT_READ and OBJECT_INSPECT on the bucket for as long as it is used, and the clock of this function must be right.");
