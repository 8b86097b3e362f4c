namespace SnapshotBridge.Local.Oci;

/// <summary>What an <see cref="OciEndpoint"/> starts with.</summary>
public sealed record OciEndpointOptions
{
    /// <summary>The port on 127.0.0.1; 0 for any free one.</summary>
    public int Port { get; init; }

    public string Namespace { get; init; } = "localnamespace";

    public IReadOnlyList<string> Buckets { get; init; } = ["snapshots"];

    /// <summary>The users whose keys are registered.</summary>
    public IReadOnlyList<OciUser> Users { get; init; } = [];

    /// <summary>Where objects are kept; null for a folder of its own that is deleted at the end.</summary>
    public string? Folder { get; init; }

    /// <summary>The clock that signatures and PARs are judged by.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
