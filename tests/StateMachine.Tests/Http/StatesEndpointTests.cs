using Amazon.Runtime;
using Amazon.StepFunctions;
using Amazon.StepFunctions.Model;
using SnapshotBridge.Local.Aws;
using SnapshotBridge.Local.Aws.Signing;
using SnapshotBridge.Local.StateMachine.Http;
using SnapshotBridge.StateMachine.Tests.Kit;
using Xunit;

namespace SnapshotBridge.StateMachine.Tests.Http;

/// <summary>The endpoint as the SDK's own client sees it.</summary>
public sealed class StatesEndpointTests
{
    private const string Callback = """
        {"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken",
          "Parameters":{"FunctionName":"f","Payload":{"taskToken.$":"$$.Task.Token"}},"End":true}}}
        """;

    [Fact]
    public async Task StartAndCallback_ThroughTheSdk_EndTheExecution()
    {
        await using var bench = new Bench(waitFactor: 1);
        await using var endpoint = await StartAsync(bench);
        using var client = Client(endpoint, "secret");
        var token = new TaskCompletionSource<string>();
        bench.Lambda.On("f", (payload, _) =>
        {
            token.SetResult(Pipeline.Token(payload));
            return null as System.Text.Json.Nodes.JsonNode;
        });
        var machine = bench.Service.CreateStateMachine("machine", Callback, Bench.RoleArn);

        var started = await client.StartExecutionAsync(new StartExecutionRequest { StateMachineArn = machine, Name = "run", Input = """{"a":1}""" }, Bench.Cancelled);
        await client.SendTaskHeartbeatAsync(new SendTaskHeartbeatRequest { TaskToken = await token.Task }, Bench.Cancelled);
        await client.SendTaskSuccessAsync(new SendTaskSuccessRequest { TaskToken = await token.Task, Output = """{"b":2}""" }, Bench.Cancelled);
        await bench.EndOfAsync(started.ExecutionArn);
        var described = await client.DescribeExecutionAsync(new DescribeExecutionRequest { ExecutionArn = started.ExecutionArn }, Bench.Cancelled);

        Assert.Equal(ExecutionStatus.SUCCEEDED, described.Status);
        Assert.Equal(("run", """{"a":1}""", """{"b":2}"""), (described.Name, described.Input, described.Output));
        await Assert.ThrowsAsync<TaskTimedOutException>(async () => await client.SendTaskFailureAsync(
            new SendTaskFailureRequest { TaskToken = await token.Task, Error = "E", Cause = "late" }, Bench.Cancelled));
        await Assert.ThrowsAsync<InvalidTokenException>(() => client.SendTaskSuccessAsync(
            new SendTaskSuccessRequest { TaskToken = "x", Output = "{}" }, Bench.Cancelled));
        await Assert.ThrowsAsync<ExecutionAlreadyExistsException>(() => client.StartExecutionAsync(
            new StartExecutionRequest { StateMachineArn = machine, Name = "run", Input = "{}" }, Bench.Cancelled));
    }

    [Fact]
    public async Task SendTaskFailure_ThroughTheSdk_FailsTheExecution()
    {
        await using var bench = new Bench(waitFactor: 1);
        await using var endpoint = await StartAsync(bench);
        using var client = Client(endpoint, "secret");
        var token = new TaskCompletionSource<string>();
        bench.Lambda.On("f", (payload, _) =>
        {
            token.SetResult(Pipeline.Token(payload));
            return null as System.Text.Json.Nodes.JsonNode;
        });
        var arn = bench.Start(Callback);

        await client.SendTaskFailureAsync(new SendTaskFailureRequest { TaskToken = await token.Task, Error = "ExportTaskFailedException", Cause = "RDS says" }, Bench.Cancelled);
        var run = await bench.EndOfAsync(arn);

        Assert.Equal(("ExportTaskFailedException", "RDS says"), (run.Error, run.Cause));
    }

    [Fact]
    public async Task Request_WrongSecret_IsRefused()
    {
        await using var bench = new Bench();
        await using var endpoint = await StartAsync(bench);
        using var client = Client(endpoint, "another secret");

        var e = await Assert.ThrowsAnyAsync<AmazonServiceException>(() => client.SendTaskHeartbeatAsync(
            new SendTaskHeartbeatRequest { TaskToken = Convert.ToBase64String(new byte[180]) }, Bench.Cancelled));

        Assert.Equal("InvalidSignatureException", e.ErrorCode);
    }

    [Fact]
    public async Task GetExecutionHistory_InPages_IsTheWholeHistoryOnceInEitherOrder()
    {
        await using var bench = new Bench();
        var run = await bench.RunStatesAsync("""{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Succeed"}}""");
        var operations = new StatesOperations(bench.Service);
        var ids = new List<long>();
        string? next = null;
        do
        {
            var page = bench.Service.GetExecutionHistory(run.ExecutionArn, maxResults: 4, nextToken: next);
            ids.AddRange(page.Events.Select(item => item.Id));
            next = page.NextToken;
        }
        while (next is not null);

        using var request = System.Text.Json.JsonDocument.Parse($$"""{"executionArn":"{{run.ExecutionArn}}","reverseOrder":true,"includeExecutionData":false,"maxResults":1}""");
        var reversed = await operations.AnswerAsync("GetExecutionHistory", request.RootElement, Bench.Cancelled);

        Assert.Equal([1, 2, 3, 4, 5, 6], ids);
        Assert.Equal("ExecutionSucceeded", reversed!["events"]![0]!["type"]!.GetValue<string>());
        Assert.Null(reversed["events"]![0]!["executionSucceededEventDetails"]!["output"]);
        Assert.Equal("1", reversed["nextToken"]!.GetValue<string>());
    }

    private static Task<StatesEndpoint> StartAsync(Bench bench) =>
        StatesEndpoint.StartAsync(bench.Service, new AwsServerOptions { AccessKeys = [new AwsAccessKey("AKID", "secret")] }, Bench.Cancelled);

    private static AmazonStepFunctionsClient Client(StatesEndpoint endpoint, string secret) =>
        new("AKID", secret, new AmazonStepFunctionsConfig { ServiceURL = endpoint.Endpoint.ToString(), AuthenticationRegion = "us-east-1", MaxErrorRetry = 0 });
}
