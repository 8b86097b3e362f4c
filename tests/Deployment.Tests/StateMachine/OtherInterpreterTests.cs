using System.Text.Json;
using System.Text.Json.Nodes;
using SnapshotBridge.Deployment.Tests.Kit;

namespace SnapshotBridge.Deployment.Tests.StateMachine;

/// <summary>
/// The shipped file, unchanged, in an interpreter that is not ours: moto's. It has two wrong answers that matter here, so
/// nothing is proven about them with it: a failed child of a Distributed Map counts as a success, and a state that is
/// retried keeps its task token.
/// </summary>
public sealed class OtherInterpreterTests(OtherInterpreterTests.Runs runs) : IClassFixture<OtherInterpreterTests.Runs>
{
    [Fact]
    public async Task Run_HappyPath_CallsEveryFunctionAndEndsWithTheLoadsResult()
    {
        var run = await runs.GetAsync("happy");

        Assert.Equal("SUCCEEDED", run.Status);
        Assert.Equal(["StartExport", "PlanCopy", "CopyTable", "CopyTable", "CopyTable", "LoadTables", "LoadTables"], run.Calls.Select(call => call.Function));
        Assert.Equal([0, 1, 2], run.Payloads("CopyTable").Select(payload => payload["batch"]!.GetValue<int>()).Order());
        Assert.All(run.Payloads("CopyTable"), payload => Assert.Equal("world-1-abc", payload["exportTaskId"]!.GetValue<string>()));
        Assert.Equal("arn:aws:rds:us-east-1:123456789012:snapshot:world-1", run.Payloads("LoadTables").First()["request"]!["snapshotArn"]!.GetValue<string>());
        var output = JsonNode.Parse(run.Output!)!;
        Assert.Equal("LOADED", output["load"]!["status"]!.GetValue<string>());
        Assert.Equal(3, output["plan"]!["batches"]!.GetValue<int>());
        Assert.DoesNotContain("taskToken", run.Output!, StringComparison.Ordinal);
        Assert.Equal(1, run.Events.Count(type => type == "MapRunSucceeded"));
        Assert.Equal(1, run.Events.Count(type => type == "WaitStateEntered"));
    }

    [Fact]
    public async Task Run_WaitTimesOut_EntersStartExportAgain()
    {
        var run = await runs.GetAsync("timeout");

        Assert.Equal("SUCCEEDED", run.Status);
        Assert.Equal(1, run.Events.Count(type => type == "TaskTimedOut"));
        Assert.Equal(2, run.Payloads("StartExport").Count());
        Assert.All(run.Payloads("StartExport"), payload => Assert.NotEmpty(payload["taskToken"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Run_CopyIsThrottledAndThenRunsOutOfTime_IsCalledAgainForTheSameBatch()
    {
        var run = await runs.GetAsync("retried");

        Assert.Equal("SUCCEEDED", run.Status);
        // One failed attempt, one that was not done, one that was.
        Assert.Equal([0, 0, 0], run.Payloads("CopyTable").Select(payload => payload["batch"]!.GetValue<int>()));
        Assert.Equal("LOADED", JsonNode.Parse(run.Output!)!["load"]!["status"]!.GetValue<string>());
    }

    [Fact]
    public async Task Run_NothingToCopy_GoesOnToTheLoad()
    {
        var run = await runs.GetAsync("empty");

        Assert.Equal("SUCCEEDED", run.Status);
        Assert.Equal(["StartExport", "PlanCopy", "LoadTables", "LoadTables"], run.Calls.Select(call => call.Function));
    }

    [Fact]
    public async Task Run_EventOfSomebodyElse_EndsAsIgnored()
    {
        var run = await runs.GetAsync("ignored");

        Assert.Equal("SUCCEEDED", run.Status);
        Assert.Equal(["StartExport"], run.Calls.Select(call => call.Function));
    }

    [Fact]
    public async Task Run_ExportFails_FailsWithThatError()
    {
        var run = await runs.GetAsync("failed");

        Assert.Equal(("FAILED", "ExportTaskFailedException"), (run.Status, run.Error));
        Assert.Equal(["StartExport"], run.Calls.Select(call => call.Function));
    }

    [Fact]
    public async Task Run_TablesDoNotLoad_FailsWithoutRetrying()
    {
        var run = await runs.GetAsync("not loaded");

        Assert.Equal(("FAILED", "TablesNotLoadedException"), (run.Status, run.Error));
        Assert.Single(run.Payloads("LoadTables"));
    }

    /// <summary>All executions, made once and side by side.</summary>
    public sealed class Runs
    {
        // Pauses pass quickly, but no timeout on a busy machine: one of 960 s takes 48 s.
        private const int TimeFactor = 20;

        // The wait of 900 s is over after 9 s.
        private const int TimeoutTimeFactor = 100;

        private const string Succeed = """{"succeed":{"exportTaskId":"world-1-abc","status":"COMPLETE"}}""";
        private const string Done = """{"result":{"done":true},"echo":["exportTaskId","batch"]}""";

        private readonly Lazy<Task<Dictionary<string, Run>>> _runs = new(ExecuteAsync);

        internal async Task<Run> GetAsync(string name)
        {
            await PythonTools.NeedAsync("moto", "boto3", "werkzeug", "flask");
            return (await _runs.Value)[name];
        }

        private static async Task<Dictionary<string, Run>> ExecuteAsync()
        {
            var script = new JsonObject
            {
                ["bucket"] = ShippedMachine.Bucket,
                ["objects"] = new JsonObject { ["batches-3.json"] = Batches(3), ["batches-1.json"] = Batches(1) },
                ["runs"] = new JsonObject
                {
                    ["happy"] = Scripted(batches: 3),
                    ["timeout"] = Scripted(batches: 1, ("StartExport", $"[{{}}, {Succeed}]")),
                    ["retried"] = Scripted(batches: 1, ("CopyTable", $$"""
                        [{"error":"TransferThrottledException"}, {"result":{"done":false},"echo":["exportTaskId","batch"]}, {{Done}}]
                        """)),
                    ["empty"] = Scripted(batches: 0),
                    ["ignored"] = Scripted(batches: 1, ("StartExport", """[{"succeed":{"exportTaskId":"","status":"IGNORED"}}]""")),
                    ["failed"] = Scripted(batches: 1, ("StartExport", """[{"fail":"ExportTaskFailedException"}]""")),
                    ["not loaded"] = Scripted(batches: 1, ("LoadTables", """[{"error":"TablesNotLoadedException","message":"world.city"}]""")),
                },
            };
            script["runs"]!["timeout"]!["timeFactor"] = TimeoutTimeFactor;
            var result = await PythonTools.RunAsync([PythonTools.Script("run_state_machine.py")], script.ToJsonString(), CancellationToken.None);
            Assert.True(result.ExitCode == 0, result.All);
            return JsonSerializer.Deserialize<Dictionary<string, Run>>(result.Output, JsonSerializerOptions.Web)!;
        }

        private static JsonObject Scripted(int batches, params (string Function, string Answers)[] changes)
        {
            var functions = new JsonObject
            {
                ["StartExport"] = JsonNode.Parse($"[{Succeed}]"),
                ["PlanCopy"] = JsonNode.Parse($$$"""
                    [{"result":{"planKey":"plan.json","batchesKey":"batches-{{{batches}}}.json","tables":5,"batches":{{{batches}}},"objects":40,"bytes":1000,"skipped":1,"maxConcurrency":2}}]
                    """),
                ["CopyTable"] = JsonNode.Parse($"[{Done}]"),
                ["LoadTables"] = JsonNode.Parse("""
                    [{"result":{"status":"LOADING","tables":5,"rows":0,"bytes":0,"reportKey":"","waitSeconds":5}},
                     {"result":{"status":"LOADED","tables":5,"rows":100,"bytes":1000,"reportKey":"report.json","waitSeconds":0}}]
                    """),
            };
            foreach (var (function, answers) in changes)
            {
                functions[function] = JsonNode.Parse(answers);
            }

            return new JsonObject
            {
                ["timeFactor"] = TimeFactor,
                ["definition"] = ShippedMachine.Filled,
                ["input"] = new JsonObject { ["snapshotArn"] = "arn:aws:rds:us-east-1:123456789012:snapshot:world-1" },
                ["functions"] = functions,
            };
        }

        private static JsonArray Batches(int count) =>
            [.. Enumerable.Range(0, count).Select(batch => new JsonObject { ["exportTaskId"] = "world-1-abc", ["batch"] = batch })];
    }

    internal sealed record Call(string Function, JsonNode Payload);

    internal sealed record Run(string Status, string? Output, string? Error, string? Cause, IReadOnlyList<Call> Calls, IReadOnlyList<string> Events)
    {
        public IEnumerable<JsonNode> Payloads(string function) => Calls.Where(call => call.Function == function).Select(call => call.Payload);
    }
}
