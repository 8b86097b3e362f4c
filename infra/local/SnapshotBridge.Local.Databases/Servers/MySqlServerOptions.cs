namespace SnapshotBridge.Local.Databases.Servers;

/// <summary>How a private server is started.</summary>
public sealed record MySqlServerOptions
{
    /// <summary>The server program; null for SNAPSHOTBRIDGE_MYSQLD, else <c>mysqld</c> or <c>mariadbd</c> on the PATH or in /usr/sbin.</summary>
    public string? Binary { get; init; }

    /// <summary>The port on 127.0.0.1; 0 for any free one.</summary>
    public int Port { get; init; }

    /// <summary>The account that may do everything, from any address.</summary>
    public string User { get; init; } = "bridge";

    /// <summary>The account's password; null for a random one.</summary>
    public string? Password { get; init; }

    /// <summary>Whether the server gets a certificate of a CA of its own, for VerifyCA and VerifyFull.</summary>
    public bool Tls { get; init; }

    /// <summary>How long the server may take to accept connections. It takes about a second.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>More of the server's own options, such as <c>--max-connections=20</c>.</summary>
    public IReadOnlyList<string> ExtraArguments { get; init; } = [];
}
