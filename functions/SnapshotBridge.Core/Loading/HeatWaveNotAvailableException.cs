using SnapshotBridge.Errors;

namespace SnapshotBridge.Loading;

/// <summary>The server is no HeatWave, or its Lakehouse is off.</summary>
public sealed class HeatWaveNotAvailableException(string server, string detail, Exception? inner = null)
    : BridgeException($"The server at {server} cannot load from Object Storage: {detail}. HEATWAVE_HOST must name a MySQL HeatWave DB System with an active HeatWave cluster and Lakehouse enabled, and the user needs EXECUTE ON sys.*.", inner);
