using System.Net;
using System.Text.Json;
using Amazon.RDS;
using Amazon.RDS.Model;
using Amazon.Runtime;
using SnapshotBridge.Errors;
using SnapshotBridge.Exports;
using SnapshotBridge.Functions.Tests.Exports;
using SnapshotBridge.Local.Aws.Protocols;
using SnapshotBridge.Local.Aws.Rds;
using SnapshotBridge.Requests;
using SnapshotBridge.StartExport;
using SnapshotBridge.TestKit;
using Xunit;

namespace SnapshotBridge.Functions.Tests.StartExport;

public sealed class StartExportTests
{
    private const string Secret = "AQCEAAAAKgAAAAMAAAAAAAAAAe-the-token-";

    private int _entries;

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
    public async Task Handle_EarlierExportFailed_StartsTheNextAttempt()
    {
        await using var rig = await ExportRig.StartAsync();
        var first = await FirstIdAsync(rig);
        rig.Aws.RdsStore.Faults.FailExport(0, "The KMS key check failed.", count: 2);
        await rig.ExportAsync(first);
        await rig.ExportAsync($"{first}-2");

        var output = await EnterAsync(rig, Manual(rig));

        Assert.Equal($"{first}-3", output.GetProperty("exportTaskId").GetString());
    }

    [Fact]
    public async Task Handle_TheTaskThatItWaitedForFailed_FailsAtOnceAndOnlyARedriveStartsAnother()
    {
        await using var rig = await ExportRig.StartAsync();
        rig.Engine.Hold();
        var id = (await EnterAsync(rig, Manual(rig))).GetProperty("exportTaskId").GetString()!;
        await rig.WhenRunningAsync(id);
        rig.Aws.RdsStore.Faults.Clear();
        await EndAsFailedAsync(rig, id);

        var exception = await Assert.ThrowsAsync<ExportTaskCanceledException>(() => EnterAsync(rig, Manual(rig)));
        Assert.Contains($"The export task '{id}' of {rig.SnapshotArn} was cancelled", exception.Message, StringComparison.Ordinal);
        Assert.Empty(rig.Documents);

        rig.Engine.Release();
        Assert.Equal($"{id}-2", (await EnterAsync(rig, Manual(rig))).GetProperty("exportTaskId").GetString());
    }

    [Fact]
    public async Task Handle_TheTaskFails_ThrowsWithRdsOwnCause()
    {
        await using var rig = await ExportRig.StartAsync();
        var first = await FirstIdAsync(rig);
        rig.Aws.RdsStore.Faults.FailExport(0, "The KMS key check failed.");
        await rig.ExportAsync(first);
        await rig.PutTokenAsync(first, "run-1", "old");

        var exception = await Assert.ThrowsAsync<ExportTaskFailedException>(() => EnterAsync(rig, Manual(rig)));

        Assert.Contains("as FAILED: The KMS key check failed. Allow the export role to use the key", exception.Message, StringComparison.Ordinal);
        Assert.Empty(rig.Documents);
    }

    [Fact]
    public async Task Handle_AnotherExecutionsTokenAtTheFailedTask_DoesNotConcernThisOne()
    {
        await using var rig = await ExportRig.StartAsync();
        var first = await FirstIdAsync(rig);
        rig.Aws.RdsStore.Faults.FailExport(0, "cause");
        await rig.ExportAsync(first);
        await rig.PutTokenAsync(first, "run-0", "old");

        Assert.Equal($"{first}-2", (await EnterAsync(rig, Manual(rig))).GetProperty("exportTaskId").GetString());
    }

    [Fact]
    public async Task Handle_TaskIsBeingCancelled_WaitsItsTurn()
    {
        await using var rig = await ExportRig.StartAsync();
        var rds = rig.Changed((credentials, config) => new CancelingRds(credentials, config));
        rig.Engine.Hold();
        await rig.ExportAsync("by-hand", wait: false);

        var exception = await Assert.ThrowsAsync<ExportSlotsBusyException>(() => EnterAsync(rig, Manual(rig), rds: rds));

        Assert.Contains("an earlier export of it is being cancelled. Running now: 'by-hand' (CANCELING", exception.Message, StringComparison.Ordinal);
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
    public async Task Handle_FiveExportsRunning_IsBusyAndNamesThem()
    {
        await using var rig = await ExportRig.StartAsync(options => options with { ExportSlots = 1 });
        rig.Engine.Hold();
        var other = rig.Aws.RdsStore.AddSnapshot(ExportRig.Snapshot("crm"));
        await rig.Rds().StartExportTaskAsync(
            new StartExportTaskRequest { ExportTaskIdentifier = "crm-export", SourceArn = other, S3BucketName = ExportRig.Bucket, IamRoleArn = ExportRig.Role, KmsKeyId = ExportRig.Key },
            ExportRig.Token);

        var exception = await Assert.ThrowsAsync<ExportSlotsBusyException>(() => EnterAsync(rig, Manual(rig)));

        Assert.Contains("Running now: 'crm-export' (", exception.Message, StringComparison.Ordinal);
        Assert.Empty(rig.Documents);
    }

    [Fact]
    public async Task Handle_OtherScopeOfTheSnapshotIsBeingExported_WaitsItsTurn()
    {
        await using var rig = await ExportRig.StartAsync();
        rig.Engine.Hold();
        await rig.ExportAsync("part", only: ["world"], wait: false);

        var exception = await Assert.ThrowsAsync<ExportSlotsBusyException>(() => EnterAsync(rig, Manual(rig)));

        Assert.Contains("RDS exports a snapshot once at a time", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handle_AnotherExecutionWasFaster_ItsTaskIsAdopted()
    {
        await using var rig = await ExportRig.StartAsync();
        var first = await FirstIdAsync(rig);
        rig.Engine.Hold();
        await rig.ExportAsync(first, wait: false);
        var rds = rig.Changed((credentials, config) => new BlindRds(credentials, config));

        var output = await EnterAsync(rig, Manual(rig), rds: rds);

        Assert.Equal(first, output.GetProperty("exportTaskId").GetString());
        Assert.Single(rig.Aws.RdsStore.ExportTasks);
    }

    [Fact]
    public async Task Handle_IdentifierIsTakenButNotDescribedYet_LooksAgainInsteadOfPayingForASecondExport()
    {
        await using var rig = await ExportRig.StartAsync();
        var first = await FirstIdAsync(rig);
        rig.Engine.Hold();
        await rig.ExportAsync(first, wait: false);
        var rds = rig.Changed((credentials, config) => new LateRds(credentials, config));

        var output = await EnterAsync(rig, Manual(rig), rds: rds);

        Assert.Equal((first, "WAITING"), (output.GetProperty("exportTaskId").GetString(), output.GetProperty("status").GetString()));
        Assert.Single(rig.Aws.RdsStore.ExportTasks);
        Assert.Equal([TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3)], rig.Time.Waits);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Handle_AnotherExecutionWasFasterAndRdsRefusesTheSnapshotsState_IsNotFinal(bool sameScope)
    {
        await using var rig = await ExportRig.StartAsync();
        var first = await FirstIdAsync(rig);
        rig.Engine.Hold();
        await rig.ExportAsync(sameScope ? first : "part", only: sameScope ? null : ["world"], wait: false);
        var rds = rig.Changed((credentials, config) => new RefusingRds(credentials, config));

        if (sameScope)
        {
            var output = await EnterAsync(rig, Manual(rig), rds: rds);
            Assert.Equal((first, "WAITING"), (output.GetProperty("exportTaskId").GetString(), output.GetProperty("status").GetString()));
            Assert.Equal([$"{first}/tokens/run-1.json"], rig.Documents);
        }
        else
        {
            var exception = await Assert.ThrowsAsync<ExportSlotsBusyException>(() => EnterAsync(rig, Manual(rig), rds: rds));
            Assert.Contains("'part'", exception.Message, StringComparison.Ordinal);
            Assert.Empty(rig.Documents);
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task Handle_RdsStillSilentWhenTheTimeIsOver_IsTransient()
    {
        await using var rig = await ExportRig.StartAsync();
        var rds = rig.Changed((credentials, config) => new SilentRds(credentials, config));
        var payload = $$"""
            {"request":{{Manual(rig)}},"executionName":"run-1","executionStartTime":"{{DateTimeOffset.UtcNow:yyyy-MM-dd'T'HH:mm:ss'Z'}}","taskToken":"{{Secret}}"}
            """;

        var time = new ManualTime(DateTimeOffset.UtcNow);
        var function = new Function(rig.Options, rig.S3(), rds, rig.StepFunctions(), time);

        // What is left is less than what is kept for reporting a failure otherwise.
        var entry = LambdaCall.InvokeAsync<Input, ExportOutcome>(
            function.HandleAsync, payload, new LogContext { RemainingTime = TimeSpan.FromMilliseconds(900) });
        await Task.WhenAny(rds.Asked, entry);
        time.Advance(TimeSpan.FromMilliseconds(899));

        var exception = await Assert.ThrowsAsync<AwsServiceUnavailableException>(() => entry);
        Assert.Contains("the function's time was over", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handle_RdsGivesNoAnswerToTheStart_KeepsTheTokenThatWasSavedBefore()
    {
        await using var rig = await ExportRig.StartAsync();
        rig.Aws.RdsStore.Faults.ServerError("StartExportTask");

        var exception = await Assert.ThrowsAsync<AwsServiceUnavailableException>(() => EnterAsync(rig, Manual(rig)));

        Assert.Contains("rds:StartExportTask", exception.Message, StringComparison.Ordinal);
        Assert.EndsWith("/tokens/run-1.json", Assert.Single(rig.Documents), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handle_SnapshotUnknown_SaysSo()
    {
        await using var rig = await ExportRig.StartAsync();

        var exception = await Assert.ThrowsAsync<SnapshotNotFoundException>(
            () => EnterAsync(rig, """{"snapshotArn":"arn:aws:rds:us-east-1:123456789012:cluster-snapshot:nobody"}"""));

        Assert.Contains("RDS has no snapshot 'arn:aws:rds:us-east-1:123456789012:cluster-snapshot:nobody'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Copy the ARN from the snapshot's page", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handle_SnapshotOfAnotherAccount_NamesTheOneThatIsHere()
    {
        await using var rig = await ExportRig.StartAsync();

        var exception = await Assert.ThrowsAsync<SnapshotNotFoundException>(
            () => EnterAsync(rig, """{"snapshotArn":"arn:aws:rds:us-east-1:999999999999:snapshot:shop-2025"}"""));

        Assert.Contains($"a snapshot of this name exists as {rig.SnapshotArn}", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handle_SnapshotStillBeingCreated_SaysItsStatus()
    {
        await using var rig = await ExportRig.StartAsync();
        rig.Aws.RdsStore.SetSnapshotStatus(rig.SnapshotArn, "creating");

        var exception = await Assert.ThrowsAsync<SnapshotNotReadyException>(() => EnterAsync(rig, Manual(rig)));

        Assert.Matches(@"is 'creating'( \(\d+ %\))? and only one that is 'available' can be exported. Start again when it is available.", exception.Message);
    }

    [Fact]
    public async Task Handle_SnapshotOfAnotherEngine_NamesTheEngine()
    {
        await using var rig = await ExportRig.StartAsync();
        var arn = rig.Aws.RdsStore.AddSnapshot(ExportRig.Snapshot("ledger", "oracle-ee"));

        var exception = await Assert.ThrowsAsync<EngineNotSupportedException>(() => EnterAsync(rig, $$"""{"snapshotArn":"{{arn}}"}"""));

        Assert.Contains($"The snapshot {arn} is of engine 'oracle-ee'. RDS exports mysql, mariadb,", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("InvalidExportOnly", typeof(ExportScopeRefusedException), "RDS refuses exportOnly 'everything'")]
    [InlineData("IamRoleNotFound", typeof(ExportRoleRefusedException), "EXPORT_ROLE_ARN exists")]
    [InlineData("IamRoleMissingPermissions", typeof(ExportRoleRefusedException), "cannot use the export role 'arn:aws:iam::123456789012:role/export'")]
    [InlineData("KMSKeyNotAccessibleFault", typeof(ExportKeyRefusedException), "cannot use the KMS key 'alias/export'")]
    [InlineData("InvalidS3BucketFault", typeof(ExportBucketRefusedException), "cannot export to the S3 bucket 'export-bucket'")]
    [InlineData("InvalidExportSourceState", typeof(SnapshotNotExportableException), "does not export the snapshot")]
    [InlineData("DBSnapshotNotFound", typeof(SnapshotNotFoundException), "RDS has no snapshot")]
    [InlineData("InvalidParameterValue", typeof(AwsRequestFailedException), "rds:StartExportTask on")]
    [InlineData("AccessDenied", typeof(AwsAccessDeniedException), "Allow rds:StartExportTask")]
    public async Task Handle_RdsRefuses_IsTypedWithRemedyAndLeavesNothing(string code, Type type, string expected)
    {
        await using var rig = await ExportRig.StartAsync();
        rig.Aws.RdsStore.Faults.Fail(() => new AwsServiceException(code, "RDS's own words"), "StartExportTask");

        var exception = await Assert.ThrowsAnyAsync<BridgeException>(() => EnterAsync(rig, Manual(rig)));

        Assert.IsType(type, exception);
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.Contains("RDS's own words", exception.Message, StringComparison.Ordinal);
        Assert.Empty(rig.Documents);
    }

    [Fact]
    public async Task Handle_Throttled_IsTransient()
    {
        await using var rig = await ExportRig.StartAsync();
        rig.Aws.RdsStore.Faults.Throttle("DescribeDBSnapshots");

        var exception = await Assert.ThrowsAsync<AwsServiceUnavailableException>(() => EnterAsync(rig, Manual(rig)));

        Assert.Contains("rds:DescribeDBSnapshots", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handle_BucketMissing_NamesItAndStartsNothing()
    {
        await using var rig = await ExportRig.StartAsync();
        rig.Options = rig.Options with { Target = rig.Options.Target with { Bucket = "no-such-bucket" } };

        var exception = await Assert.ThrowsAsync<BucketNotFoundException>(() => EnterAsync(rig, Manual(rig)));

        Assert.Contains("the S3 bucket 'no-such-bucket' does not exist. Correct EXPORT_BUCKET", exception.Message, StringComparison.Ordinal);
        Assert.Empty(rig.Aws.RdsStore.ExportTasks);
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

    [Fact]
    public async Task Handle_EventOfOurs_StartsTheExport()
    {
        await using var rig = await ExportRig.StartAsync();
        rig.Options = rig.Options with { Requests = rig.Options.Requests with { SourceDatabases = ["shop"] } };
        var created = await rig.Aws.RdsStore.AnnounceSnapshotAsync(rig.SnapshotArn, ExportRig.Token);

        await EnterAsync(rig, created.ToJsonString());

        Assert.Single(rig.Aws.RdsStore.ExportTasks);
    }

    [Fact]
    public async Task Handle_EventOfAnotherDatabase_IsIgnoredWithTheReason()
    {
        await using var rig = await ExportRig.StartAsync();
        rig.Options = rig.Options with { Requests = rig.Options.Requests with { SourceDatabases = ["crm"] } };
        var created = await rig.Aws.RdsStore.AnnounceSnapshotAsync(rig.SnapshotArn, ExportRig.Token);

        await EnterAsync(rig, created.ToJsonString());

        using var output = JsonDocument.Parse(Assert.Single(rig.Callbacks.Accepted).Output!);
        Assert.Equal(("", "IGNORED"), (output.RootElement.GetProperty("exportTaskId").GetString(), output.RootElement.GetProperty("status").GetString()));
        Assert.Contains("is of the database 'shop', which is not among SOURCE_DATABASES (crm)", output.RootElement.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Empty(rig.Aws.RdsStore.ExportTasks);
        Assert.Empty(rig.Documents);
    }

    [Fact]
    public async Task Handle_ManualRequestForAnotherDatabase_IsNotIgnored()
    {
        await using var rig = await ExportRig.StartAsync();
        rig.Options = rig.Options with { Requests = rig.Options.Requests with { SourceDatabases = ["crm"] } };

        await EnterAsync(rig, Manual(rig));

        Assert.Single(rig.Aws.RdsStore.ExportTasks);
    }

    [Fact]
    public async Task Handle_InvalidRequest_NamesAllProblemsAndCallsNobody()
    {
        await using var rig = await ExportRig.StartAsync();

        var exception = await Assert.ThrowsAsync<RequestInvalidException>(
            () => EnterAsync(rig, """{"snapshotArn":"arn:aws:rds:eu-west-1:123456789012:snapshot:s","exportOny":["x"]}"""));

        Assert.Contains("is of region eu-west-1 but this deployment works in us-east-1", exception.Message, StringComparison.Ordinal);
        Assert.Contains("'exportOny' is not a field of a request; did you mean 'exportOnly'?", exception.Message, StringComparison.Ordinal);
        Assert.Empty(rig.Documents);
    }

    [Fact]
    public async Task Handle_MySqlSnapshotWithASchemaEntry_IsRefusedBeforeTheExport()
    {
        await using var rig = await ExportRig.StartAsync();

        var exception = await Assert.ThrowsAsync<RequestInvalidException>(() => EnterAsync(rig, Manual(rig, """, "exportOnly":["a.b.c"]""")));

        Assert.Contains("'a.b.c' but a snapshot of mysql takes database or database.table", exception.Message, StringComparison.Ordinal);
        Assert.Empty(rig.Aws.RdsStore.ExportTasks);
    }

    [Fact]
    public async Task Handle_NotFromTheStateMachine_SaysWhatIsMissing()
    {
        await using var rig = await ExportRig.StartAsync();

        var exception = await Assert.ThrowsAsync<RequestInvalidException>(() => LambdaCall.InvokeAsync<Input, ExportOutcome>(
            Create(rig).HandleAsync, """{"request":{}}""", rig.Context));

        Assert.Contains("executionName is missing; taskToken is missing; executionStartTime is missing", exception.Message, StringComparison.Ordinal);
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

    private static string Manual(ExportRig rig, string more = "") => $$"""{"snapshotArn":"{{rig.SnapshotArn}}"{{more}}}""";

    private static Function Create(ExportRig rig, IAmazonRDS? rds = null) => new(rig.Options, rig.S3(), rds ?? rig.Rds(), rig.StepFunctions(), rig.Time);

    /// <summary>One entry into the state with a token of its own; no token may be in what is logged or returned.</summary>
    private async Task<JsonElement> EnterAsync(ExportRig rig, string request, string execution = "run-1", IAmazonRDS? rds = null)
    {
        var payload = $$"""
            {"request":{{request}},"executionName":"{{execution}}","executionStartTime":"{{DateTimeOffset.UtcNow:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}}","taskToken":"{{Secret}}{{++_entries}}"}
            """;
        try
        {
            var output = await LambdaCall.InvokeAsync<Input, ExportOutcome>(Create(rig, rds).HandleAsync, payload, rig.Context);
            Assert.DoesNotContain(Secret, output.GetRawText(), StringComparison.Ordinal);
            return output;
        }
        catch (BridgeException exception)
        {
            Assert.DoesNotContain(Secret, exception.ToString(), StringComparison.Ordinal);
            throw;
        }
        finally
        {
            Assert.DoesNotContain(Secret, rig.Context.Text, StringComparison.Ordinal);
        }
    }

    private static Task<string> FirstIdAsync(ExportRig rig)
    {
        var arn = SnapshotBridge.Requests.SnapshotArn.Parse(rig.SnapshotArn, "snapshotArn", new List<string>())!;
        return Task.FromResult(ExportTaskIds.First(arn, ExportScope.Everything, null));
    }

    private static async Task EndAsFailedAsync(ExportRig rig, string id)
    {
        await rig.Rds().CancelExportTaskAsync(new CancelExportTaskRequest { ExportTaskIdentifier = id }, ExportRig.Token);
        await rig.Aws.RdsStore.WhenExportsEndAsync(ExportRig.Token);
    }

    /// <summary>Lists no task of a snapshot, as when another execution starts one at the same moment.</summary>
    private sealed class BlindRds(AWSCredentials credentials, AmazonRDSConfig config) : AmazonRDSClient(credentials, config)
    {
        public override Task<DescribeExportTasksResponse> DescribeExportTasksAsync(DescribeExportTasksRequest request, CancellationToken cancellationToken = default) =>
            request.SourceArn is null ? base.DescribeExportTasksAsync(request, cancellationToken) : Task.FromResult(new DescribeExportTasksResponse());
    }

    /// <summary>Describes a task at the third look only.</summary>
    private sealed class LateRds(AWSCredentials credentials, AmazonRDSConfig config) : AmazonRDSClient(credentials, config)
    {
        private int _looks;

        public override Task<DescribeExportTasksResponse> DescribeExportTasksAsync(DescribeExportTasksRequest request, CancellationToken cancellationToken = default) =>
            request.SourceArn is null && ++_looks > 2 ? base.DescribeExportTasksAsync(request, cancellationToken) : Task.FromResult(new DescribeExportTasksResponse());
    }

    /// <summary>Lists nothing at first, and says of the snapshot's state what RDS may say instead of "already exists".</summary>
    private sealed class RefusingRds(AWSCredentials credentials, AmazonRDSConfig config) : AmazonRDSClient(credentials, config)
    {
        private int _looks;

        public override Task<DescribeExportTasksResponse> DescribeExportTasksAsync(DescribeExportTasksRequest request, CancellationToken cancellationToken = default) =>
            ++_looks > 1 ? base.DescribeExportTasksAsync(request, cancellationToken) : Task.FromResult(new DescribeExportTasksResponse());

        public override Task<StartExportTaskResponse> StartExportTaskAsync(StartExportTaskRequest request, CancellationToken cancellationToken = default) =>
            throw new InvalidExportSourceStateException("It is being exported.", ErrorType.Sender, "InvalidExportSourceState", "r", HttpStatusCode.BadRequest);
    }

    /// <summary>Never answers.</summary>
    private sealed class SilentRds(AWSCredentials credentials, AmazonRDSConfig config) : AmazonRDSClient(credentials, config)
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Asked => _asked.Task;

        public override async Task<DescribeDBSnapshotsResponse> DescribeDBSnapshotsAsync(DescribeDBSnapshotsRequest request, CancellationToken cancellationToken = default)
        {
            _asked.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return new DescribeDBSnapshotsResponse();
        }
    }

    /// <summary>Shows every task as being cancelled, which is over too soon to be caught otherwise.</summary>
    private sealed class CancelingRds(AWSCredentials credentials, AmazonRDSConfig config) : AmazonRDSClient(credentials, config)
    {
        public override async Task<DescribeExportTasksResponse> DescribeExportTasksAsync(DescribeExportTasksRequest request, CancellationToken cancellationToken = default)
        {
            var response = await base.DescribeExportTasksAsync(request, cancellationToken);
            response.ExportTasks?.ForEach(task => task.Status = "CANCELING");
            return response;
        }
    }
}
