using SnapshotBridge.Errors;

namespace SnapshotBridge.Loading;

/// <summary>Loads are to run as events, and the server's event scheduler does not run them.</summary>
public sealed class EventSchedulerOffException(string server, string detail)
    : BridgeException($"LOAD_MODE is event, but the event scheduler of HeatWave at {server} does not run events: {detail}. Set event_scheduler=ON in the DB System's configuration, or LOAD_MODE=auto.");
