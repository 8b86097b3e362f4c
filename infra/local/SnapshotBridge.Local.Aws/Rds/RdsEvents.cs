using System.Globalization;
using System.Text.Json.Nodes;

namespace SnapshotBridge.Local.Aws.Rds;

/// <summary>RDS's events in the form in which EventBridge delivers them.</summary>
public static class RdsEvents
{
    private const string Instance = "SNAPSHOT";
    private const string Cluster = "CLUSTER_SNAPSHOT";

    /// <summary>A snapshot has been created: 0042/0091 for instances, 0075/0169 for clusters, or 0197 for a copy of an instance snapshot.</summary>
    public static JsonObject SnapshotCreated(RdsSnapshot snapshot, string arn, string region, string accountId, DateTimeOffset time)
    {
        var automated = snapshot.SnapshotType == "automated";
        var (id, category, message) = (snapshot.Kind, automated, snapshot.SourceSnapshotArn is not null) switch
        {
            (RdsSnapshotKind.Instance, _, true) => ("RDS-EVENT-0197", "notification", "Snapshot copy was completed"),
            (RdsSnapshotKind.Instance, false, _) => ("RDS-EVENT-0042", "creation", "Manual snapshot created"),
            (RdsSnapshotKind.Instance, true, _) => ("RDS-EVENT-0091", "creation", "Automated snapshot created"),
            (_, false, _) => ("RDS-EVENT-0075", "backup", "Manual cluster snapshot created"),
            _ => ("RDS-EVENT-0169", "backup", "Automated cluster snapshot created"),
        };
        return Event(snapshot, arn, region, accountId, time, id, category, message);
    }

    /// <summary>An export has ended: 0159 to 0161 for instances, 0162 to 0164 for clusters. The event names the snapshot, not the task.</summary>
    public static JsonObject ExportEnded(RdsSnapshot snapshot, string arn, string status, string region, string accountId, DateTimeOffset time)
    {
        var (offset, word) = status switch
        {
            "FAILED" => (0, "failed"),
            "CANCELED" => (1, "canceled"),
            "COMPLETE" => (2, "completed"),
            _ => throw new ArgumentException($"An export does not end as {status}.", nameof(status)),
        };
        var number = (snapshot.Kind == RdsSnapshotKind.Cluster ? 162 : 159) + offset;
        return Event(snapshot, arn, region, accountId, time,
            string.Create(CultureInfo.InvariantCulture, $"RDS-EVENT-{number:D4}"), "notification", $"Snapshot export task {word}");
    }

    private static JsonObject Event(
        RdsSnapshot snapshot, string arn, string region, string accountId, DateTimeOffset time, string eventId, string category, string message)
    {
        var cluster = snapshot.Kind == RdsSnapshotKind.Cluster;
        return new JsonObject
        {
            ["version"] = "0",
            ["id"] = Guid.NewGuid().ToString(),
            ["detail-type"] = cluster ? "RDS DB Cluster Snapshot Event" : "RDS DB Snapshot Event",
            ["source"] = "aws.rds",
            ["account"] = accountId,
            ["time"] = time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            ["region"] = region,
            ["resources"] = new JsonArray(arn),
            ["detail"] = new JsonObject
            {
                ["EventCategories"] = new JsonArray(category),
                ["SourceType"] = cluster ? Cluster : Instance,
                ["SourceArn"] = arn,
                ["Date"] = time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
                ["Message"] = message,
                ["SourceIdentifier"] = snapshot.Identifier,
                ["EventID"] = eventId,
            },
        };
    }
}
