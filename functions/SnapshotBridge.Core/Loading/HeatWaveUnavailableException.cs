using SnapshotBridge.Errors;

namespace SnapshotBridge.Loading;

/// <summary>HeatWave cannot be reached or went away: the same step may work later.</summary>
public sealed class HeatWaveUnavailableException(string server, string detail, Exception? inner = null)
    : BridgeException($"HeatWave at {server} is not available: {detail}. Is the DB System running, and does the network let this function reach it?", inner), ITransientFailure;
