using System.Text.Json;
using Amazon.RDS;
using Amazon.RDS.Model;
using Amazon.Runtime;
using SnapshotBridge.Errors;
using SnapshotBridge.Exports;
using SnapshotBridge.Functions.Tests.Exports;
using SnapshotBridge.Local.Aws.Protocols;
using SnapshotBridge.Requests;
using SnapshotBridge.StartExport;
using SnapshotBridge.TestKit;
using Xunit;

namespace SnapshotBridge.Functions.Tests.StartExport;

/// <summary>What AWS refuses or does not answer, and requests that are not carried out.</summary>
public sealed class StartExportRefusalTests : StartExportEntries
{
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
}
