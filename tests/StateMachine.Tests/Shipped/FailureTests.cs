using System.Text.Json.Nodes;
using SnapshotBridge.Local.StateMachine.Running;
using SnapshotBridge.StateMachine.Tests.Kit;
using Xunit;

namespace SnapshotBridge.StateMachine.Tests.Shipped;

public sealed class FailureTests
{
    /// <summary>State's function, error, and how many retries its retrier grants.</summary>
    public static TheoryData<string, string, int> Retried()
    {
        var data = new TheoryData<string, string, int>
        {
            { "StartExport", "ExportSlotsBusyException", 2300 },
            { "PlanCopy", "ExportFilesPendingException", 12 },
            { "CopyTable", "TransferThrottledException", 10 },
            { "CopyTable", "TransferInterruptedException", 10 },
            { "LoadTables", "HeatWaveUnavailableException", 8 },
            { "LoadTables", "TransferThrottledException", 10 },
            { "LoadTables", "TransferInterruptedException", 10 },
        };
        foreach (var function in new[] { "StartExport", "PlanCopy", "CopyTable", "LoadTables" })
        {
            // StartExport's attempts are counted over the whole wait for the export, which takes days.
            var passing = function == "StartExport" ? 30 : 8;
            data.Add(function, "AwsServiceUnavailableException", passing);
            data.Add(function, "Lambda.TooManyRequestsException", passing);
            data.Add(function, "Lambda.ServiceException", passing);
            data.Add(function, "Lambda.AWSLambdaException", passing);
            data.Add(function, "Lambda.SdkClientException", passing);
            data.Add(function, "Sandbox.Timedout", 4);
            data.Add(function, "Runtime.ExitError", 4);
            data.Add(function, "Lambda.Unknown", 4);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Retried))]
    public async Task Run_TransientErrorWithinItsRetries_Succeeds(string function, string error, int retries)
    {
        await using var pipeline = new Pipeline(batches: 1);
        pipeline.Lambda.FailsFirst(function, retries, () => Error(error));

        var run = await pipeline.RunAsync();

        Assert.Equal(ExecutionStatus.Succeeded, run.Status);
        Assert.Equal(retries + 1, pipeline.Lambda.CallsOf(function));
        Assert.Equal(retries, pipeline.Bench.Seen.Retries.Count);
        Assert.All(pipeline.Bench.Seen.Retries, retry => Assert.Equal((error, retries), (retry.Error, retry.MaxAttempts)));
    }

    [Theory]
    [MemberData(nameof(Retried))]
    public async Task Run_TransientErrorThatStays_EndsWithItAfterItsRetries(string function, string error, int retries)
    {
        await using var pipeline = new Pipeline(batches: 1);
        pipeline.Lambda.FailsFirst(function, int.MaxValue, () => Error(error));

        var run = await pipeline.RunAsync();

        Assert.Equal(ExecutionStatus.Failed, run.Status);
        Assert.Equal(error, run.Failure!.Error);
        Assert.Equal(function, run.Failure.State);
        Assert.Equal(retries + 1, pipeline.Lambda.CallsOf(function));
    }

    [Theory]
    [InlineData("StartExport", "ExportTaskFailedException")]
    [InlineData("PlanCopy", "ExportTaskNotFoundException")]
    [InlineData("CopyTable", "ObjectCorruptedException")]
    [InlineData("LoadTables", "TablesNotLoadedException")]
    public async Task Run_FinalError_EndsAtOnceWithThatError(string function, string error)
    {
        await using var pipeline = new Pipeline(batches: 1);
        pipeline.Lambda.FailsFirst(function, int.MaxValue, () => new FunctionErrorException(error, "why it is so"));

        var run = await pipeline.RunAsync();

        Assert.Equal(ExecutionStatus.Failed, run.Status);
        Assert.Equal(new ExecutionFailure(run.Failure!.ExecutionArn, function, error, run.Failure.Cause), run.Failure);
        Assert.Equal("why it is so", run.Failure.Message);
        Assert.Equal(1, pipeline.Lambda.CallsOf(function));
        Assert.Empty(pipeline.Bench.Seen.Retries);
    }

    [Fact]
    public async Task Run_RetryDelays_GrowToTheirCap()
    {
        await using var pipeline = new Pipeline(batches: 1);
        pipeline.Lambda.FailsFirst("CopyTable", 10, () => Error("TransferThrottledException"));

        await pipeline.RunAsync();

        Assert.Equal([10, 20, 40, 80, 160, 300, 300, 300, 300, 300], pipeline.Bench.Seen.Retries.Select(retry => retry.Delay.TotalSeconds));
    }

    [Fact]
    public async Task Run_CallbackNeverComes_ReentersWithANewTokenAndTheOldOneIsClosed()
    {
        await using var pipeline = new Pipeline();
        var tokens = new List<string>();
        pipeline.Lambda.On("StartExport", (payload, call) =>
        {
            tokens.Add(Pipeline.Token(payload));
            if (call == 3)
            {
                var late = Assert.Throws<StatesServiceException>(() => pipeline.Bench.Service.SendTaskSuccess(tokens[0], "{}"));
                Assert.Equal("TaskTimedOut", late.Code);
                return pipeline.Complete(payload, """{"exportTaskId":"world-1-abc","status":"COMPLETE"}""");
            }

            return new JsonObject();
        });

        var run = await pipeline.RunAsync();

        Assert.Equal(ExecutionStatus.Succeeded, run.Status);
        Assert.Equal(3, tokens.Distinct().Count());
        Assert.Equal(2, pipeline.Bench.Types(run.ExecutionArn).Count(type => type == "TaskTimedOut"));
        Assert.Equal(["States.Timeout", "States.Timeout"], pipeline.Bench.Seen.Retries.Select(retry => retry.Error));
    }

    [Fact]
    public async Task Run_ExportFails_EndsWithTheCallbacksErrorAndCause()
    {
        await using var pipeline = new Pipeline();
        pipeline.Lambda.On("StartExport", (payload, _) =>
        {
            pipeline.Bench.Service.SendTaskFailure(Pipeline.Token(payload), "ExportTaskFailedException", "the KMS key is disabled");
            return new JsonObject();
        });

        var run = await pipeline.RunAsync();

        Assert.Equal(("ExportTaskFailedException", "the KMS key is disabled"), (run.Error, run.Cause));
        Assert.Equal(1, pipeline.Lambda.CallsOf("StartExport"));
    }

    [Fact]
    public async Task Run_OneBatchFails_TheRunFailsAndTheBatchsErrorIsItsRoot()
    {
        await using var pipeline = new Pipeline(batches: 4, maxConcurrency: 1);
        pipeline.Lambda.On("CopyTable", (payload, _) => payload!["batch"]!.GetValue<int>() == 1
            ? throw new FunctionErrorException("ObjectCorruptedException", "part-00001 differs")
            : new JsonObject { ["exportTaskId"] = "world-1-abc", ["batch"] = payload["batch"]!.DeepClone(), ["done"] = true });

        var run = await pipeline.RunAsync();

        Assert.Equal("States.ExceedToleratedFailureThreshold", run.Error);
        Assert.Equal("The specified tolerated failure threshold was exceeded", run.Cause);
        Assert.Equal(("CopyTable", "ObjectCorruptedException", "part-00001 differs"), (run.Failure!.State, run.Failure.Error, run.Failure.Message));
        var mapRun = Assert.Single(pipeline.Bench.Service.ListMapRuns(run.ExecutionArn));
        Assert.Equal(new MapRunCounts(4, 2, 0, 1, 1, 0, 0), mapRun.Counts);
        var failed = Assert.Single(pipeline.Bench.Service.ListExecutions(null, mapRun.MapRunArn, ExecutionStatus.Failed, null, null).Executions);
        Assert.Equal(("ObjectCorruptedException", 1), (failed.Error, failed.ItemIndex));
        Assert.Equal("ExecutionFailed", pipeline.Bench.Types(failed.ExecutionArn)[^1]);
        Assert.Contains("MapRunFailed", pipeline.Bench.Types(run.ExecutionArn));
        Assert.Equal(0, pipeline.Lambda.CallsOf("LoadTables"));
    }

    [Fact]
    public async Task Redrive_AfterOneBatchFailed_RunsOnlyWhatHasNotSucceeded()
    {
        await using var pipeline = new Pipeline(batches: 4, maxConcurrency: 1);
        var broken = true;
        pipeline.Lambda.On("CopyTable", (payload, _) => payload!["batch"]!.GetValue<int>() == 1 && broken
            ? throw new FunctionErrorException("ObjectCorruptedException", "part-00001 differs")
            : new JsonObject { ["exportTaskId"] = "world-1-abc", ["batch"] = payload["batch"]!.DeepClone(), ["done"] = true });
        var failed = await pipeline.RunAsync();
        var children = pipeline.Bench.Service.ListExecutions(null, pipeline.Bench.Service.ListMapRuns(failed.ExecutionArn)[0].MapRunArn, null, null, null).Executions;
        broken = false;

        pipeline.Bench.Service.RedriveExecution(failed.ExecutionArn);
        var run = await pipeline.Bench.EndOfAsync(failed.ExecutionArn);

        Assert.Equal(ExecutionStatus.Succeeded, run.Status);
        Assert.Equal(1, run.RedriveCount);
        Assert.Equal(1, pipeline.Lambda.CallsOf("StartExport"));
        Assert.Equal(1, pipeline.Lambda.CallsOf("PlanCopy"));
        Assert.Equal([0, 1, 1, 2, 3], pipeline.Lambda.Calls.Where(call => call.Function == "CopyTable").Select(call => call.Payload!["batch"]!.GetValue<int>()));
        Assert.Contains("ExecutionRedriven", pipeline.Bench.Types(failed.ExecutionArn));
        Assert.Contains("MapRunRedriven", pipeline.Bench.Types(failed.ExecutionArn));
        var mapRun = Assert.Single(pipeline.Bench.Service.ListMapRuns(run.ExecutionArn));
        Assert.Equal((1, 4), (mapRun.RedriveCount, mapRun.Counts.Succeeded));
        var redriven = pipeline.Bench.Service.DescribeExecution(children.Single(child => child.ItemIndex == 1).ExecutionArn);
        Assert.Equal((ExecutionStatus.Succeeded, 1), (redriven.Status, redriven.RedriveCount));
        Assert.Equal("ExecutionNotRedrivable", Assert.Throws<StatesServiceException>(() => pipeline.Bench.Service.RedriveExecution(run.ExecutionArn)).Code);
    }

    [Fact]
    public async Task Redrive_AfterTheWaitFailed_GivesANewToken()
    {
        await using var pipeline = new Pipeline();
        var tokens = new List<string>();
        pipeline.Lambda.On("StartExport", (payload, call) =>
        {
            tokens.Add(Pipeline.Token(payload));
            return call == 1
                ? throw new FunctionErrorException("ExportTaskFailedException", "cancelled by an operator")
                : pipeline.Complete(payload, """{"exportTaskId":"world-1-abc","status":"COMPLETE"}""");
        });
        var failed = await pipeline.RunAsync();

        pipeline.Bench.Service.RedriveExecution(failed.ExecutionArn);
        var run = await pipeline.Bench.EndOfAsync(failed.ExecutionArn);

        Assert.Equal(ExecutionStatus.Succeeded, run.Status);
        Assert.Equal(2, tokens.Distinct().Count());
    }

    [Theory]
    [InlineData("StartExport", "UnknownExportStatus")]
    [InlineData("LoadTables", "UnknownLoadStatus")]
    public async Task Run_StatusOfAnotherVersion_FailsWithItsName(string function, string error)
    {
        await using var pipeline = new Pipeline();
        pipeline.Lambda.On(function, (payload, _) => function == "StartExport"
            ? pipeline.Complete(payload, """{"exportTaskId":"world-1-abc","status":"DONE"}""")
            : JsonNode.Parse("""{"status":"DONE","tables":5,"rows":100,"bytes":1000,"reportKey":"key","waitSeconds":0}"""));

        var run = await pipeline.RunAsync();

        Assert.Equal((ExecutionStatus.Failed, error), (run.Status, run.Error));
        Assert.Contains("Deploy both together", run.Cause!, StringComparison.Ordinal);
        Assert.Equal(error, run.Failure!.State);
    }

    [Fact]
    public async Task Run_ResultBeyondThePayloadLimit_FailsAsDataLimitExceeded()
    {
        await using var pipeline = new Pipeline();
        pipeline.Lambda.On("PlanCopy", (_, _) => new JsonObject { ["batches"] = new string('x', 262_144) });

        var run = await pipeline.RunAsync();

        Assert.Equal((ExecutionStatus.Failed, "States.DataLimitExceeded"), (run.Status, run.Error));
        Assert.Equal(1, pipeline.Lambda.CallsOf("PlanCopy"));
    }

    [Fact]
    public async Task Run_FieldMissingInAResult_FailsAsRuntimeErrorNamingThePath()
    {
        await using var pipeline = new Pipeline();
        pipeline.Lambda.Returns("PlanCopy", """{"batches":1}""");

        var run = await pipeline.RunAsync();

        Assert.Equal("States.Runtime", run.Error);
        Assert.Contains("$.Payload.batchesKey", run.Cause!, StringComparison.Ordinal);
        Assert.Contains("'PlanCopy'", run.Cause!, StringComparison.Ordinal);
        Assert.Equal(1, pipeline.Lambda.CallsOf("PlanCopy"));
    }

    [Fact]
    public async Task Run_BatchesDocumentMissing_FailsAsItemReaderFailed()
    {
        await using var pipeline = new Pipeline();
        pipeline.Lambda.Returns("PlanCopy", """
            {"planKey":"p","batchesKey":"bridge/other/batches.json","tables":5,"batches":3,"objects":40,"bytes":1000,"skipped":1,"maxConcurrency":2}
            """);

        var run = await pipeline.RunAsync();

        Assert.Equal("States.ItemReaderFailed", run.Error);
        Assert.Contains("s3://bucket/bridge/other/batches.json", run.Cause!, StringComparison.Ordinal);
    }

    private static Exception Error(string name) => name.StartsWith("Lambda.", StringComparison.Ordinal) && name != "Lambda.Unknown"
        ? new LambdaServiceException(name["Lambda.".Length..], 429, "Rate Exceeded.")
        : new FunctionErrorException(name == "Lambda.Unknown" ? "" : name, "once more");
}
