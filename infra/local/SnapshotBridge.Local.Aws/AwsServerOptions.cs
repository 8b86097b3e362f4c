using Microsoft.Extensions.Logging;
using SnapshotBridge.Local.Aws.Signing;

namespace SnapshotBridge.Local.Aws;

/// <summary>What every local AWS endpoint needs to know.</summary>
public record AwsServerOptions
{
    /// <summary>The port on 127.0.0.1; 0, the default, lets the operating system choose.</summary>
    public int Port { get; init; }

    /// <summary>The access keys that exist. A request signed with any other is refused.</summary>
    public required IReadOnlyList<AwsAccessKey> AccessKeys { get; init; }

    /// <summary>The region that requests must be signed for.</summary>
    public string Region { get; init; } = "us-east-1";

    /// <summary>The account that ARNs are made for.</summary>
    public string AccountId { get; init; } = "123456789012";

    /// <summary>The server's clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Receives what went wrong inside the server itself; never a request's content.</summary>
    public ILogger? Logger { get; init; }
}
