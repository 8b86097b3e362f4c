using System.Text;
using System.Text.Json.Nodes;
using SnapshotBridge.Local.StateMachine.Running;
using SnapshotBridge.StateMachine.Tests.Kit;
using Xunit;

namespace SnapshotBridge.StateMachine.Tests.Shipped;

public sealed class HappyPathTests
{
    [Fact]
    public async Task Run_AllFunctionsSucceed_VisitsEveryStepOnceAndHandsOverIdentifiersOnly()
    {
        await using var pipeline = new Pipeline();

        var run = await pipeline.RunAsync();

        Assert.Equal(ExecutionStatus.Succeeded, run.Status);
        Bench.AssertJson(
            """
            {"exportTaskId":"world-1-abc","status":"COMPLETE",
             "plan":{"planKey":"bridge/world-1-abc/plan.json","batchesKey":"bridge/world-1-abc/batches.json","tables":5,"batches":3,
                     "objects":40,"bytes":1000,"skipped":1,"maxConcurrency":2},
             "load":{"status":"LOADED","tables":5,"rows":100,"bytes":1000,"reportKey":"bridge/world-1-abc/reports/run/report.json","waitSeconds":0}}
            """,
            run.Output);
        var start = pipeline.Lambda.Calls.First();
        Assert.Equal("StartExport", start.Function);
        Bench.AssertJson(Pipeline.Input, start.Payload!["request"]!.ToJsonString());
        Assert.Equal(run.Name, start.Payload["executionName"]!.GetValue<string>());
        Assert.Equal(run.StartDate.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", null), start.Payload["executionStartTime"]!.GetValue<string>());
        Assert.All(
            pipeline.Lambda.Calls.Where(call => call.Function is "PlanCopy" or "LoadTables"), call => Bench.AssertJson(Pipeline.Input, call.Payload!["request"]!.ToJsonString()));
        Assert.Equal([0, 1, 2], pipeline.Lambda.Calls.Where(call => call.Function == "CopyTable").Select(call => call.Payload!["batch"]!.GetValue<int>()).Order());
        Assert.Equal(1, pipeline.Lambda.CallsOf("LoadTables"));
    }

    [Fact]
    public async Task Run_AllFunctionsSucceed_HistoryIsTheServicesAndKeptWithoutToken()
    {
        await using var pipeline = new Pipeline();
        string? token = null;
        pipeline.Lambda.On("StartExport", (payload, _) =>
        {
            token = Pipeline.Token(payload);
            return pipeline.Complete(payload, """{"exportTaskId":"world-1-abc","status":"COMPLETE"}""");
        });

        var run = await pipeline.RunAsync();

        var types = pipeline.Bench.Types(run.ExecutionArn);
        Assert.Equal(["ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted"], types.Take(4));
        Assert.Equal(
            [
                "TaskSucceeded", "TaskStateExited", "ChoiceStateEntered", "ChoiceStateExited", "TaskStateEntered", "TaskScheduled", "TaskStarted",
                "TaskSucceeded", "TaskStateExited", "ChoiceStateEntered", "ChoiceStateExited", "MapStateEntered", "MapStateStarted", "MapRunStarted",
                "MapRunSucceeded", "MapStateSucceeded", "MapStateExited", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSucceeded",
                "TaskStateExited", "ChoiceStateEntered", "ChoiceStateExited", "SucceedStateEntered", "SucceedStateExited", "ExecutionSucceeded",
            ],
            types.Skip(4).Where(type => type != "TaskSubmitted"));
        using var kept = new MemoryStream();
        await pipeline.Bench.Service.WriteHistoryAsync(run.ExecutionArn, kept, Bench.Cancelled);
        var text = Encoding.UTF8.GetString(kept.ToArray());
        Assert.DoesNotContain(token!, text, StringComparison.Ordinal);
        Assert.Contains("[task token]", text, StringComparison.Ordinal);
        Assert.Equal(run.ExecutionArn, JsonNode.Parse(text)!["executionArn"]!.GetValue<string>());
        Assert.DoesNotContain(token!, run.Output!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_EventThatIsNotOurs_EndsWithTheReasonAndCallsNothingElse()
    {
        await using var pipeline = new Pipeline();
        pipeline.Lambda.On("StartExport", (payload, _) => pipeline.Complete(payload, """{"exportTaskId":"","status":"IGNORED","reason":"another database"}"""));

        var run = await pipeline.RunAsync();

        Assert.Equal(ExecutionStatus.Succeeded, run.Status);
        Assert.Contains("another database", run.Output!, StringComparison.Ordinal);
        Assert.Equal(["StartExport", "AnythingToBridge", "Ignored"], pipeline.Bench.Seen.Entered);
    }

    [Fact]
    public async Task Run_NoBatches_GoesFromPlanToLoad()
    {
        await using var pipeline = new Pipeline(batches: 0);

        var run = await pipeline.RunAsync();

        Assert.Equal(ExecutionStatus.Succeeded, run.Status);
        Assert.Equal(0, pipeline.Lambda.CallsOf("CopyTable"));
        Assert.DoesNotContain("CopyTables", pipeline.Bench.Seen.Entered);
    }

    [Fact]
    public async Task Run_BatchNotDone_IsCalledAgainWithTheSameBatch()
    {
        await using var pipeline = new Pipeline(batches: 1);
        pipeline.Lambda.On("CopyTable", (payload, call) => new JsonObject
        {
            ["exportTaskId"] = payload!["exportTaskId"]!.DeepClone(),
            ["batch"] = payload["batch"]!.DeepClone(),
            ["done"] = call == 3,
        });

        var run = await pipeline.RunAsync();

        Assert.Equal(ExecutionStatus.Succeeded, run.Status);
        Assert.Equal(3, pipeline.Lambda.CallsOf("CopyTable"));
        Assert.All(pipeline.Lambda.Calls.Where(call => call.Function == "CopyTable"), call => Assert.Equal(0, call.Payload!["batch"]!.GetValue<int>()));
    }

    [Fact]
    public async Task Run_LoadStillRuns_WaitsAndAsksAgain()
    {
        await using var pipeline = new Pipeline();
        pipeline.Lambda.On("LoadTables", (_, call) => JsonNode.Parse(
            $$"""{"status":"{{(call < 4 ? "LOADING" : "LOADED")}}","tables":5,"rows":100,"bytes":1000,"reportKey":"key","waitSeconds":{{(call < 4 ? 5 * call : 0)}}}"""));

        var run = await pipeline.RunAsync();

        Assert.Equal(ExecutionStatus.Succeeded, run.Status);
        Assert.Equal(4, pipeline.Lambda.CallsOf("LoadTables"));
        Assert.Equal(3, pipeline.Bench.Seen.Entered.Count(state => state == "WaitForLoad"));
    }

    [Fact]
    public async Task Run_MaxConcurrencyOfThePlan_IsNeverExceeded()
    {
        await using var pipeline = new Pipeline(batches: 12, maxConcurrency: 3);
        var (running, most) = (0, 0);
        var gate = new Lock();
        var three = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        pipeline.Lambda.On("CopyTable", async (payload, _) =>
        {
            lock (gate)
            {
                most = Math.Max(most, ++running);
                if (running == 3)
                {
                    three.TrySetResult();
                }
            }

            // The first wait for each other; the pause is for one too many.
            await three.Task.WaitAsync(TimeSpan.FromMinutes(10));
            await Task.Delay(20);
            lock (gate)
            {
                running--;
            }

            return new JsonObject { ["exportTaskId"] = "world-1-abc", ["batch"] = payload!["batch"]!.DeepClone(), ["done"] = true };
        });

        var run = await pipeline.RunAsync();

        Assert.Equal(ExecutionStatus.Succeeded, run.Status);
        Assert.Equal(3, most);
        Assert.Equal(12, Assert.Single(pipeline.Bench.Service.ListMapRuns(run.ExecutionArn)).Counts.Succeeded);
    }
}
