using SnapshotBridge.Errors;

namespace SnapshotBridge.Loading;

/// <summary>HeatWave refused the user or the password.</summary>
public sealed class HeatWaveAccessDeniedException(string user, string server, string detail, Exception? inner = null)
    : BridgeException($"HeatWave at {server} refused the user {user}: {detail}. Check username and password in the secret that HEATWAVE_SECRET_ID names, and from which hosts the user may connect.", inner);
