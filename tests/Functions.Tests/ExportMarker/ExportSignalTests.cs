using System.Text.Json;
using SnapshotBridge.Errors;
using SnapshotBridge.ExportMarker;
using SnapshotBridge.Exports;
using SnapshotBridge.Functions.Tests.Exports;
using SnapshotBridge.Local.Aws.Protocols;
using SnapshotBridge.Local.Aws.S3;
using Xunit;

namespace SnapshotBridge.Functions.Tests.ExportMarker;

public sealed class ExportSignalTests
{
    private const string Secret = "AQCEAAAAKgAAAAMAAAAAAAAAAe-the-token-";

    private static readonly ExportMarkerOptions Options = new(new ExportLocation(ExportRig.Bucket, "exports/"));

    [Fact]
    public async Task Marker_ExportComplete_EndsEveryWait()
    {
        await using var rig = await ExportRig.StartAsync();
        rig.Engine.Warning = """{"skippedTables":["world.world.big"]}""";
        await rig.ExportAsync("shop-1");
        await rig.PutTokenAsync("shop-1", "run-1", $"{Secret}1");
        await rig.PutTokenAsync("shop-1", "run-2", $"{Secret}2");

        await MarkerAsync(rig, "exports/shop-1/world/world.city/1/_SUCCESS");

        Assert.Equal(
            [
                new("SendTaskSuccess", $"{Secret}1", """{"exportTaskId":"shop-1","status":"COMPLETE"}""", null, null),
                new("SendTaskSuccess", $"{Secret}2", """{"exportTaskId":"shop-1","status":"COMPLETE"}""", null, null),
            ],
            rig.Callbacks.Accepted);
        Assert.Equal(["shop-1/export.json"], rig.Documents);
        Assert.Contains("world.world.big", await rig.TextAsync("bridge/shop-1/export.json"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Marker_Twice_SendsOneCallback()
    {
        await using var rig = await ExportRig.StartAsync();
        await rig.ExportAsync("shop-1");
        await rig.PutTokenAsync("shop-1", "run-1", $"{Secret}1");

        await MarkerAsync(rig, "exports/shop-1/a/a.b/1/_SUCCESS", "exports/shop-1/a/a.b/2/_SUCCESS");
        await MarkerAsync(rig, "exports/shop-1/a/a.b/1/_SUCCESS");

        Assert.Single(rig.Callbacks.Accepted);
    }

    [Fact]
    public async Task Marker_ExportStillRunning_OnlyTellsTheProgress()
    {
        await using var rig = await ExportRig.StartAsync();
        rig.Engine.Hold();
        await rig.ExportAsync("shop-1", wait: false);
        await rig.WhenRunningAsync("shop-1");
        await rig.PutTokenAsync("shop-1", "run-1", $"{Secret}1");

        await MarkerAsync(rig, "exports/shop-1/world/world.city/1/_SUCCESS");

        Assert.Empty(rig.Callbacks.Accepted);
        Assert.Empty(rig.Time.Waits);
        Assert.Single(rig.Documents);
        Assert.Contains("Export task shop-1 is IN_PROGRESS at ", rig.Context.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task Handle_NoTimeIsLeft_FailsTypedAndAsksNobody(int leftSeconds)
    {
        await using var rig = await ExportRig.StartAsync();
        var context = new LogContext { RemainingTime = TimeSpan.FromSeconds(leftSeconds) };
        var ended = new ExportEndedFunction(Options, rig.S3(), rig.Rds(), rig.StepFunctions(), rig.Time);

        var marker = await Assert.ThrowsAsync<AwsServiceUnavailableException>(
            () => LambdaCall.InvokeAsync<MarkerEvent>(Marker(rig).HandleAsync, Notification(["exports/shop-1/world/world.city/1/_SUCCESS"]), context));
        var snapshot = await Assert.ThrowsAsync<AwsServiceUnavailableException>(
            () => LambdaCall.InvokeAsync<RdsEvent>(ended.HandleAsync, Event("RDS-EVENT-0161", rig.SnapshotArn), context));

        Assert.Contains("The work of ExportMarker", marker.Message, StringComparison.Ordinal);
        Assert.Contains("The work of ExportEnded", snapshot.Message, StringComparison.Ordinal);
        Assert.Empty(context.Text);
    }

    [Fact]
    public async Task Marker_OfTheLastTable_LooksASecondTime()
    {
        await using var rig = await ExportRig.StartAsync();
        rig.Engine.Hold();
        await rig.ExportAsync("shop-1", wait: false);
        await rig.WhenRunningAsync("shop-1");
        await rig.PutAsync("exports/shop-1/export_info_shop-1.json", "{}");
        await rig.PutTokenAsync("shop-1", "run-1", $"{Secret}1");
        rig.Time.OnWait = async () =>
        {
            rig.Engine.Release();
            await rig.Aws.RdsStore.WhenExportsEndAsync(ExportRig.Token);
        };

        await MarkerAsync(rig, "exports/shop-1/world/world.city/1/_SUCCESS");

        Assert.Contains(ExportSignals.SecondLook, rig.Time.Waits);
        Assert.Single(rig.Callbacks.Accepted);
    }

    [Fact]
    public async Task Marker_ExportFailed_SendsTheErrorNameAndRdsCause()
    {
        await using var rig = await ExportRig.StartAsync();
        rig.Aws.RdsStore.Faults.FailExport(0, "The KMS key check failed.");
        await rig.ExportAsync("shop-1");
        await rig.PutTokenAsync("shop-1", "run-1", $"{Secret}1");

        await MarkerAsync(rig, "exports/shop-1/world/world.city/1/_SUCCESS");

        var callback = Assert.Single(rig.Callbacks.Accepted);
        Assert.Equal(("SendTaskFailure", $"{Secret}1", "ExportTaskFailedException"), (callback.Operation, callback.Token, callback.Error));
        Assert.Contains($"RDS ended the export task 'shop-1' of {rig.SnapshotArn} as FAILED: The KMS key check failed.", callback.Cause, StringComparison.Ordinal);
        Assert.Empty(rig.Documents);
    }

    [Fact]
    public async Task Marker_KeyIsEncodedAsS3DoesIt_IsDecoded()
    {
        await using var rig = await ExportRig.StartAsync();
        await rig.ExportAsync("shop-1");
        await rig.PutTokenAsync("shop-1", "run-1", $"{Secret}1");

        await MarkerAsync(rig, "exports%2Fshop-1%2Fmy+shop/my+shop.t/1/_SUCCESS");

        Assert.Single(rig.Callbacks.Accepted);
    }

    [Fact]
    public async Task Marker_ThroughEventBridge_HasAKeyThatIsNotEncoded()
    {
        await using var rig = await ExportRig.StartAsync();
        await rig.ExportAsync("shop-1");
        await rig.PutTokenAsync("shop-1", "run-1", $"{Secret}1");
        var events = new System.Collections.Concurrent.ConcurrentQueue<string>();
        await using var notifications = new S3Notifications(
            rig.Aws.S3Store,
            new S3NotificationOptions { Bucket = ExportRig.Bucket, Form = S3NotificationForm.EventBridge },
            (message, _) =>
            {
                events.Enqueue(System.Text.Encoding.UTF8.GetString(message.Span));
                return Task.CompletedTask;
            });
        await rig.PutAsync("exports/shop-1/my+shop/my+shop.a%2Fb/1/_SUCCESS", "");
        await notifications.WhenIdleAsync(ExportRig.Token);

        var message = Assert.Single(events);
        Assert.Contains("\"exports/shop-1/my+shop/my+shop.a%2Fb/1/_SUCCESS\"", message.Replace("\\u002B", "+", StringComparison.Ordinal), StringComparison.Ordinal);
        await LambdaCall.InvokeAsync<MarkerEvent>(Marker(rig).HandleAsync, message, rig.Context);

        Assert.Single(rig.Callbacks.Accepted);
    }

    [Fact]
    public async Task Marker_TestEvent_MeansNothing()
    {
        await using var rig = await ExportRig.StartAsync();

        await LambdaCall.InvokeAsync<MarkerEvent>(
            Marker(rig).HandleAsync,
            """{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2025-01-31T02:00:05.000Z","Bucket":"export-bucket","RequestId":"5582815E1AEA5ADF","HostId":"8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR"}""",
            rig.Context);

        Assert.Contains("means nothing", rig.Context.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Marker_OtherBucketOtherFolderUnknownTask_AreNamedInTheLog()
    {
        await using var rig = await ExportRig.StartAsync();

        await MarkerAsync(rig, "other/shop-1/_SUCCESS", "exports/nobody/w/w.t/_SUCCESS");
        await LambdaCall.InvokeAsync<MarkerEvent>(Marker(rig).HandleAsync, Notification(["exports/shop-1/_SUCCESS"], "another-bucket"), rig.Context);

        Assert.Contains("The object other/shop-1/_SUCCESS in export-bucket is no file of an export task", rig.Context.Text, StringComparison.Ordinal);
        Assert.Contains("RDS lists no export task nobody", rig.Context.Text, StringComparison.Ordinal);
        Assert.Contains("The object exports/shop-1/_SUCCESS in another-bucket", rig.Context.Text, StringComparison.Ordinal);
        Assert.Empty(rig.Callbacks.Accepted);
    }

    [Theory]
    [InlineData("TaskTimedOut")]
    [InlineData("TaskDoesNotExist")]
    [InlineData("InvalidToken")]
    public async Task Marker_ClosedToken_IsAcceptedQuietlyAndRemoved(string code)
    {
        await using var rig = await ExportRig.StartAsync();
        await rig.ExportAsync("shop-1");
        await rig.PutTokenAsync("shop-1", "run-1", $"{Secret}1");
        rig.Callbacks.Refuse = _ => new AwsServiceException(code, "closed");

        await MarkerAsync(rig, "exports/shop-1/w/w.t/_SUCCESS");

        Assert.Equal(["shop-1/export.json"], rig.Documents);
    }

    [Fact]
    public async Task Marker_WaitOfAFailedExportHasJustTimedOut_LeavesTheDocumentForTheNextEntry()
    {
        await using var rig = await ExportRig.StartAsync();
        rig.Aws.RdsStore.Faults.FailExport(0, "cause");
        await rig.ExportAsync("shop-1");
        await rig.PutTokenAsync("shop-1", "run-1", $"{Secret}1");
        await rig.PutTokenAsync("shop-1", "run-2", $"{Secret}2");
        rig.Callbacks.Refuse = token => new AwsServiceException(token.EndsWith('1') ? "TaskTimedOut" : "TaskDoesNotExist", "closed");

        await MarkerAsync(rig, "exports/shop-1/w/w.t/_SUCCESS");

        Assert.Equal(["shop-1/tokens/run-1.json"], rig.Documents);
    }

    [Fact]
    public async Task Marker_OneCallbackFails_TheOthersAreSentAndTheFailureIsThrown()
    {
        await using var rig = await ExportRig.StartAsync();
        await rig.ExportAsync("shop-1");
        await rig.PutTokenAsync("shop-1", "run-1", $"{Secret}1");
        await rig.PutTokenAsync("shop-1", "run-2", $"{Secret}2");
        rig.Callbacks.Refuse = token => token.EndsWith('1') ? new AwsServiceException("InternalServerError", $"oops {token}", 500) : null;

        var exception = await Assert.ThrowsAsync<AwsServiceUnavailableException>(() => MarkerAsync(rig, "exports/shop-1/w/w.t/_SUCCESS"));

        Assert.Contains("states:SendTaskSuccess", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, exception.ToString(), StringComparison.Ordinal);
        Assert.Equal($"{Secret}2", Assert.Single(rig.Callbacks.Accepted).Token);
        Assert.Equal(["shop-1/export.json", "shop-1/tokens/run-1.json"], rig.Documents);

        rig.Callbacks.Refuse = _ => null;
        await MarkerAsync(rig, "exports/shop-1/w/w.t/_SUCCESS");
        Assert.Equal(2, rig.Callbacks.Accepted.Count);
    }

    [Fact]
    public async Task Marker_RdsThrottles_IsThrownSoThatLambdaTriesAgain()
    {
        await using var rig = await ExportRig.StartAsync();
        rig.Aws.RdsStore.Faults.Throttle("DescribeExportTasks");

        await Assert.ThrowsAsync<AwsServiceUnavailableException>(() => MarkerAsync(rig, "exports/shop-1/w/w.t/_SUCCESS"));
    }

    [Theory]
    [InlineData("RDS-EVENT-0161")]
    [InlineData("RDS-EVENT-0164")]
    public async Task Ended_ExportComplete_EndsTheWait(string eventId)
    {
        await using var rig = await ExportRig.StartAsync();
        await rig.ExportAsync("shop-1");
        await rig.PutTokenAsync("shop-1", "run-1", $"{Secret}1");

        await EndedAsync(rig, Event(eventId, rig.SnapshotArn));

        Assert.Equal("SendTaskSuccess", Assert.Single(rig.Callbacks.Accepted).Operation);
    }

    [Fact]
    public async Task Ended_RdsOwnEvent_IsUnderstood()
    {
        await using var rig = await ExportRig.StartAsync();
        var heard = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        rig.Aws.RdsStore.EventSink = (message, _) =>
        {
            heard.TrySetResult(message.ToJsonString());
            return Task.CompletedTask;
        };
        rig.Aws.RdsStore.Faults.FailExport(0, "cause");
        await rig.PutTokenAsync("shop-1", "run-1", $"{Secret}1");
        await rig.ExportAsync("shop-1");

        await EndedAsync(rig, await heard.Task.WaitAsync(TimeSpan.FromMinutes(10), ExportRig.Token));

        Assert.Equal("ExportTaskFailedException", Assert.Single(rig.Callbacks.Accepted).Error);
    }

    [Fact]
    public async Task Ended_EventFasterThanTheDescription_LooksASecondTime()
    {
        await using var rig = await ExportRig.StartAsync();
        rig.Engine.Hold();
        await rig.ExportAsync("shop-1", wait: false);
        await rig.PutTokenAsync("shop-1", "run-1", $"{Secret}1");
        rig.Time.OnWait = async () =>
        {
            rig.Engine.Release();
            await rig.Aws.RdsStore.WhenExportsEndAsync(ExportRig.Token);
        };

        await EndedAsync(rig, Event("RDS-EVENT-0161", rig.SnapshotArn));

        Assert.Single(rig.Callbacks.Accepted);
    }

    [Fact]
    public async Task Ended_ExportElsewhere_IsNotOurs()
    {
        await using var rig = await ExportRig.StartAsync();
        await rig.ExportAsync("shop-1", prefix: "other");
        await rig.PutTokenAsync("shop-1", "run-1", $"{Secret}1");

        await EndedAsync(rig, Event("RDS-EVENT-0161", rig.SnapshotArn));

        Assert.Empty(rig.Callbacks.Accepted);
        Assert.Contains("not ours", rig.Context.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("RDS-EVENT-0042", "arn:aws:rds:us-east-1:123456789012:snapshot:shop-2025")]
    [InlineData("RDS-EVENT-0236", "arn:aws:rds:us-east-1:123456789012:cluster:shop")]
    public async Task Ended_AnotherEvent_IsNamedInTheLog(string eventId, string arn)
    {
        await using var rig = await ExportRig.StartAsync();

        await EndedAsync(rig, Event(eventId, arn));

        Assert.Contains($"The event {eventId} about {arn} says nothing about the end of a snapshot's export", rig.Context.Text, StringComparison.Ordinal);
    }

    private static SnapshotBridge.ExportMarker.Function Marker(ExportRig rig) => new(Options, rig.S3(), rig.Rds(), rig.StepFunctions(), rig.Time);

    private static async Task MarkerAsync(ExportRig rig, params string[] keys)
    {
        try
        {
            await LambdaCall.InvokeAsync<MarkerEvent>(Marker(rig).HandleAsync, Notification(keys), rig.Context);
        }
        finally
        {
            Assert.DoesNotContain(Secret, rig.Context.Text, StringComparison.Ordinal);
        }
    }

    private static async Task EndedAsync(ExportRig rig, string json)
    {
        var function = new ExportEndedFunction(Options, rig.S3(), rig.Rds(), rig.StepFunctions(), rig.Time);
        await LambdaCall.InvokeAsync<RdsEvent>(function.HandleAsync, json, rig.Context);
        Assert.DoesNotContain(Secret, rig.Context.Text, StringComparison.Ordinal);
    }

    private static string Notification(string[] keys, string bucket = ExportRig.Bucket)
    {
        var records = keys.Select(key => $$"""
            {"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-east-1","eventTime":"2025-01-31T02:00:05.000Z","eventName":"ObjectCreated:Put",
             "userIdentity":{"principalId":"AWS:AIDAEXAMPLE"},"requestParameters":{"sourceIPAddress":"127.0.0.1"},
             "responseElements":{"x-amz-request-id":"C3D13FE58DE4C810","x-amz-id-2":"FMyUVURIY8"},
             "s3":{"s3SchemaVersion":"1.0","configurationId":"marker","bucket":{"name":"{{bucket}}","ownerIdentity":{"principalId":"A3NL1KOZZKExample"},"arn":"arn:aws:s3:::{{bucket}}"},
             "object":{"key":{{JsonSerializer.Serialize(key)}},"size":0,"eTag":"d41d8cd98f00b204e9800998ecf8427e","sequencer":"0055AED6DCD90281E5"} } }
            """);
        return $$"""{"Records":[{{string.Join(',', records)}}]}""";
    }

    private static string Event(string id, string arn) => $$"""
        {"version":"0","id":"844e2571-85d4-695f-b930-0153b71dcb42","detail-type":"RDS DB Snapshot Event","source":"aws.rds","account":"123456789012",
         "time":"2025-01-31T02:20:05Z","region":"us-east-1","resources":["{{arn}}"],
         "detail":{"EventCategories":["notification"],"SourceType":"SNAPSHOT","SourceArn":"{{arn}}","Date":"2025-01-31T02:20:05.882Z","SourceIdentifier":"shop-2025","Message":"Snapshot export task completed","EventID":"{{id}}"} }
        """;
}
