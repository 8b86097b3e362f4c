using System.Text.Json.Nodes;
using SnapshotBridge.Local.Aws.Rds;
using SnapshotBridge.Local.Cloud;
using SnapshotBridge.Local.Running;
using SnapshotBridge.Local.StateMachine.Running;

namespace SnapshotBridge.Local.Scenarios;

/// <summary>Other ways to deploy and to start: what the template's parameters choose.</summary>
internal static class DeploymentScenarios
{
    private const string Sweep = "SweepFunction";

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("existing-bucket", "The export bucket existed before: S3 tells of markers through EventBridge, and RDS's own event is lost.", async (run, token) =>
        {
            run.Cloud.Aws.RdsStore.Faults.LoseEvent = _ => true;
            var outcome = await run.RunAsync(token);
            run.Expect(outcome.Succeeded, "the run succeeds");
            run.Expect(run.Cloud.Template.Functions.All(function => function.S3Events.Count == 0), "no function is notified by the bucket itself");
            run.Expect(
                run.Cloud.Lambda.Reports.Any(report => report.Function == "ExportMarkerFunction"), "markers woke ExportMarker through the template's rule");
            run.Expect(run.Cloud.Lambda.Reports.All(report => report.Function != "ExportEndedFunction"), "nothing else did");
            return outcome;
        })
        {
            Adjust = options => options with { Parameters = With(options.Parameters, "CreateExportBucket", "no") },
        },
        new("schedule", "No event arrives at all; the schedule finds the newest snapshot, and finds it bridged the next time.", async (run, token) =>
        {
            // The sweep looks at the real clock, so the snapshot is one of an hour ago; the older one is superseded.
            var taken = DateTimeOffset.UtcNow.AddHours(-1);
            run.Cloud.Aws.RdsStore.AddSnapshot(new RdsSnapshot
            {
                Kind = RdsSnapshotKind.Cluster,
                Identifier = $"rds:{LocalCloud.SourceDatabase}-{taken:yyyy-MM-dd-HH-mm}",
                DatabaseIdentifier = LocalCloud.SourceDatabase,
                SnapshotType = "automated",
                CreatedAt = taken,
            });
            var first = await SweepAsync(run, token);
            run.Expect(first["started"]!.AsArray().Count == 1, "the sweep started one run");
            var execution = run.Cloud.States.ListExecutions(run.Cloud.StateMachineArn, null, null, null, null).Executions.Single();
            run.Expect(execution.Name == first["started"]![0]!.GetValue<string>(), "the run has the snapshot's own name");
            var outcome = await run.EndOfAsync(execution.ExecutionArn, token);
            run.Expect(outcome.Succeeded, "the run succeeds");
            var second = await SweepAsync(run, token);
            run.Expect(
                second["started"]!.AsArray().Count == 0 && second["alreadyBridged"]!.AsArray().Count == 1, "the next sweep starts nothing: the snapshot is bridged");
            return outcome;
        }),
    ];

    private static async Task<JsonNode> SweepAsync(RunSession run, CancellationToken cancellationToken)
    {
        var answer = await run.Cloud.Lambda.InvokeAsync(Sweep, "{}"u8.ToArray(), LambdaInvocationType.RequestResponse, cancellationToken);
        run.Expect(answer.FunctionError is null, "the sweep does its work", System.Text.Encoding.UTF8.GetString(answer.Payload.Span));
        return JsonNode.Parse(answer.Payload.Span)!;
    }

    private static Dictionary<string, string> With(IReadOnlyDictionary<string, string> parameters, string name, string value) =>
        new(parameters) { [name] = value };
}
