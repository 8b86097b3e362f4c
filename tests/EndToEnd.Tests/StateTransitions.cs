using System.Text.Json;
using SnapshotBridge.Local.Cloud;
using SnapshotBridge.Local.Running;
using SnapshotBridge.Local.StateMachine.Running;
using SnapshotBridge.Planning;
using SnapshotBridge.Storage;

namespace SnapshotBridge.EndToEnd.Tests;

/// <summary>The state transitions that the plan states against those that the state machine made: one for each state entered.</summary>
internal static class StateTransitions
{
    // WaitForLoad, LoadTables, LoadEnded: how often the load is looked at again depends on the server.
    private const int StatesPerLook = 3;

    public static async Task AssertAsPlannedAsync(LocalCloud cloud, RunOutcome outcome)
    {
        var run = Pages(token => cloud.States.ListExecutions(cloud.StateMachineArn, null, null, null, token)).Single(execution => execution.Name == outcome.Execution);
        var children = cloud.States.ListMapRuns(run.ExecutionArn)
            .SelectMany(map => Pages(token => cloud.States.ListExecutions(null, map.MapRunArn, null, null, token)))
            .ToList();
        var exportTaskId = outcome.Report!.ExportTaskId;
        var json = await cloud.Aws.S3Store.ReadAsync(LocalCloud.ExportBucket, BridgeLayout.Plan(exportTaskId), TestContext.Current.CancellationToken);
        var plan = JsonSerializer.Deserialize(json, PlanningJson.Default.CopyPlan)!;

        Assert.Equal(plan.Batches, children.Count);
        Assert.Equal(plan.Orchestration!.ChildTransitions, children.Sum(child => Entered(cloud, child).Count));
        var states = Entered(cloud, run);
        Assert.Equal(plan.Orchestration.ParentTransitions, states.Count - (StatesPerLook * states.Count(state => state == "WaitForLoad")));
    }

    private static List<string> Entered(LocalCloud cloud, ExecutionDescription execution)
    {
        var entered = new List<string>();
        string? token = null;
        do
        {
            var page = cloud.States.GetExecutionHistory(execution.ExecutionArn, nextToken: token);
            entered.AddRange(page.Events.Where(item => item.Type.EndsWith("StateEntered", StringComparison.Ordinal)).Select(item => item.Details!["name"]!.GetValue<string>()));
            token = page.NextToken;
        }
        while (token is not null);

        return entered;
    }

    private static List<ExecutionDescription> Pages(Func<string?, ExecutionPage> list)
    {
        var all = new List<ExecutionDescription>();
        string? token = null;
        do
        {
            var page = list(token);
            all.AddRange(page.Executions);
            token = page.NextToken;
        }
        while (token is not null);

        return all;
    }
}
