using System.Text.Json;
using System.Text.RegularExpressions;

namespace SnapshotBridge.Requests;

/// <summary>
/// Reads EventBridge events about snapshots. Only "created" and "copied" start a bridge; everything else, and what is not
/// of our databases, is ignored with the reason. Events are best effort: a manual request works always.
/// </summary>
internal static partial class SnapshotEventParser
{
    // RDS User Guide and Aurora User Guide, "Amazon RDS event categories and event messages": the snapshot can be used.
    private static readonly HashSet<string> ReadyEvents = new(StringComparer.Ordinal)
    {
        "RDS-EVENT-0042", "RDS-EVENT-0091", // instance: manual, automated snapshot created
        "RDS-EVENT-0075", "RDS-EVENT-0169", // cluster: manual, automated snapshot created
        "RDS-EVENT-0197", "RDS-EVENT-0060", // instance: copied locally, copied across regions
    };

    private static readonly HashSet<string> CreatingEvents = new(StringComparer.Ordinal)
    {
        "RDS-EVENT-0040", "RDS-EVENT-0090", "RDS-EVENT-0074", "RDS-EVENT-0168",
    };

    /// <summary>Whether the input has the envelope of an EventBridge event.</summary>
    public static bool IsEvent(JsonElement input) =>
        input.ValueKind == JsonValueKind.Object && input.TryGetProperty("detail-type", out _) && input.TryGetProperty("detail", out _);

    public static RequestOutcome Parse(JsonElement input, RequestContext context)
    {
        var source = Text(input, "source");
        var type = Text(input, "detail-type");
        var detail = input.GetProperty("detail");
        return (source, type) switch
        {
            ("aws.rds", "RDS DB Snapshot Event" or "RDS DB Cluster Snapshot Event") => ParseRds(input, detail, context),
            ("aws.backup", "Backup Job State Change") => ParseBackup(input, detail, context),
            _ => Ignore($"the event '{type}' of '{source}' is not about a snapshot that was created"),
        };
    }

    private static RequestOutcome ParseRds(JsonElement input, JsonElement detail, RequestContext context)
    {
        var id = Text(detail, "EventID");
        var name = Text(detail, "SourceIdentifier");
        if (CreatingEvents.Contains(id))
        {
            return Ignore($"{id}: the snapshot '{name}' is still being created; its 'created' event follows");
        }

        if (!ReadyEvents.Contains(id))
        {
            return Ignore($"{(id.Length == 0 ? "an event without EventID" : id)} about '{name}' ({Text(detail, "Message")}) does not say that a snapshot was created");
        }

        var arn = Text(detail, "SourceArn");
        return Accept(arn.Length > 0 ? arn : FirstResource(input), id, context, database: null);
    }

    private static RequestOutcome ParseBackup(JsonElement input, JsonElement detail, RequestContext context)
    {
        var state = Text(detail, "state");
        var job = Text(detail, "backupJobId");
        if (state != "COMPLETED")
        {
            return Ignore($"the AWS Backup job '{job}' is {(state.Length == 0 ? "in no stated state" : state)}, not COMPLETED");
        }

        var type = Text(detail, "resourceType");
        if (type is not ("RDS" or "Aurora"))
        {
            return Ignore($"the AWS Backup job '{job}' is of a resource of type '{type}', not RDS or Aurora");
        }

        var arn = FirstResource(input);
        if (arn.Contains(":recovery-point:", StringComparison.Ordinal))
        {
            return Ignore($"the AWS Backup job '{job}' made the continuous recovery point '{arn}', which is no snapshot and cannot be exported");
        }

        // arn:aws:rds:<region>:<account>:db|cluster:<identifier>
        var resource = Text(detail, "resourceArn").Split(':', 7);
        return Accept(arn, $"the AWS Backup job '{job}'", context, resource.Length == 7 ? resource[6] : null);
    }

    private static RequestOutcome Accept(string text, string what, RequestContext context, string? database)
    {
        var problems = new List<string>();
        if (SnapshotArn.Parse(text, $"the snapshot of {what}", problems) is not { } arn)
        {
            // Ours, and not understood: to ignore it would hide a snapshot that nobody bridges.
            throw new RequestInvalidException(problems);
        }

        if (arn.Region != context.Region)
        {
            return Ignore($"{what}: the snapshot '{arn}' is of region {arn.Region}, and this deployment works in {context.Region}");
        }

        if (SnapshotOrigin.TakenByRds(arn.Id) is { } unwanted)
        {
            return Ignore($"{what}: '{arn.Id}' is {unwanted}; start an execution by hand to bridge it all the same");
        }

        // The name of an automated snapshot tells its database; of others StartExport asks RDS.
        database ??= AutomatedPattern().Match(arn.Id) is { Success: true } match ? match.Groups["database"].Value : null;
        if (database is not null && !context.IsOurs(database))
        {
            return Ignore($"{what}: the snapshot '{arn.Id}' is of the database '{database}', which is not among SOURCE_DATABASES ({string.Join(", ", context.SourceDatabases)})");
        }

        return new RequestOutcome.Accepted(new BridgeRequest { Snapshot = arn, FromEvent = true });
    }

    private static string FirstResource(JsonElement input) =>
        input.TryGetProperty("resources", out var resources) && resources.ValueKind == JsonValueKind.Array && resources.GetArrayLength() > 0
        && resources[0].ValueKind == JsonValueKind.String
            ? resources[0].GetString()!
            : "";

    private static string Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : "";

    private static RequestOutcome.Ignored Ignore(string reason) => new(reason);

    [GeneratedRegex(@"^rds:(?<database>.+)-\d{4}-\d{2}-\d{2}-\d{2}-\d{2}\z", RegexOptions.CultureInvariant)]
    private static partial Regex AutomatedPattern();
}
