using SnapshotBridge.Errors;

namespace SnapshotBridge.Loading;

/// <summary>A statement that HeatWave refused for a reason of its own; the text is the server's, without PAR tokens.</summary>
public sealed class HeatWaveStatementException(int number, string action, string serverMessage, Exception? inner = null)
    : BridgeException($"HeatWave could not {action}: error {number}: {serverMessage}", inner)
{
    /// <summary>MySQL's error number. Texts change between versions, numbers do not.</summary>
    public int Number { get; } = number;

    public string ServerMessage { get; } = serverMessage;
}
