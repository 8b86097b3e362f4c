namespace SnapshotBridge.LoadTables;

/// <summary>The secret that HEATWAVE_SECRET_ID names. It prints without the password.</summary>
public sealed record HeatWaveCredentials
{
    public required string Username { get; init; }

    public required string Password { get; init; }

    public override string ToString() => Username;
}
