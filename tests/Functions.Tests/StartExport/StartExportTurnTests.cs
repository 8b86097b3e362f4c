using System.Net;
using Amazon.RDS;
using Amazon.RDS.Model;
using Amazon.Runtime;
using SnapshotBridge.Exports;
using SnapshotBridge.Functions.Tests.Exports;
using Xunit;

namespace SnapshotBridge.Functions.Tests.StartExport;

/// <summary>Exports that failed, run already, or are started by somebody else at the same moment.</summary>
public sealed class StartExportTurnTests : StartExportEntries
{
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
