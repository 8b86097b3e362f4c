using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using SnapshotBridge.Loading;
using SnapshotBridge.Reporting;
using SnapshotBridge.Requests;
using SnapshotBridge.Storage;

namespace SnapshotBridge.Announcing;

/// <summary>How a run ended that has a report.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RunVerdict>))]
public enum RunVerdict
{
    /// <summary>Every table of the plan is loaded with equal rows and columns, or is empty.</summary>
    [JsonStringEnumMemberName("SUCCEEDED")]
    Succeeded,

    /// <summary>Every table was tried, and some are not there or differ; the execution fails with TablesNotLoadedException.</summary>
    [JsonStringEnumMemberName("TABLES_FAILED")]
    TablesFailed,

    /// <summary>Every table is there, but readers are still served an earlier version; the execution fails with SchemasNotSwitchedException.</summary>
    [JsonStringEnumMemberName("SCHEMAS_NOT_SWITCHED")]
    SchemasNotSwitched,
}

/// <summary>
/// The detail of the event that tells of a run's end: the verdict, the sums, and where the report is. It holds no secret
/// and stays far below EventBridge's limit whatever the run was like: lists are cut, and say by how much.
/// </summary>
public sealed record RunCompletion
{
    /// <summary>The event's source and type. Consumers' rules match them: never changed.</summary>
    public const string Source = "snapshotbridge", DetailType = "Snapshot Bridge Run Completed";

    /// <summary>Raised when a field changes its meaning or goes; new fields may come without it.</summary>
    public const int CurrentVersion = 1;

    /// <summary>The most entries of the lists.</summary>
    public const int MaxSchemas = 100, MaxFailedTables = 20;

    /// <summary>The longest name and reason, in characters; longer ones are cut.</summary>
    public const int MaxNameLength = 128, MaxReasonLength = 300;

    /// <summary>The most that EventBridge takes for one event, in bytes: API Reference, PutEvents.</summary>
    public const int MaxEventBytes = 256 * 1024;

    public int Version { get; init; } = CurrentVersion;

    /// <summary>
    /// The same for every delivery of one result: EventBridge delivers at least once, and a run that was interrupted tells
    /// again. A redrive that fails again is another result.
    /// </summary>
    public required string Id { get; init; }

    public required RunVerdict Verdict { get; init; }

    public required string ExecutionName { get; init; }

    public required string ExportTaskId { get; init; }

    /// <summary>The snapshot.</summary>
    public required string SourceArn { get; init; }

    /// <summary>When the snapshot was taken, if the export says so.</summary>
    public DateTimeOffset? SnapshotTime { get; init; }

    /// <summary>The execution's start.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When the report was written.</summary>
    public required DateTimeOffset FinishedAt { get; init; }

    /// <summary>How the tables reach their readers.</summary>
    public required PublishMode Publish { get; init; }

    /// <summary>The schemas that readers use, in their order; at most <see cref="MaxSchemas"/>.</summary>
    public required IReadOnlyList<CompletedSchema> Schemas { get; init; }

    /// <summary>How many more schemas there are than <see cref="Schemas"/> lists.</summary>
    public int SchemasOmitted { get; init; }

    public required CompletionTotals Totals { get; init; }

    /// <summary>Some of the failed tables, at most <see cref="MaxFailedTables"/>; the report has all of them.</summary>
    public required IReadOnlyList<FailedTable> FailedTables { get; init; }

    /// <summary>How many more failed tables there are than <see cref="FailedTables"/> lists.</summary>
    public int FailedTablesOmitted { get; init; }

    public required string ReportBucket { get; init; }

    /// <summary>The report as JSON.</summary>
    public required string ReportKey { get; init; }

    /// <summary>The report as a page.</summary>
    public required string ReportPageKey { get; init; }

    /// <summary>What a report says, for others.</summary>
    /// <param name="report">The report.</param>
    /// <param name="runId">The attempt's id: a failure of each attempt is a result of its own.</param>
    /// <param name="bucket">The report's bucket.</param>
    public static RunCompletion Of(RunReport report, string runId, string bucket)
    {
        ArgumentNullException.ThrowIfNull(report);
        var schemas = CompletedSchema.Of(report);
        var failed = report.Tables.Where(table => table.Status == TableStatus.Failed).ToList();
        return new RunCompletion
        {
            Id = IdOf(report, runId),
            Verdict = report.Succeeded ? RunVerdict.Succeeded : report.Totals.Failed > 0 ? RunVerdict.TablesFailed : RunVerdict.SchemasNotSwitched,
            ExecutionName = report.ExecutionName,
            ExportTaskId = report.ExportTaskId,
            SourceArn = report.SourceArn,
            SnapshotTime = report.SnapshotTime,
            StartedAt = report.StartedAt,
            FinishedAt = report.FinishedAt,
            Publish = report.Publish,
            Schemas = [.. schemas.Take(MaxSchemas)],
            SchemasOmitted = Math.Max(0, schemas.Count - MaxSchemas),
            Totals = CompletionTotals.Of(report.Totals),
            FailedTables = [.. failed.Take(MaxFailedTables).Select(FailedTable.Of)],
            FailedTablesOmitted = Math.Max(0, failed.Count - MaxFailedTables),
            ReportBucket = bucket,
            ReportKey = BridgeLayout.Report(report.ExportTaskId, report.ExecutionName),
            ReportPageKey = BridgeLayout.ReportPage(report.ExportTaskId, report.ExecutionName),
        };
    }

    /// <summary>The event's detail.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, AnnouncingJson.Default.RunCompletion);

    /// <summary>At most <paramref name="length"/> characters, and no half of a surrogate pair.</summary>
    internal static string Cut(string text, int length) => text.Length <= length
        ? text
        : text[..(char.IsHighSurrogate(text[length - 2]) ? length - 2 : length - 1)] + "…";

    private static string IdOf(RunReport report, string runId)
    {
        // An execution succeeds once, however often it is entered again for an answer that was lost.
        var result = report.Succeeded ? "succeeded" : $"failed {runId}";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{report.ExecutionName}\n{report.ExportTaskId}\n{result}")))[..32];
    }
}

/// <summary>One schema that readers use.</summary>
/// <param name="Schema">Its name.</param>
/// <param name="Version">With <c>"publish": "swap"</c> the versioned schema that this run loaded; null where the run loaded into the schema itself.</param>
/// <param name="Tables">Its tables that are loaded or empty.</param>
/// <param name="TablesFailed">Its tables that failed: with <c>swap</c>, one of them keeps the earlier version in place.</param>
/// <param name="Switched">With <c>swap</c>: whether readers are served by <paramref name="Version"/> now; null where there was nothing to switch.</param>
public sealed record CompletedSchema(string Schema, string? Version, int Tables, int TablesFailed, bool? Switched = null)
{
    internal static List<CompletedSchema> Of(RunReport report) =>
    [
        .. from table in report.Tables
           where table.Status != TableStatus.Skipped
           group table by (Schema: table.PublicSchema ?? table.TargetSchema, Version: table.PublicSchema is null ? null : table.TargetSchema) into schema
           orderby schema.Key.Schema, schema.Key.Version
           select new CompletedSchema(
               RunCompletion.Cut(schema.Key.Schema, RunCompletion.MaxNameLength),
               schema.Key.Version is null ? null : RunCompletion.Cut(schema.Key.Version, RunCompletion.MaxNameLength),
               schema.Count(table => table.Status != TableStatus.Failed),
               schema.Count(table => table.Status == TableStatus.Failed),
               schema.Key.Version is null ? null : report.PublishedSchemas.Any(published => published.Schema == schema.Key.Schema && published.SwitchedAt is not null)),
    ];
}

/// <summary>The report's sums.</summary>
public sealed record CompletionTotals(int TablesLoaded, int TablesEmpty, int TablesSkipped, int TablesFailed, long Rows, long Objects, long Bytes)
{
    internal static CompletionTotals Of(ReportTotals totals) =>
        new(totals.Loaded, totals.Empty, totals.Skipped, totals.Failed, totals.Rows, totals.Objects, totals.Bytes);
}

/// <summary>One table that failed.</summary>
/// <param name="Schema">The source's schema.</param>
/// <param name="Table">The table.</param>
/// <param name="Reason">Why, cut where it is long.</param>
public sealed record FailedTable(string Schema, string Table, string Reason)
{
    internal static FailedTable Of(TableReport table) => new(
        RunCompletion.Cut(table.Schema, RunCompletion.MaxNameLength),
        RunCompletion.Cut(table.Table, RunCompletion.MaxNameLength),
        RunCompletion.Cut(SecretMask.Mask(table.Reason ?? ""), RunCompletion.MaxReasonLength));
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RunCompletion))]
public sealed partial class AnnouncingJson : JsonSerializerContext;
