using SnapshotBridge.Errors;

namespace SnapshotBridge.Loading;

/// <summary>The HeatWave user lacks a privilege that the load needs.</summary>
public sealed class HeatWaveGrantMissingException(int number, string user, string action, string serverMessage)
    : BridgeException(
        $"The HeatWave user {user} may not {action}: error {number}: {serverMessage}. It needs PROCESS ON *.*, EXECUTE ON sys.*, SELECT ON performance_schema.*, "
        + "ALL ON snapshotbridge.* and SELECT, INSERT, CREATE, ALTER, DROP, CREATE VIEW, SHOW VIEW on the target schemas and their versions: infra/oci/heatwave.sql grants it.")
{
    public int Number { get; } = number;

    public string ServerMessage { get; } = serverMessage;
}
