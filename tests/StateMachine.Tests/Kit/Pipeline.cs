using System.Globalization;
using System.Text.Json.Nodes;

namespace SnapshotBridge.StateMachine.Tests.Kit;

/// <summary>The shipped machine's four functions, scripted to succeed; a test changes the one it is about.</summary>
public sealed class Pipeline : IAsyncDisposable
{
    public const string Input = """{"snapshotArn":"arn:aws:rds:us-east-1:123456789012:snapshot:world-1"}""";

    public Pipeline(int batches = 3, int maxConcurrency = 2)
    {
        Bench.Lambda
            .On("StartExport", (payload, _) => Complete(payload, """{"exportTaskId":"world-1-abc","status":"COMPLETE"}"""))
            .Returns("PlanCopy", $$"""
                {"planKey":"bridge/world-1-abc/plan.json","batchesKey":"bridge/world-1-abc/batches.json","tables":5,
                 "batches":{{batches}},"objects":40,"bytes":1000,"skipped":1,"maxConcurrency":{{maxConcurrency}}}
                """)
            .On("CopyTable", (payload, _) => new JsonObject
            {
                ["exportTaskId"] = payload!["exportTaskId"]!.DeepClone(),
                ["batch"] = payload["batch"]!.DeepClone(),
                ["done"] = true,
            })
            .Returns("LoadTables", """{"status":"LOADED","tables":5,"rows":100,"bytes":1000,"reportKey":"bridge/world-1-abc/reports/run/report.json","waitSeconds":0}""");
        Bench.Put("bucket", "bridge/world-1-abc/batches.json", new JsonArray([.. Enumerable.Range(0, batches).Select(Reference)]).ToJsonString());
    }

    public Bench Bench { get; } = new();

    public ScriptedLambda Lambda => Bench.Lambda;

    /// <summary>Ends the wait from inside the function, as StartExport does for an export that has already ended.</summary>
    public JsonNode? Complete(JsonNode? payload, string output)
    {
        Bench.Service.SendTaskSuccess(Token(payload), output);
        return new JsonObject { ["status"] = "REGISTERED" };
    }

    public static string Token(JsonNode? payload) => payload!["taskToken"]!.GetValue<string>();

    public Task<Local.StateMachine.Running.ExecutionDescription> RunAsync() => Bench.RunAsync(ShippedMachine.Definition, Input);

    public ValueTask DisposeAsync() => Bench.DisposeAsync();

    private static JsonNode Reference(int batch) =>
        JsonNode.Parse(string.Create(CultureInfo.InvariantCulture, $$"""{"exportTaskId":"world-1-abc","batch":{{batch}}}"""))!;
}
