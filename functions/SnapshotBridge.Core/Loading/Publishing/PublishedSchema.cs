using System.Text.Json.Serialization;

namespace SnapshotBridge.Loading.Publishing;

/// <summary>What became of one public schema: which version it serves now, or why it still serves the earlier one.</summary>
public sealed record PublishedSchema
{
    /// <summary>The schema that readers use.</summary>
    public required string Schema { get; init; }

    /// <summary>The schema that this run loaded into.</summary>
    public required string Version { get; init; }

    /// <summary>When the views began to serve <see cref="Version"/>, UTC; null where they do not.</summary>
    public DateTimeOffset? SwitchedAt { get; init; }

    /// <summary>Why the views were not switched, with the remedy; null where they were.</summary>
    public string? NotSwitchedBecause { get; init; }

    /// <summary>True where that is what was asked for, and no failure: a newer snapshot is served already.</summary>
    public bool IsSuperseded { get; init; }

    /// <summary>True where readers are served something else than what was asked for.</summary>
    [JsonIgnore]
    public bool HasFailed => SwitchedAt is null && !IsSuperseded;

    /// <summary>How many views serve <see cref="Version"/>.</summary>
    public int Views { get; init; }

    /// <summary>Tables that the snapshot no longer has: their views are gone.</summary>
    public IReadOnlyList<string> RemovedViews { get; init => field = value ?? []; } = [];

    /// <summary>Earlier versions that were dropped after the switch.</summary>
    public IReadOnlyList<string> DroppedVersions { get; init => field = value ?? []; } = [];

    /// <summary>Earlier versions that still stand.</summary>
    public IReadOnlyList<KeptVersion> KeptVersions { get; init => field = value ?? []; } = [];

    /// <summary>What a reader should know: tables that serve an older snapshot, or that could not be cleared away.</summary>
    public IReadOnlyList<string> Warnings { get; init => field = value ?? []; } = [];
}

/// <summary>An earlier version that still stands.</summary>
/// <param name="Version">Its schema.</param>
/// <param name="Reason">Why it was not dropped.</param>
public sealed record KeptVersion(string Version, string Reason);
