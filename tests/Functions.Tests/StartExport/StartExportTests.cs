using SnapshotBridge.Errors;
using SnapshotBridge.Exports;
using SnapshotBridge.Functions.Tests.Exports;
using SnapshotBridge.Local.Aws.Protocols;
using SnapshotBridge.Local.Aws.Rds;
using Xunit;

namespace SnapshotBridge.Functions.Tests.StartExport;

/// <summary>An export is started or taken over, and its wait ends.</summary>
public sealed class StartExportTests : StartExportEntries
{
    [Fact]
    public async Task Handle_NewSnapshot_StartsTheExportAndKeepsTheToken()
    {
        await using var rig = await ExportRig.StartAsync();
        rig.Engine.Hold();

        var output = await EnterAsync(rig, Manual(rig, """, "exportOnly":["world.city","world"]"""));

        var task = Assert.Single(rig.Aws.RdsStore.ExportTasks);
        Assert.Equal((rig.SnapshotArn, ExportRig.Bucket, "exports", ExportRig.Role, ExportRig.Key), (task.SourceArn, task.S3Bucket, task.S3Prefix, task.IamRoleArn, task.KmsKeyId));
        Assert.Equal(["world"], task.ExportOnly);
        Assert.StartsWith("shop-2025-", task.ExportTaskIdentifier, StringComparison.Ordinal);
        Assert.Equal("WAITING", output.GetProperty("status").GetString());
        Assert.Equal([$"{task.ExportTaskIdentifier}/tokens/run-1.json"], rig.Documents);
        Assert.Empty(rig.Callbacks.Accepted);
    }

    [Fact]
    public async Task Handle_WaitTimedOut_ReplacesTheTokenAndStartsNothing()
    {
        await using var rig = await ExportRig.StartAsync();
        rig.Engine.Hold();
        await EnterAsync(rig, Manual(rig));

        await EnterAsync(rig, Manual(rig));

        var task = Assert.Single(rig.Aws.RdsStore.ExportTasks);
        Assert.Contains($"{Secret}2", await rig.TextAsync($"bridge/{task.ExportTaskIdentifier}/tokens/run-1.json"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handle_EveryEventLost_TheNextEntryCompletesItself()
    {
        await using var rig = await ExportRig.StartAsync();
        rig.Engine.Warning = """{"skippedTables":["world.world.big"]}""";
        rig.Engine.Hold();
        await EnterAsync(rig, Manual(rig));
        rig.Engine.Release();
        await rig.Aws.RdsStore.WhenExportsEndAsync(ExportRig.Token);

        var output = await EnterAsync(rig, Manual(rig));

        var id = rig.Aws.RdsStore.ExportTasks[0].ExportTaskIdentifier;
        var callback = Assert.Single(rig.Callbacks.Accepted);
        Assert.Equal(("SendTaskSuccess", $"{Secret}2"), (callback.Operation, callback.Token));
        Assert.Equal($$"""{"exportTaskId":"{{id}}","status":"COMPLETE"}""", callback.Output);
        Assert.Equal("COMPLETE", output.GetProperty("status").GetString());
        Assert.Equal([$"{id}/export.json"], rig.Documents);
        Assert.Contains("world.world.big", await rig.TextAsync($"bridge/{id}/export.json"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handle_ExportUnderAnotherName_IsAdopted()
    {
        await using var rig = await ExportRig.StartAsync();
        await rig.ExportAsync("by-hand");

        var output = await EnterAsync(rig, Manual(rig));

        Assert.Equal("by-hand", output.GetProperty("exportTaskId").GetString());
        Assert.Single(rig.Aws.RdsStore.ExportTasks);
        Assert.Single(rig.Callbacks.Accepted);
    }

    [Fact]
    public async Task Handle_ExportOfAnotherPlaceOrScope_IsNotAdopted()
    {
        await using var rig = await ExportRig.StartAsync();
        await rig.ExportAsync("elsewhere", prefix: "other");
        await rig.ExportAsync("part", only: ["world"]);

        await EnterAsync(rig, Manual(rig));

        Assert.Equal(3, rig.Aws.RdsStore.ExportTasks.Count);
    }

    [Fact]
    public async Task Handle_TwoExecutions_ShareOneExport()
    {
        await using var rig = await ExportRig.StartAsync();
        rig.Engine.Hold();

        await EnterAsync(rig, Manual(rig), "run-1");
        await EnterAsync(rig, Manual(rig), "run-2");

        var id = Assert.Single(rig.Aws.RdsStore.ExportTasks).ExportTaskIdentifier;
        Assert.Equal([$"{id}/tokens/run-1.json", $"{id}/tokens/run-2.json"], rig.Documents);
    }

    [Fact]
    public async Task Handle_NewExport_HasItsOwnAndOnlyOne()
    {
        await using var rig = await ExportRig.StartAsync();
        await rig.ExportAsync("by-hand");
        rig.Engine.Hold();

        var first = await EnterAsync(rig, Manual(rig, """, "newExport":true"""));
        var again = await EnterAsync(rig, Manual(rig, """, "newExport":true"""));

        var id = first.GetProperty("exportTaskId").GetString()!;
        Assert.Contains("-run-1-", id, StringComparison.Ordinal);
        Assert.Equal(id, again.GetProperty("exportTaskId").GetString());
        Assert.Equal(2, rig.Aws.RdsStore.ExportTasks.Count);
    }

    [Fact]
    public async Task Handle_BeyondTheDeadline_StopsWaitingButNotTheExport()
    {
        await using var rig = await ExportRig.StartAsync();
        rig.Engine.Hold();
        await EnterAsync(rig, Manual(rig));
        rig.Time.Ahead = TimeSpan.FromHours(49);

        var exception = await Assert.ThrowsAsync<ExportDeadlineExceededException>(() => EnterAsync(rig, Manual(rig)));

        Assert.Contains("waits at most 48 hours (EXPORT_DEADLINE_HOURS). The export is not cancelled", exception.Message, StringComparison.Ordinal);
        Assert.Empty(rig.Documents);
        Assert.True(rig.Aws.RdsStore.ExportTasks[0].IsRunning);
    }

    [Fact]
    public async Task Handle_CompleteBeyondTheDeadline_IsStillComplete()
    {
        await using var rig = await ExportRig.StartAsync();
        await rig.ExportAsync("by-hand");
        rig.Time.Ahead = TimeSpan.FromHours(49);

        Assert.Equal("COMPLETE", (await EnterAsync(rig, Manual(rig))).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Handle_CompleteExportWhoseFilesWereDeleted_IsNotAdopted()
    {
        await using var rig = await ExportRig.StartAsync();
        await rig.ExportAsync("by-hand");
        foreach (var item in rig.Aws.S3Store.List(ExportRig.Bucket, "exports/"))
            rig.Aws.S3Store.Delete(ExportRig.Bucket, item.Key);
        rig.Time.Ahead = TimeSpan.FromHours(2);

        await EnterAsync(rig, Manual(rig));

        Assert.Equal(2, rig.Aws.RdsStore.ExportTasks.Count);
        Assert.Contains("holds nothing any more", rig.Context.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handle_SnapshotDeletedButExported_UsesTheExport()
    {
        await using var rig = await ExportRig.StartAsync();
        await rig.ExportAsync("by-hand");
        rig.Aws.RdsStore.Faults.Fail(() => new AwsServiceException("DBSnapshotNotFound", "DBSnapshot not found", 404), "DescribeDBSnapshots");

        Assert.Equal("by-hand", (await EnterAsync(rig, Manual(rig))).GetProperty("exportTaskId").GetString());
    }

    [Theory]
    [InlineData("rds:shop-2025-01-31-02-00", RdsSnapshotKind.Instance)]
    [InlineData("awsbackup:job-0a1b2c3d-0a1b-4c2d-8e3f-0a1b2c3d4e5f", RdsSnapshotKind.Instance)]
    [InlineData("rds:shop-2025-01-31-02-00", RdsSnapshotKind.Cluster)]
    public async Task Handle_SnapshotsOfAllKinds_AreExported(string id, RdsSnapshotKind kind)
    {
        await using var rig = await ExportRig.StartAsync();
        var arn = rig.Aws.RdsStore.AddSnapshot(ExportRig.Snapshot(id, "aurora-mysql", kind));

        await EnterAsync(rig, $$"""{"snapshotArn":"{{arn}}"}""");

        Assert.Equal(arn, Assert.Single(rig.Aws.RdsStore.ExportTasks).SourceArn);
    }

    [Theory]
    [InlineData("TaskTimedOut")]
    [InlineData("TaskDoesNotExist")]
    [InlineData("InvalidToken")]
    public async Task Handle_OwnTokenIsClosed_IsAcceptedQuietly(string code)
    {
        await using var rig = await ExportRig.StartAsync();
        await rig.ExportAsync("by-hand");
        rig.Callbacks.Refuse = _ => new AwsServiceException(code, "closed");

        Assert.Equal("COMPLETE", (await EnterAsync(rig, Manual(rig))).GetProperty("status").GetString());
        Assert.Equal(["by-hand/export.json"], rig.Documents);
    }

    [Fact]
    public async Task Handle_CallbackRefusedWithTheTokenInTheMessage_DoesNotRepeatTheToken()
    {
        await using var rig = await ExportRig.StartAsync();
        await rig.ExportAsync("by-hand");
        rig.Callbacks.Refuse = token => new AwsServiceException("ValidationException", $"Value '{token}' at 'taskToken' failed to satisfy constraint");

        var exception = await Assert.ThrowsAsync<AwsRequestFailedException>(() => EnterAsync(rig, Manual(rig)));

        Assert.Contains("Value '(token)' at 'taskToken'", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, exception.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, rig.Context.Text, StringComparison.Ordinal);
    }
}
