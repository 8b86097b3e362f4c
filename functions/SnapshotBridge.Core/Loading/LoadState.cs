using System.Text.Json.Serialization;
using SnapshotBridge.Copying;
using SnapshotBridge.Loading.Declarations;
using SnapshotBridge.Loading.Publishing;
using SnapshotBridge.Loading.Verification;

namespace SnapshotBridge.Loading;

/// <summary>
/// Where the load of one export stands, in <c>bridge/&lt;exportTaskId&gt;/load.json</c>: what a re-entered invocation
/// needs in order to go on in seconds. What is on the server is known by the server's own ledger; this holds the facts of
/// the export and the verdicts so far. No secret is in it.
/// </summary>
public sealed record LoadState
{
    public const int CurrentVersion = 2;

    public int Version { get; init; } = CurrentVersion;

    public required string ExportTaskId { get; init; }

    /// <summary>Identifies this attempt on the server: its queue, its workers.</summary>
    public required string RunId { get; init; }

    /// <summary>Counts the attempts for this export, from 1; a redrive or another execution after a finished one is a new attempt.</summary>
    public required int Attempt { get; init; }

    /// <summary>True once the report is written: the next invocation begins a new attempt.</summary>
    public bool Finished { get; init; }

    /// <summary>The id of the result that was announced last, by this attempt or an earlier one; null where none was.</summary>
    public string? Announced { get; init; }

    /// <summary>Executions whose completeness gate this attempt has passed.</summary>
    public required IReadOnlyList<string> PassedGate { get; init; }

    public required string ServerVersion { get; init; }

    /// <summary>How the calls run: on the server or on our own connection.</summary>
    public required LoadCarrier Carrier { get; init; }

    public required IReadOnlyList<TableLoad> Tables { get; init; }

    /// <summary>With <see cref="Requests.PublishMode.Swap"/>: the public schemas that are through, switched or not.</summary>
    public IReadOnlyList<PublishedSchema> Published { get; init => field = value ?? []; } = [];

    /// <summary>What this attempt declares its tables by: see <see cref="LoadContext.Types"/>; null in states of earlier versions.</summary>
    public string? Types { get; init; }

    /// <summary>Why the loads were not carried as they might have been, in the order in which that came about.</summary>
    public IReadOnlyList<string> CarrierReasons { get; init => field = value ?? []; } = [];

    /// <summary>When this attempt began, UTC; null in states of earlier versions.</summary>
    public DateTimeOffset? BegunAt { get; init; }

    /// <summary>When its last table was judged, UTC; null until then.</summary>
    public DateTimeOffset? LoadedAt { get; init; }
}

/// <summary>Who runs the loads.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LoadCarrier>))]
public enum LoadCarrier
{
    /// <summary>The server's task API.</summary>
    [JsonStringEnumMemberName("task")]
    Task,

    /// <summary>One-shot events of our own.</summary>
    [JsonStringEnumMemberName("event")]
    Event,

    /// <summary>Connections of LoadTables itself.</summary>
    [JsonStringEnumMemberName("connection")]
    Connection,
}

/// <summary>Where one table stands.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TablePhase>))]
public enum TablePhase
{
    [JsonStringEnumMemberName("queued")]
    Queued,

    /// <summary>An earlier run of this export loaded it; its rows are still to be counted again.</summary>
    [JsonStringEnumMemberName("standing")]
    Standing,

    [JsonStringEnumMemberName("loaded")]
    Loaded,

    [JsonStringEnumMemberName("empty")]
    Empty,

    [JsonStringEnumMemberName("failed")]
    Failed,
}

/// <summary>One table of the plan and what became of it.</summary>
public sealed record TableLoad
{
    /// <summary>The index into <see cref="Planning.CopyPlan.Tables"/>.</summary>
    public required int Table { get; init; }

    /// <summary>The schema that it is loaded into: with <see cref="Requests.PublishMode.Swap"/> a versioned one.</summary>
    public required string TargetSchema { get; init; }

    /// <summary>The schema that its readers use, where that is another one.</summary>
    public string? PublicSchema { get; init; }

    public required string TargetTable { get; init; }

    [JsonIgnore]
    public LoadTarget Target => new(TargetSchema, TargetTable) { PublicSchema = PublicSchema };

    /// <summary>The sum of the Parquet footers.</summary>
    public required long Rows { get; init; }

    /// <summary>The export's columns in order, as <c>name type</c>.</summary>
    public required IReadOnlyList<string> Columns { get; init; }

    public CopyEvidence? Evidence { get; init; }

    public required TablePhase Phase { get; init; }

    /// <summary>
    /// What the server said to declared types that it refused, one text per attempt. The columns that they name are declared
    /// with the types whose conversion its manual documents: see <see cref="TableDeclaration.WithCompatibleTypes(IReadOnlyCollection{string})"/>.
    /// </summary>
    public IReadOnlyList<string> Refusals { get; init => field = value ?? []; } = [];

    /// <summary>Which start of the load was the last that is to be repeated: until it is queued again its row shows that start.</summary>
    public int? RefusedStart { get; init; }

    /// <summary>How often its PAR ended during its load, which was then repeated.</summary>
    public int ParEndings { get; init; }

    /// <summary>Starts of its load that are not counted as interrupted ones.</summary>
    [JsonIgnore]
    public int ExcusedStarts => Refusals.Count + ParEndings;

    /// <summary>Whether it is still to be judged.</summary>
    [JsonIgnore]
    public bool IsOpen => Phase is TablePhase.Queued or TablePhase.Standing;

    /// <summary>Its row in the server's queue; null where nothing had to be loaded.</summary>
    public string? LoadId { get; init; }

    public string? Reason { get; init; }

    public long? RowsLoaded { get; init; }

    public double? LoadSeconds { get; init; }

    public IReadOnlyList<string> DroppedColumns { get; init => field = value ?? []; } = [];

    /// <summary>Columns whose type is not the source's.</summary>
    public IReadOnlyList<TypeChange> TypeChanges { get; init => field = value ?? []; } = [];

    /// <summary>The batches that hold proofs of its objects, as numbers and ranges; null in states of earlier versions.</summary>
    public string? ProofBatches { get; init; }

    /// <summary>Invocations that ended before the table's statistics could be read from the server.</summary>
    public int InterruptedScans { get; init; }

    /// <summary>Invocations that ended before its rows were counted.</summary>
    public int InterruptedCounts { get; init; }

    /// <summary>Null where statistics were not compared.</summary>
    public StatisticsOutcome? Statistics { get; init; }

    public IReadOnlyList<string> Warnings { get; init => field = value ?? []; } = [];
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LoadState))]
[JsonSerializable(typeof(DestinationManifest))]
[JsonSerializable(typeof(List<ManifestObject>))]
public sealed partial class LoadingJson : JsonSerializerContext;
