using SnapshotBridge.Local.Databases.Export;
using SnapshotBridge.Local.Databases.HeatWave;

namespace SnapshotBridge.Local.Cloud;

/// <summary>How a <see cref="LocalCloud"/> is set up.</summary>
public sealed record LocalCloudOptions
{
    /// <summary>The checkout: <c>template.yaml</c> and the built functions.</summary>
    public required string Root { get; init; }

    /// <summary>Where the functions' logs are kept.</summary>
    public required string LogFolder { get; init; }

    /// <summary>A recorded export to replay; null for the generated source.</summary>
    public string? FromExport { get; init; }

    /// <summary>Whether the source is a generated PostgreSQL database instead of an Aurora server with MySQL's data.</summary>
    public bool PostgreSql { get; init; }

    /// <summary>What the export tells of the columns' types.</summary>
    public TypeMappingForm TypeMapping { get; init; } = TypeMappingForm.Numbers;

    /// <summary>Megabytes of Parquet that the generated source becomes, roughly.</summary>
    public double SizeMb { get; init; } = 100;

    /// <summary>About how large the exporter makes one part file, in bytes; null for a twentieth of the source.</summary>
    public long? PartFileBytes { get; init; }

    /// <summary>Template parameters that differ from the local defaults, such as <c>CopyConcurrency</c>.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    /// <summary>Environment variables that differ, for every function.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Timeouts that differ, by the function's logical id.</summary>
    public IReadOnlyDictionary<string, TimeSpan> Timeouts { get; init; } = new Dictionary<string, TimeSpan>();

    public int TimeFactor { get; init; } = 100;

    /// <summary>Schemas beside the source's own that the loading user may load into.</summary>
    public IReadOnlyList<string> TargetSchemas { get; init; } = [];

    /// <summary>Which server plays HeatWave.</summary>
    public HeatWaveEdition Edition { get; init; } = HeatWaveEdition.Newest;

    /// <summary>Fixed ports by server name; see <see cref="LocalCloud.ServerNames"/>.</summary>
    public IReadOnlyDictionary<string, int> Ports { get; init; } = new Dictionary<string, int>();
}
