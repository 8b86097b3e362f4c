using System.Text.Json.Nodes;
using SnapshotBridge.Local.StateMachine.Running;
using SnapshotBridge.StateMachine.Tests.Kit;
using SnapshotBridge.TestKit;
using Xunit;

namespace SnapshotBridge.StateMachine.Tests.Interpreting;

public sealed class TaskTests
{
    private const string Wait = """
        "Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken","Parameters":{"FunctionName":"f","Payload":{"taskToken.$":"$$.Task.Token"}}
        """;

    [Fact]
    public async Task Invoke_Result_HasTheServicesShape()
    {
        await using var bench = new Bench();
        bench.Lambda.Returns("f", """{"x":1}""");

        var run = await bench.RunStatesAsync(Invoke("""
            "ResultSelector":{"p.$":"$.Payload","s.$":"$.StatusCode","v.$":"$.ExecutedVersion","h.$":"$.SdkHttpMetadata.HttpStatusCode"}
            """));

        Bench.AssertJson("""{"p":{"x":1},"s":200,"v":"$LATEST","h":200}""", run.Output);
        var scheduled = bench.History(run.ExecutionArn).Single(item => item.Type == "TaskScheduled").Details!;
        Assert.Equal(("lambda", "invoke", "us-east-1"), (Text(scheduled, "resourceType"), Text(scheduled, "resource"), Text(scheduled, "region")));
        Bench.AssertJson("""{"FunctionName":"f","Payload":{}}""", Text(scheduled, "parameters"));
    }

    [Fact]
    public async Task Invoke_FunctionError_ErrorIsTheTypeAndCauseTheDocument()
    {
        await using var bench = new Bench();
        bench.Lambda.Fails("f", "MineException", "said so");

        var run = await bench.RunStatesAsync(Invoke());

        Assert.Equal("MineException", run.Error);
        Bench.AssertJson("""{"errorType":"MineException","errorMessage":"said so"}""", run.Cause);
        Assert.Equal("said so", run.Failure!.Message);
    }

    [Fact]
    public async Task Retry_MatchingRetrierSpent_DoesNotGoOnToALaterOne()
    {
        await using var bench = new Bench();
        bench.Lambda.Fails("f", "MineException", "said so");

        var run = await bench.RunStatesAsync(Invoke("""
            "Retry":[{"ErrorEquals":["MineException"],"MaxAttempts":1},{"ErrorEquals":["States.ALL"],"MaxAttempts":5}]
            """));

        Assert.Equal("MineException", run.Error);
        Assert.Equal(2, bench.Lambda.CallsOf("f"));
    }

    [Fact]
    public async Task Retry_TwoErrorsInTurn_EachRetrierCountsItsOwn()
    {
        await using var bench = new Bench();
        bench.Lambda.On("f", (_, call) => call <= 4 ? throw new FunctionErrorException(call % 2 == 0 ? "Even" : "Odd", "again") : JsonNode.Parse("1"));

        var run = await bench.RunStatesAsync(Invoke("""
            "Retry":[{"ErrorEquals":["Even"],"MaxAttempts":2,"IntervalSeconds":3,"BackoffRate":1},{"ErrorEquals":["Odd"],"MaxAttempts":2,"IntervalSeconds":5,"BackoffRate":4,"MaxDelaySeconds":7}]
            """));

        Assert.Equal(ExecutionStatus.Succeeded, run.Status);
        Assert.Equal([("Odd", 5.0), ("Even", 3), ("Odd", 7), ("Even", 3)], bench.Seen.Retries.Select(retry => (retry.Error, retry.Delay.TotalSeconds)));
    }

    [Fact]
    public async Task Retry_Defaults_AreThreeAttemptsOneSecondDoubling()
    {
        await using var bench = new Bench();
        bench.Lambda.Fails("f", "E", "m");

        await bench.RunStatesAsync(Invoke("\"Retry\":[{\"ErrorEquals\":[\"States.TaskFailed\"]}]"));

        Assert.Equal([1, 2, 4], bench.Seen.Retries.Select(retry => retry.Delay.TotalSeconds));
    }

    [Fact]
    public async Task Retry_RetryCount_IsInTheContext()
    {
        await using var bench = new Bench();
        bench.Lambda.On("f", (payload, call) => call < 3 ? throw new FunctionErrorException("E", "m") : payload);

        var run = await bench.RunStatesAsync("""
            {"A":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{"FunctionName":"f","Payload.$":"$$.State.RetryCount"},
                  "Retry":[{"ErrorEquals":["States.ALL"]}],"OutputPath":"$.Payload","End":true}}
            """);

        Bench.AssertJson("2", run.Output);
    }

    [Theory]
    [InlineData("States.ALL", true)]
    [InlineData("States.Timeout", true)]
    [InlineData("States.TaskFailed", false)]
    public async Task Timeout_OfASynchronousTask_IsNotShortenedAndMatchesItsNames(string name, bool caught)
    {
        var time = new JumpingTime();
        await using var bench = new Bench(time: time);
        var release = new TaskCompletionSource();
        bench.Lambda.On("f", async (_, _) =>
        {
            await release.Task;
            return null;
        });

        var run = await bench.RunStatesAsync($$$$"""
            {"A":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{"FunctionName":"f"},"TimeoutSeconds":1,
                  "Catch":[{"ErrorEquals":["{{{{name}}}}"],"Next":"B"}],"End":true},"B":{"Type":"Pass","End":true}}
            """);

        release.SetResult();
        // The wait factor does not touch a task that runs.
        Assert.Equal(TimeSpan.FromSeconds(1), time.Waited);
        Assert.Contains("TaskTimedOut", bench.Types(run.ExecutionArn));
        Assert.Equal(caught ? ExecutionStatus.Succeeded : ExecutionStatus.Failed, run.Status);
        if (!caught)
        {
            Assert.Equal("States.Timeout", run.Error);
        }
    }

    [Theory]
    [InlineData("States.ALL", false)]
    [InlineData("States.TaskFailed", false)]
    [InlineData("States.DataLimitExceeded", true)]
    public async Task Catch_DataLimitExceeded_OnlyByItsOwnName(string name, bool caught)
    {
        await using var bench = new Bench();
        bench.Lambda.On("f", (_, _) => JsonValue.Create(new string('x', 262_144)));

        var run = await bench.RunStatesAsync(
            WithB(InvokeBody($$$$"""
                "Catch":[{"ErrorEquals":["{{{{name}}}}"],"Next":"B"}]
                """), """{"Type":"Pass","End":true}"""));

        Assert.Equal(caught ? ExecutionStatus.Succeeded : ExecutionStatus.Failed, run.Status);
    }

    [Fact]
    public async Task Catch_RuntimeError_IsNeverTaken()
    {
        await using var bench = new Bench();
        bench.Lambda.Returns("f", "{}");

        var run = await bench.RunStatesAsync(
            WithB(InvokeBody("""
                "ResultSelector":{"x.$":"$.Payload.missing"},"Retry":[{"ErrorEquals":["States.ALL"]}],"Catch":[{"ErrorEquals":["States.Runtime"],"Next":"B"},{"ErrorEquals":["States.ALL"],"Next":"B"}]
                """), """{"Type":"Pass","End":true}"""));

        Assert.Equal("States.Runtime", run.Error);
        Assert.Equal(1, bench.Lambda.CallsOf("f"));
    }

    [Fact]
    public async Task Catch_ResultPath_KeepsTheInputBesideTheError()
    {
        await using var bench = new Bench();
        bench.Lambda.Fails("f", "E", "m");

        var run = await bench.RunStatesAsync(
            WithB(InvokeBody("""
                "Catch":[{"ErrorEquals":["E"],"ResultPath":"$.error","Next":"B"}]
                """), """{"Type":"Pass","Parameters":{"in.$":"$.in","name.$":"$.error.Error"},"End":true}"""), """{"in":1}""");

        Bench.AssertJson("""{"in":1,"name":"E"}""", run.Output);
    }

    [Fact]
    public async Task ResultPath_CannotBeApplied_FailsByItsName()
    {
        await using var bench = new Bench();
        bench.Lambda.Returns("f", "1");

        var run = await bench.RunStatesAsync(Invoke("\"ResultPath\":\"$.a.b\""), """{"a":"text"}""");

        Assert.Equal("States.ResultPathMatchFailure", run.Error);
    }

    [Fact]
    public async Task Callback_AfterTheFunctionReturned_EndsTheWait()
    {
        await using var bench = new Bench(waitFactor: 1);
        var token = new TaskCompletionSource<string>();
        bench.Lambda.On("f", (payload, _) =>
        {
            token.SetResult(payload!["taskToken"]!.GetValue<string>());
            return new JsonObject { ["registered"] = true };
        });
        var arn = bench.Start($$$$"""{"StartAt":"A","States":{"A":{{{{{Wait}}}},"TimeoutSeconds":900,"End":true}}}""");
        while (!bench.Types(arn).Contains("TaskSubmitted"))
        {
            await Task.Delay(5, Bench.Cancelled);
        }

        bench.Service.SendTaskSuccess(await token.Task, """{"done":1}""");
        var run = await bench.EndOfAsync(arn);

        Bench.AssertJson("""{"done":1}""", run.Output);
        Assert.Equal(
            ["ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded", "TaskStateExited", "ExecutionSucceeded"],
            bench.Types(arn));
        Assert.Equal("TaskTimedOut", Assert.Throws<StatesServiceException>(() => bench.Service.SendTaskSuccess(token.Task.Result, "{}")).Code);
    }

    [Fact]
    public async Task Callback_FunctionFails_TaskFailsWithItsError()
    {
        await using var bench = new Bench();
        bench.Lambda.Fails("f", "E", "m");

        var run = await bench.RunStatesAsync($$$$"""{"A":{{{{{Wait}}}},"End":true}}""");

        Assert.Equal("E", run.Error);
        Assert.DoesNotContain("TaskSubmitted", bench.Types(run.ExecutionArn));
    }

    [Fact]
    public async Task Heartbeat_Missed_IsATimeoutThatBothNamesMatch()
    {
        await using var bench = new Bench();
        bench.Lambda.Returns("f", "{}");

        var run = await bench.RunStatesAsync($$$$"""
            {"A":{{{{{Wait}}}},"TimeoutSeconds":90000000,"HeartbeatSeconds":60,"Catch":[{"ErrorEquals":["States.HeartbeatTimeout"],"Next":"B"}],"End":true},
             "B":{"Type":"Pass","End":true}}
            """);

        Assert.Contains("States.Timeout", run.Output!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Heartbeat_Sent_KeepsTheTaskAlive()
    {
        var time = new ManualTime();
        await using var bench = new Bench(waitFactor: 1, time);
        var token = new TaskCompletionSource<string>();
        bench.Lambda.On("f", (payload, _) =>
        {
            token.SetResult(payload!["taskToken"]!.GetValue<string>());
            return new JsonObject();
        });
        var arn = bench.Start($$$$"""{"StartAt":"A","States":{"A":{{{{{Wait}}}},"HeartbeatSeconds":2,"End":true}}}""");
        while (!bench.Types(arn).Contains("TaskSubmitted"))
        {
            await Task.Delay(5, Bench.Cancelled);
        }

        for (var i = 0; i < 14; i++)
        {
            bench.Service.SendTaskHeartbeat(await token.Task);
            time.Advance(TimeSpan.FromSeconds(1.5));
            await Task.Delay(5, Bench.Cancelled);
        }

        Assert.Equal(ExecutionStatus.Running, bench.Service.DescribeExecution(arn).Status);
        bench.Service.SendTaskSuccess(await token.Task, "1");
        Assert.Equal(ExecutionStatus.Succeeded, (await bench.EndOfAsync(arn)).Status);
    }

    [Theory]
    [InlineData("not a token", "InvalidToken")]
    [InlineData("", "InvalidToken")]
    [InlineData(null, "TaskDoesNotExist")]
    public async Task SendTask_TokenOfNoTask_IsRefused(string? token, string code)
    {
        await using var bench = new Bench();
        token ??= Convert.ToBase64String(new byte[180]);

        Assert.Equal(code, Assert.Throws<StatesServiceException>(() => bench.Service.SendTaskSuccess(token, "{}")).Code);
        Assert.Equal(code, Assert.Throws<StatesServiceException>(() => bench.Service.SendTaskFailure(token, "e", "c")).Code);
        Assert.Equal(code, Assert.Throws<StatesServiceException>(() => bench.Service.SendTaskHeartbeat(token)).Code);
    }

    [Fact]
    public async Task SendTaskSuccess_OutputThatIsNotJsonOrTooLong_IsRefused()
    {
        await using var bench = new Bench();

        Assert.Equal("InvalidOutput", Assert.Throws<StatesServiceException>(() => bench.Service.SendTaskSuccess("x", "{")).Code);
        Assert.Equal("ValidationException", Assert.Throws<StatesServiceException>(() => bench.Service.SendTaskSuccess("x", $"\"{new string('x', 262_144)}\"")).Code);
    }

    [Fact]
    public async Task StartExecution_SameName_IsIdempotentOnlyWhileItRunsWithTheSameInput()
    {
        await using var bench = new Bench(waitFactor: 1);
        var machine = bench.Service.CreateStateMachine("machine", """{"StartAt":"A","States":{"A":{"Type":"Wait","Seconds":3600,"End":true}}}""", Bench.RoleArn);

        var first = bench.Service.StartExecution(machine, "run", """{"a":1}""");
        var second = bench.Service.StartExecution(machine, "run", """{ "a": 1 }""");

        Assert.Equal((first.ExecutionArn, first.StartDate), (second.ExecutionArn, second.StartDate));
        Assert.Equal("ExecutionAlreadyExists", Assert.Throws<StatesServiceException>(() => bench.Service.StartExecution(machine, "run", "{}")).Code);
        await bench.Service.StopExecutionAsync(first.ExecutionArn, null, null, Bench.Cancelled);
        Assert.Equal("ExecutionAlreadyExists", Assert.Throws<StatesServiceException>(() => bench.Service.StartExecution(machine, "run", """{"a":1}""")).Code);
        Assert.Equal("InvalidName", Assert.Throws<StatesServiceException>(() => bench.Service.StartExecution(machine, "a:b", "{}")).Code);
        Assert.Equal("InvalidExecutionInput", Assert.Throws<StatesServiceException>(() => bench.Service.StartExecution(machine, "c", "{")).Code);
        Assert.Equal("StateMachineDoesNotExist", Assert.Throws<StatesServiceException>(() => bench.Service.StartExecution(machine + "x", "c", "{}")).Code);
    }

    private static string? Text(JsonObject details, string name) => details[name]?.GetValue<string>();

    private static string InvokeBody(string more = "") => $$$$"""
        {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{"FunctionName":"f","Payload":{}},{{{{more}}}}{{{{(more.Length == 0 ? "" : ",")}}}}"End":true}
        """;

    private static string Invoke(string more = "") => "{\"A\":" + InvokeBody(more) + "}";

    private static string WithB(string a, string b) => "{\"A\":" + a + ",\"B\":" + b + "}";
}
