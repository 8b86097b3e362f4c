using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using SnapshotBridge.Local.StateMachine.Lambda;
using SnapshotBridge.Local.StateMachine.Running;
using SnapshotBridge.TestKit;
using Xunit;

namespace SnapshotBridge.StateMachine.Tests.Lambda;

public sealed class LambdaServiceTests
{
    [Fact]
    public async Task Invoke_Function_SeesWhatLambdaTellsAndKeepsItsInstance()
    {
        Environment.SetEnvironmentVariable("SAMPLE_INHERITED", "leaked");
        await using var bench = await LambdaBench.StartAsync();
        var arn = bench.Service.Deploy(LambdaBench.Function());

        var first = await bench.InvokeAsync("echo", 7, "ümlaut");
        var second = await bench.InvokeAsync("echo", 8);

        Assert.Null(first.FunctionError);
        var seen = LambdaBench.Json(first);
        Assert.Equal(("ümlaut", 7, 1), (seen["text"]!.GetValue<string>(), seen["number"]!.GetValue<int>(), seen["served"]!.GetValue<int>()));
        Assert.Equal((first.RequestId, arn, 256), (seen["requestId"]!.GetValue<string>(), seen["functionArn"]!.GetValue<string>(), seen["memoryLimit"]!.GetValue<int>()));
        Assert.Equal(("us-east-1", "set"), (seen["region"]!.GetValue<string>(), seen["setting"]!.GetValue<string>()));
        Assert.Null(seen["inherited"]);
        Assert.InRange(seen["remainingSeconds"]!.GetValue<double>(), 1, 60);
        Assert.Equal(256L * 1024 * 1024 * 3 / 4, seen["heapLimitBytes"]!.GetValue<long>());
        Assert.Equal(2, LambdaBench.Json(second)["served"]!.GetValue<int>());
        Assert.Equal(seen["processId"]!.GetValue<int>(), LambdaBench.Json(second)["processId"]!.GetValue<int>());
        Assert.NotEqual(Environment.ProcessId, seen["processId"]!.GetValue<int>());
        Assert.Equal(1, bench.Service.SandboxCount);
        var reports = bench.Service.Reports;
        Assert.Equal([true, false], reports.Select(report => report.InitDuration is not null));
        Assert.All(reports, report => Assert.InRange(report.PeakMemoryMegabytes, OperatingSystem.IsLinux() ? 10 : 0, 256));
    }

    [Fact]
    public async Task Invoke_FunctionThrows_ErrorHasShortNameMessageAndCause()
    {
        await using var bench = await LambdaBench.StartAsync();
        bench.Service.Deploy(LambdaBench.Function());

        var thrown = await bench.InvokeAsync("throw", text: "it is broken");
        var aggregate = await bench.InvokeAsync("aggregate");
        var after = await bench.InvokeAsync("echo");

        Assert.Equal("Unhandled", thrown.FunctionError);
        Assert.Equal(("SampleFailedException", "it is broken"), (LambdaBench.ErrorType(thrown), LambdaBench.ErrorMessage(thrown)));
        Assert.Equal("InvalidOperationException", LambdaBench.Json(thrown)["cause"]!["errorType"]!.GetValue<string>());
        Assert.Contains("HandleAsync", LambdaBench.Json(thrown)["stackTrace"]![0]!.GetValue<string>(), StringComparison.Ordinal);
        // Waiting instead of awaiting hides the name from the state machine, as it does in Lambda.
        Assert.Equal("AggregateException", LambdaBench.ErrorType(aggregate));
        Assert.Equal("SampleFailedException", LambdaBench.Json(aggregate)["causes"]![0]!["errorType"]!.GetValue<string>());
        Assert.Equal(3, LambdaBench.Json(after)["served"]!.GetValue<int>());
    }

    [Fact]
    public async Task Invoke_InputOfAnotherShape_IsTheSerializersError()
    {
        await using var bench = await LambdaBench.StartAsync();
        bench.Service.Deploy(LambdaBench.Function());

        var result = await bench.Service.InvokeAsync("sample", "[1]"u8.ToArray(), LambdaInvocationType.RequestResponse, LambdaBench.Cancelled);

        Assert.Equal("JsonSerializerException", LambdaBench.ErrorType(result));
    }

    [Fact]
    public async Task Invoke_BeyondTheTimeout_KillsTheSandboxAndSaysSo()
    {
        var time = new ManualTime();
        await using var bench = await LambdaBench.StartAsync(time: time);
        bench.Service.Deploy(LambdaBench.Function() with { Timeout = TimeSpan.FromSeconds(1) });
        var process = LambdaBench.Json(await bench.InvokeAsync("echo"))["processId"]!.GetValue<int>();

        var sleeping = bench.InvokeAsync("sleep", 60_000);
        while (!sleeping.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(10, LambdaBench.Cancelled);
        }

        var late = await sleeping;
        var next = await bench.InvokeAsync("echo");

        Assert.Equal("Sandbox.Timedout", LambdaBench.ErrorType(late));
        Assert.Equal($"RequestId: {late.RequestId} Error: Task timed out after 1.00 seconds", LambdaBench.ErrorMessage(late));
        Assert.Throws<ArgumentException>(() => Process.GetProcessById(process));
        Assert.Equal(1, LambdaBench.Json(next)["served"]!.GetValue<int>());
        Assert.Contains(bench.Lines, line => line.Line.Contains("Task timed out after 1.00 seconds", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("exit", 3, "Runtime exited with error: exit status 3")]
    [InlineData("exit", 0, "Runtime exited without providing a reason")]
    [InlineData("crash", 0, "Runtime exited with error: signal: 6")]
    public async Task Invoke_SandboxDies_IsAnExitError(string action, int number, string reason)
    {
        await using var bench = await LambdaBench.StartAsync();
        bench.Service.Deploy(LambdaBench.Function());

        var result = await bench.InvokeAsync(action, number);

        Assert.Equal("Runtime.ExitError", LambdaBench.ErrorType(result));
        Assert.Equal($"RequestId: {result.RequestId} Error: {reason}", LambdaBench.ErrorMessage(result));
        var next = await bench.InvokeAsync("echo");
        Assert.True(next.FunctionError is null, Encoding.UTF8.GetString(next.Payload.Span));
    }

    [Fact]
    public async Task KillSandbox_BusyFunction_EndsItsInvocationAsExitError()
    {
        await using var bench = await LambdaBench.StartAsync();
        bench.Service.Deploy(LambdaBench.Function());
        var running = bench.InvokeAsync("sleep", 60_000);
        while (bench.Service.KillSandbox("sample") == 0)
        {
            await Task.Delay(20, LambdaBench.Cancelled);
        }

        var result = await running;

        Assert.Equal($"RequestId: {result.RequestId} Error: Runtime exited with error: signal: killed", LambdaBench.ErrorMessage(result));
    }

    [Fact]
    public async Task Invoke_StartFails_GivesTheConstructorsErrorEachTime()
    {
        await using var bench = await LambdaBench.StartAsync();
        bench.Service.Deploy(LambdaBench.Function() with { Handler = "SampleFunction::SnapshotBridge.SampleFunction.BrokenFunction::Handle" });

        var result = await bench.InvokeAsync("echo");

        Assert.Equal("SampleFailedException", LambdaBench.ErrorType(result));
        Assert.Equal("BrokenFunction cannot start: SETTING is not set", LambdaBench.ErrorMessage(result));
        Assert.Equal(0, bench.Service.SandboxCount);
    }

    [Theory]
    [InlineData("SampleFunction::SnapshotBridge.SampleFunction.Nowhere::Handle", "Unable to load type")]
    [InlineData("SampleFunction::SnapshotBridge.SampleFunction.Function::Nowhere", "Unable to find method")]
    public async Task Invoke_HandlerNotThere_IsAValidationErrorNamingIt(string handler, string named)
    {
        await using var bench = await LambdaBench.StartAsync();
        bench.Service.Deploy(LambdaBench.Function() with { Handler = handler });

        var result = await bench.InvokeAsync("echo");

        Assert.Equal("LambdaValidationException", LambdaBench.ErrorType(result));
        Assert.Contains(named, LambdaBench.ErrorMessage(result), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invoke_StreamAndVoidHandlers_NeedNoSerializer()
    {
        await using var bench = await LambdaBench.StartAsync();
        bench.Service.Deploy(LambdaBench.Function("reverse") with { Handler = "SampleFunction::SnapshotBridge.SampleFunction.Function::ReverseAsync" });
        bench.Service.Deploy(LambdaBench.Function("nothing") with { Handler = "SampleFunction::SnapshotBridge.SampleFunction.Function::Nothing" });

        var reversed = await bench.Service.InvokeAsync("reverse", "abc"u8.ToArray(), LambdaInvocationType.RequestResponse, LambdaBench.Cancelled);
        var nothing = await bench.InvokeAsync("echo", function: "nothing");

        Assert.Equal("cba", Encoding.UTF8.GetString(reversed.Payload.Span));
        Assert.Equal(0, nothing.Payload.Length);
        Assert.Null(nothing.FunctionError);
    }

    [Fact]
    public async Task Invoke_MoreThanTheMemorySize_FailsInsideTheFunction()
    {
        await using var bench = await LambdaBench.StartAsync();
        bench.Service.Deploy(LambdaBench.Function() with { MemoryMegabytes = 128 });

        var result = await bench.InvokeAsync("allocate", 200);

        Assert.Equal("Unhandled", result.FunctionError);
        Assert.Equal("OutOfMemoryException", LambdaBench.ErrorType(result));
    }

    [Fact]
    public async Task Invoke_TwoAtATime_UsesTwoSandboxes()
    {
        await using var bench = await LambdaBench.StartAsync();
        bench.Service.Deploy(LambdaBench.Function());

        var results = await Task.WhenAll(bench.InvokeAsync("sleep", 1500), bench.InvokeAsync("sleep", 1500));

        Assert.Equal(2, results.Select(result => LambdaBench.Json(result)["processId"]!.GetValue<int>()).Distinct().Count());
        Assert.Equal(2, bench.Service.SandboxCount);
    }

    [Fact]
    public async Task Invoke_BeyondReservedConcurrency_IsThrottled()
    {
        await using var bench = await LambdaBench.StartAsync();
        bench.Service.Deploy(LambdaBench.Function() with { ReservedConcurrency = 1 });
        var running = bench.InvokeAsync("sleep", 500);

        var refused = await Assert.ThrowsAsync<LambdaServiceException>(() => bench.InvokeAsync("echo"));

        Assert.Equal(("TooManyRequestsException", 429), (refused.Code, refused.StatusCode));
        await running;
        Assert.Null((await bench.InvokeAsync("echo")).FunctionError);
    }

    [Fact]
    public async Task Invoke_PayloadsBeyondTheLimits_AreRefused()
    {
        await using var bench = await LambdaBench.StartAsync();
        bench.Service.Deploy(LambdaBench.Function());

        var sync = await Assert.ThrowsAsync<LambdaServiceException>(() => bench.Service.InvokeAsync(
            "sample", new byte[LambdaService.SynchronousPayloadBytes + 1], LambdaInvocationType.RequestResponse, LambdaBench.Cancelled));
        var async = await Assert.ThrowsAsync<LambdaServiceException>(() => bench.Service.InvokeAsync(
            "sample", new byte[LambdaService.AsynchronousPayloadBytes + 1], LambdaInvocationType.Event, LambdaBench.Cancelled));
        var response = await bench.InvokeAsync("text", LambdaService.SynchronousPayloadBytes);

        Assert.Equal(("RequestTooLargeException", "RequestTooLargeException"), (sync.Code, async.Code));
        Assert.Equal("Function.ResponseSizeTooLarge", LambdaBench.ErrorType(response));
        Assert.Equal("ResourceNotFoundException", (await Assert.ThrowsAsync<LambdaServiceException>(() => bench.InvokeAsync("echo", function: "nobody"))).Code);
    }

    [Fact]
    public async Task InvokeEvent_FunctionKeepsFailing_IsTriedThreeTimesAndThenHandedOver()
    {
        await using var bench = await LambdaBench.StartAsync();
        bench.Service.Deploy(LambdaBench.Function());

        var accepted = await bench.Service.InvokeAsync("sample", LambdaBench.Request("throw"), LambdaInvocationType.Event, LambdaBench.Cancelled);
        await bench.Service.WaitForEventsAsync(LambdaBench.Cancelled);

        Assert.Equal(202, accepted.StatusCode);
        var failed = Assert.Single(bench.Failed);
        Assert.Equal((accepted.RequestId, 3), (failed.RequestId, failed.Attempts));
        Assert.Equal(3, bench.Service.Reports.Count(report => report.RequestId == accepted.RequestId));
    }

    [Fact]
    public async Task InvokeEvent_MoreThanMayRunAtATime_WaitInTheQueueForASandboxThatIsThere()
    {
        await using var bench = await LambdaBench.StartAsync(eventConcurrency: 2);
        bench.Service.Deploy(LambdaBench.Function());

        for (var call = 0; call < 6; call++)
        {
            await bench.Service.InvokeAsync("sample", LambdaBench.Request("echo"), LambdaInvocationType.Event, LambdaBench.Cancelled);
        }

        await bench.Service.WaitForEventsAsync(LambdaBench.Cancelled);

        Assert.Equal(6, bench.Service.Reports.Count);
        Assert.InRange(bench.Service.SandboxCount, 1, 2);
        Assert.Empty(bench.Failed);
    }

    [Fact]
    public async Task Logs_FunctionAndPlatform_AreKeptPerFunctionAsJsonLines()
    {
        await using var bench = await LambdaBench.StartAsync();
        bench.Service.Deploy(LambdaBench.Function());

        var result = await bench.InvokeAsync("log");
        await bench.Service.DisposeAsync();

        var lines = await File.ReadAllLinesAsync(Path.Combine(bench.Folder, "sample.log"), LambdaBench.Cancelled);
        var json = lines.Where(line => line.StartsWith('{')).Select(line => JsonNode.Parse(line)!).ToList();
        var copied = Assert.Single(json, line => Text(line, "message") == "copied 3 of shop.orders");
        Assert.Equal(("Information", result.RequestId, 3), (Text(copied, "level"), Text(copied, "requestId"), copied["count"]!.GetValue<int>()));
        Assert.True(DateTimeOffset.TryParse(Text(copied, "timestamp"), null, out _));
        Assert.Single(json, line => Text(line, "message") == "plain line" && Text(line, "requestId") == result.RequestId);
        var error = Assert.Single(json, line => Text(line, "level") == "Error");
        Assert.Equal(("it failed", "logged"), (Text(error, "message"), Text(error, "errorMessage")));
        Assert.DoesNotContain(lines, line => line.Contains("not seen", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith($"REPORT RequestId: {result.RequestId} Duration: ", StringComparison.Ordinal) && line.Contains("Max Memory Used: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Deploy_SettingsOutsideTheLimits_NamesAllOfThem()
    {
        await using var bench = await LambdaBench.StartAsync();

        var e = Assert.Throws<ArgumentException>(() => bench.Service.Deploy(LambdaBench.Function() with
        {
            Timeout = TimeSpan.FromHours(1),
            MemoryMegabytes = 64,
            Handler = "Missing::Type::Method",
        }));

        Assert.Contains("01:00:00", e.Message, StringComparison.Ordinal);
        Assert.Contains("64 MB", e.Message, StringComparison.Ordinal);
        Assert.Contains("Missing.dll", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Http_WithoutSignature_IsRefusedAndRunsNothing()
    {
        await using var bench = await LambdaBench.StartAsync();
        bench.Service.Deploy(LambdaBench.Function());
        using var http = new HttpClient();

        using var response = await http.PostAsync(
            new Uri(bench.Service.Endpoint, "/2015-03-31/functions/sample/invocations"), new ByteArrayContent(LambdaBench.Request("echo")), LambdaBench.Cancelled);
        using var runtime = await http.GetAsync(new Uri(bench.Service.Endpoint, "/sandboxes/guess/2018-06-01/runtime/invocation/next"), LambdaBench.Cancelled);

        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (response.StatusCode, runtime.StatusCode));
        Assert.Equal(0, bench.Service.SandboxCount);
    }

    [Fact]
    public async Task Http_SignedCall_GivesTheResultAndMarksAFunctionsError()
    {
        await using var bench = await LambdaBench.StartAsync();
        bench.Service.Deploy(LambdaBench.Function());
        using var http = new HttpClient();
        var uri = new Uri(bench.Service.Endpoint, "/2015-03-31/functions/sample/invocations");

        using var good = SignedRequest.Post(uri, LambdaBench.Request("echo", 7), LambdaBench.Key, "lambda");
        using var bad = SignedRequest.Post(uri, LambdaBench.Request("throw"), LambdaBench.Key, "lambda");
        using var wrong = SignedRequest.Post(uri, LambdaBench.Request("echo"), LambdaBench.Key with { SecretAccessKey = "other" }, "lambda");
        using var unknown = SignedRequest.Post(new Uri(bench.Service.Endpoint, "/2015-03-31/functions/nobody/invocations"), [], LambdaBench.Key, "lambda");
        using var result = await http.SendAsync(good, LambdaBench.Cancelled);
        using var failed = await http.SendAsync(bad, LambdaBench.Cancelled);
        using var refused = await http.SendAsync(wrong, LambdaBench.Cancelled);
        using var missing = await http.SendAsync(unknown, LambdaBench.Cancelled);

        Assert.Equal(HttpStatusCode.OK, result.StatusCode);
        Assert.False(result.Headers.Contains("X-Amz-Function-Error"));
        Assert.Equal(7, JsonNode.Parse(await result.Content.ReadAsStringAsync(LambdaBench.Cancelled))!["number"]!.GetValue<int>());
        Assert.Equal((HttpStatusCode.OK, "Unhandled"), (failed.StatusCode, failed.Headers.GetValues("X-Amz-Function-Error").Single()));
        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.NotFound), (refused.StatusCode, missing.StatusCode));
        Assert.Equal("ResourceNotFoundException", missing.Headers.GetValues("x-amzn-ErrorType").Single());
    }

    [Fact]
    public async Task Machine_OverRealSandboxes_RetriesAThrottledFunctionAndSeesItsErrorsByName()
    {
        await using var bench = await LambdaBench.StartAsync();
        var function = bench.Service.Deploy(LambdaBench.Function() with { ReservedConcurrency = 1 });
        await using var states = new StateMachineService(new StateMachineServiceOptions { Lambda = bench.Service, WaitFactor = 20, Random = () => 1 });
        var machine = states.CreateStateMachine("machine", $$$$"""
            {"StartAt":"Both","States":{
              "Both":{"Type":"Map","ItemProcessor":{"StartAt":"Call","States":{"Call":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke",
                "Parameters":{"FunctionName":"{{{{function}}}}","Payload":{"action":"sleep","number":300}},"ResultSelector":{"n.$":"$.Payload.number"},"TimeoutSeconds":60,
                "Retry":[{"ErrorEquals":["Lambda.TooManyRequestsException"],"IntervalSeconds":2,"MaxDelaySeconds":10,"MaxAttempts":200}],"End":true}}},"Next":"Broken"},
              "Broken":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{"FunctionName":"{{{{function}}}}","Payload":{"action":"throw","text":"by name"}},
                "TimeoutSeconds":60,"Catch":[{"ErrorEquals":["SampleFailedException"],"Next":"Caught"}],"Next":"Caught"},
              "Caught":{"Type":"Pass","OutputPath":"$.Error","End":true}}}
            """, "arn:aws:iam::123456789012:role/machine");

        var run = await states.WaitForEndAsync(states.StartExecution(machine, null, "[1,2]").ExecutionArn, LambdaBench.Cancelled);

        Assert.Equal((ExecutionStatus.Succeeded, "\"SampleFailedException\""), (run.Status, run.Output));
        Assert.Equal(1, bench.Service.SandboxCount);
    }

    [Fact]
    public async Task Dispose_InvocationRunning_EndsItsProcess()
    {
        var bench = await LambdaBench.StartAsync();
        bench.Service.Deploy(LambdaBench.Function());
        var process = LambdaBench.Json(await bench.InvokeAsync("echo"))["processId"]!.GetValue<int>();
        var running = bench.InvokeAsync("sleep", 60_000);

        await bench.DisposeAsync();

        Assert.Equal("Runtime.ExitError", LambdaBench.ErrorType(await running));
        Assert.Throws<ArgumentException>(() => Process.GetProcessById(process));
    }

    private static string? Text(JsonNode node, string name) => node[name]?.GetValue<string>();
}
