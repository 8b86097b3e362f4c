using SnapshotBridge.Errors;

namespace SnapshotBridge.Loading;

/// <summary>A pre-authenticated request lists other objects than the copy proved.</summary>
public sealed class ParListingDiffersException(string prefix, string differences)
    : BridgeException($"Through the pre-authenticated request, HeatWave would see other objects below {prefix} than were copied: {differences}. Nothing was loaded. Find out who else writes below this prefix and start the execution again.");
