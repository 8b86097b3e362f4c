using SnapshotBridge.Errors;

namespace SnapshotBridge.Loading;

/// <summary>No trusted encrypted connection to HeatWave could be made.</summary>
public sealed class HeatWaveTlsException(string server, string detail, Exception? inner = null)
    : BridgeException($"No trusted TLS connection to HeatWave at {server}: {detail}. Set HEATWAVE_CA_FILE to the certificate authority of the DB System, or HEATWAVE_SSL_MODE to what its certificate allows.", inner);
