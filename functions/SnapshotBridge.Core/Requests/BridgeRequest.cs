using System.Text.Json;

namespace SnapshotBridge.Requests;

/// <summary>One snapshot to bridge, from a manual StartExecution or from an EventBridge event.</summary>
public sealed record BridgeRequest
{
    /// <summary>The shortest and longest life of the PAR that HeatWave reads through, in hours: a PAR is a key to the data, so a week at most.</summary>
    public const int MinParHours = 1, MaxParHours = 168;

    /// <summary>The fewest and most versions that are kept besides the one that is served: each takes HeatWave's memory.</summary>
    public const int MinKeepVersions = 0, MaxKeepVersions = 10;

    /// <summary>The snapshot.</summary>
    public required SnapshotArn Snapshot { get; init; }

    /// <summary>What of it is exported.</summary>
    public ExportScope Scope { get; init; } = ExportScope.Everything;

    /// <summary>Source schema → HeatWave schema, for those that change their name.</summary>
    public IReadOnlyDictionary<string, string> TargetSchemas { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>True to export again although an export of the same snapshot and scope exists.</summary>
    public bool NewExport { get; init; }

    /// <summary>How long the PAR lives, in hours; null leaves it to the function's setting.</summary>
    public int? ParHours { get; init; }

    /// <summary>Where column types come from; null, as for the next ones, leaves it to the function's setting.</summary>
    public TypeMode? Types { get; init; }

    /// <summary>
    /// SQL types of single columns that the export does not tell, such as an ENUM's values:
    /// <c>schema.table</c> of the source → column → type. They take precedence over what is derived.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> ColumnTypes { get; init; } =
        new Dictionary<string, IReadOnlyDictionary<string, string>>(StringComparer.Ordinal);

    /// <summary>How loaded tables reach their readers.</summary>
    public PublishMode? Publish { get; init; }

    /// <summary>With <see cref="PublishMode.Swap"/>: how many versions stay besides the one that is served.</summary>
    public int? KeepVersions { get; init; }

    /// <summary>What is compared between the export and HeatWave.</summary>
    public VerifyMode? Verify { get; init; }

    /// <summary>What becomes of the PAR once the tables are loaded.</summary>
    public ParAfterLoad? ParAfterLoad { get; init; }

    /// <summary>True when an event and not a person started the execution: then a snapshot of another database is ignored, not refused.</summary>
    public bool FromEvent { get; init; }

    /// <summary>The HeatWave schema that a source schema is loaded into.</summary>
    public string TargetSchema(string sourceSchema) => TargetSchemas.GetValueOrDefault(sourceSchema, sourceSchema);

    /// <summary>Reads an execution's input, as it came.</summary>
    /// <exception cref="RequestInvalidException">A manual request is wrong (all its problems are named), or an event names no snapshot.</exception>
    public static RequestOutcome Parse(JsonElement input, RequestContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return SnapshotEventParser.IsEvent(input)
            ? SnapshotEventParser.Parse(input, context)
            : new RequestOutcome.Accepted(ManualRequestParser.Parse(input, context));
    }

    /// <summary>Reads the input of an execution whose StartExport has accepted it.</summary>
    /// <exception cref="RequestInvalidException">It is not a request to bridge a snapshot after all.</exception>
    public static BridgeRequest ParseAccepted(JsonElement input, RequestContext context) => Parse(input, context) switch
    {
        RequestOutcome.Accepted accepted => accepted.Request,
        RequestOutcome.Ignored ignored => throw new RequestInvalidException([ignored.Reason]),
        _ => throw new InvalidOperationException("RequestOutcome has a case that is not handled."),
    };

    /// <summary>Checks what can be checked only when the snapshot's engine is known.</summary>
    /// <exception cref="RequestInvalidException">The scope or the target schemas do not fit the engine.</exception>
    public void CheckAgainstEngine(string engine, bool isPostgres)
    {
        if (isPostgres)
        {
            return;
        }

        var problems = new List<string>();
        foreach (var entry in Scope.Entries.Where(entry => entry.Count(character => character == '.') > 1))
        {
            problems.Add($"exportOnly contains '{entry}' but a snapshot of {engine} takes database or database.table");
        }

        var databases = Scope.Entries.Select(entry => entry.Split('.')[0]).ToHashSet(StringComparer.Ordinal);
        if (databases.Count > 0)
        {
            foreach (var source in TargetSchemas.Keys.Where(source => !databases.Contains(source)).Order(StringComparer.Ordinal))
            {
                var nearest = NearestName.Of(source, databases);
                problems.Add(
                    $"targetSchemas renames '{source}', which exportOnly does not export"
                    + (nearest is null ? "" : $" (did you mean '{nearest}'?)"));
            }

            foreach (var (source, target) in TargetSchemas.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                if (databases.Contains(target) && !TargetSchemas.ContainsKey(target) && source != target)
                {
                    problems.Add($"targetSchemas sends '{source}' to '{target}', but '{target}' is exported too and keeps its name; rename one of them otherwise");
                }
            }
        }

        if (problems.Count > 0)
        {
            throw new RequestInvalidException(problems);
        }
    }
}
