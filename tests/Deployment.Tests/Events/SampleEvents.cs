using System.Text.Json.Nodes;
using SnapshotBridge.Deployment.Tests.Kit;

namespace SnapshotBridge.Deployment.Tests.Events;

/// <summary>The EventBridge events among the samples, and events that are nearly one of them.</summary>
internal static class SampleEvents
{
    /// <summary>The samples that EventBridge would deliver, by file name.</summary>
    public static IReadOnlyDictionary<string, JsonObject> Samples { get; } = Directory.EnumerateFiles(Repository.Path("infra", "events"), "*.json")
        .Select(file => (Name: Path.GetFileNameWithoutExtension(file), Json: JsonNode.Parse(File.ReadAllText(file))!.AsObject()))
        .Where(sample => sample.Json.ContainsKey("detail-type"))
        .ToDictionary(sample => sample.Name, sample => sample.Json);

    /// <summary>Events that no rule is for: each differs from a sample in one place.</summary>
    public static IReadOnlyDictionary<string, JsonObject> Strangers { get; } = new Dictionary<string, JsonObject>
    {
        ["snapshot of another source"] = Changed("snapshot-instance-manual-0042", json => json["source"] = "my.app"),
        ["snapshot with another detail type"] = Changed("snapshot-instance-manual-0042", json => json["detail-type"] = "RDS DB Instance Event"),
        ["snapshot deleted"] = Changed("snapshot-instance-manual-0042", json => json["detail"]!["EventID"] = "RDS-EVENT-0041"),
        ["snapshot restored"] = Changed("snapshot-instance-manual-0042", json => json["detail"]!["EventID"] = "RDS-EVENT-0043"),
        ["cluster snapshot being created"] = Changed("snapshot-cluster-manual-0075", json => json["detail"]!["EventID"] = "RDS-EVENT-0074"),
        ["export of one table failed"] = Changed("export-instance-failed-0159", json => json["detail"]!["EventID"] = "RDS-EVENT-0484"),
        ["export's progress"] = Changed("export-cluster-completed-0164", json => json["detail"]!["EventID"] = "RDS-EVENT-0493"),
        ["export of a live cluster"] = Changed("export-cluster-completed-0164", json =>
        {
            json["detail-type"] = "RDS DB Cluster Event";
            json["detail"]!["EventID"] = "RDS-EVENT-0236";
        }),
        ["Parquet file written"] = Changed("s3-marker-eventbridge", json => json["detail"]!["object"]!["key"] = "exports/e-1/world/world.city/1/part-00000-c000.gz.parquet"),
        ["marker outside the exports"] = Changed("s3-marker-eventbridge", json => json["detail"]!["object"]!["key"] = "other/e-1/world/world.city/1/_SUCCESS"),
        ["marker in another bucket"] = Changed("s3-marker-eventbridge", json => json["detail"]!["bucket"]!["name"] = "another"),
        ["marker deleted"] = Changed("s3-marker-eventbridge", json => json["detail-type"] = "Object Deleted"),
        ["run succeeded"] = Run("SUCCEEDED"),
        ["run started"] = Run("RUNNING"),
        ["run of another state machine"] = Run("FAILED", $"{TemplateRules.StateMachineArn}-two"),
    };

    /// <summary>Events beside the samples that a rule is for, named after it.</summary>
    public static IReadOnlyDictionary<string, JsonObject> Siblings { get; } = new Dictionary<string, JsonObject>
    {
        ["run failed"] = Run("FAILED"),
        ["run timed out"] = Run("TIMED_OUT"),
        ["run aborted"] = Run("ABORTED"),
        ["s3-marker-eventbridge of the old layout"] = Changed("s3-marker-eventbridge", json => json["detail"]!["object"]!["key"] = "exports/e-1/world/world.city/_SUCCESS"),
    };

    /// <summary>Which rule an event is meant for: its name says what it is.</summary>
    public static string? RuleFor(string name) => name switch
    {
        _ when name.StartsWith("snapshot-", StringComparison.Ordinal) => name.Contains("-creating-", StringComparison.Ordinal) ? null : "BridgeStateMachine/SnapshotCreated",
        _ when name.StartsWith("export-", StringComparison.Ordinal) => "ExportEndedFunction/Ended",
        _ when name.StartsWith("s3-marker-eventbridge", StringComparison.Ordinal) => "MarkerWritten",
        "run failed" or "run timed out" or "run aborted" => "RunFailed",
        _ => null,
    };

    private static JsonObject Changed(string sample, Action<JsonObject> change)
    {
        var json = Samples[sample].DeepClone().AsObject();
        change(json);
        return json;
    }

    // As AWS documents it in "Automating Step Functions event delivery with EventBridge".
    private static JsonObject Run(string status, string machine = TemplateRules.StateMachineArn) => new()
    {
        ["version"] = "0",
        ["id"] = "315c1398-40ff-a850-213b-158f73e60175",
        ["detail-type"] = "Step Functions Execution Status Change",
        ["source"] = "aws.states",
        ["account"] = "123456789012",
        ["time"] = "2026-11-21T04:12:09Z",
        ["region"] = "us-east-1",
        ["resources"] = new JsonArray($"{machine.Replace(":stateMachine:", ":execution:", StringComparison.Ordinal)}:nightly"),
        ["detail"] = new JsonObject { ["stateMachineArn"] = machine, ["name"] = "nightly", ["status"] = status, ["input"] = "{}", ["output"] = null },
    };
}
