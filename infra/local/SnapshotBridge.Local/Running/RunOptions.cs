namespace SnapshotBridge.Local.Running;

/// <summary>How a run is started.</summary>
public enum RunTrigger
{
    /// <summary>StartExecution with a manual request.</summary>
    Manual,

    /// <summary>An RDS event that goes through the template's rule.</summary>
    Event,
}

/// <summary>Everything that the command line can say about a run.</summary>
public sealed record RunOptions
{
    /// <summary>The checkout: it holds <c>template.yaml</c> and the built functions.</summary>
    public required string Root { get; init; }

    /// <summary>Reports, histories and logs are kept here, one folder per execution.</summary>
    public required string OutputFolder { get; init; }

    public RunTrigger Trigger { get; init; } = RunTrigger.Manual;

    /// <summary>A recorded export that is replayed instead of exporting the generated source.</summary>
    public string? FromExport { get; init; }

    public string? Scenario { get; init; }

    /// <summary>The execution's input as JSON text instead of a plain request for the local snapshot.</summary>
    public string? Request { get; init; }

    /// <summary>The snapshot that a preflight looks at; null for the local one.</summary>
    public string? Snapshot { get; init; }

    /// <summary>About how many megabytes of Parquet the generated source becomes; null for the scenario's own size (100 for the plain run).</summary>
    public double? SizeMb { get; init; }

    /// <summary>Environment variables of the functions that differ from the template's.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>By how much waiting (Wait states, callback timeouts, retry pauses) is shortened. Running tasks keep their real timeouts.</summary>
    public int TimeFactor { get; init; } = 100;

    /// <summary>Fixed ports by server name, for <c>--serve</c>; a server that is not named takes any free port.</summary>
    public IReadOnlyDictionary<string, int> Ports { get; init; } = new Dictionary<string, int>();
}
