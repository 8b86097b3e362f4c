using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Amazon.RDS;
using Amazon.RDS.Model;
using SnapshotBridge.Local.Aws.Rds;
using SnapshotBridge.TestKit;
using Xunit;
using ExportTask = Amazon.RDS.Model.ExportTask;

namespace SnapshotBridge.Local.Tests.Aws;

public sealed class RdsTests
{
    private const string Role = "arn:aws:iam::123456789012:role/export";
    private const string Key = "alias/export";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ExportTask_RunsFromStartingToComplete()
    {
        await using var rds = await RdsFixture.StartAsync(new Engine());

        var started = await rds.StartAsync("task-1");
        var ended = await rds.WhenEndedAsync("task-1");

        Assert.Equal("STARTING", started.Status);
        Assert.Null(started.TaskStartTime);
        Assert.Equal(AwsFixture.Bucket, started.S3Bucket);
        Assert.Equal("", started.S3Prefix ?? "");
        Assert.Equal("COMPLETE", ended.Status);
        Assert.Equal(100, ended.PercentProgress);
        Assert.Equal(2, ended.TotalExtractedDataInGB);
        Assert.Equal("""{"skippedTables":[]}""", ended.WarningMessage);
        Assert.Equal(ExportSourceType.SNAPSHOT, ended.SourceType);
        Assert.NotNull(ended.TaskStartTime);
        Assert.NotNull(ended.TaskEndTime);
        Assert.Equal("task-1/data.parquet", Assert.Single(rds.Aws.Store.List(AwsFixture.Bucket)).Key);
        Assert.Equal("RDS-EVENT-0164", await rds.EventIdAsync());
    }

    [Fact]
    public async Task ExportTask_PassesPrefixAndScopeToTheEngine()
    {
        var engine = new Engine();
        await using var rds = await RdsFixture.StartAsync(engine);

        var started = await rds.StartAsync("task-1", request => (request.S3Prefix, request.ExportOnly) = ("a/b", ["world", "shop.orders"]));
        await rds.WhenEndedAsync("task-1");

        Assert.Equal(["world", "shop.orders"], started.ExportOnly);
        Assert.Equal("a/b", engine.Job!.Prefix);
        Assert.Equal(["world", "shop.orders"], engine.Job.ExportOnly);
        Assert.Equal(rds.Arn, engine.Job.SourceArn);
        Assert.Equal(RdsFixture.Created, engine.Job.SnapshotTime);
    }

    [Fact]
    public async Task ExportTask_EngineFails_IsFailedWithItsCauseAndAnEvent()
    {
        await using var rds = await RdsFixture.StartAsync(new Engine { Failure = new ExportFailedException("KMS key check failed") });

        await rds.StartAsync("task-1");
        var ended = await rds.WhenEndedAsync("task-1");

        Assert.Equal(("FAILED", "KMS key check failed"), (ended.Status, ended.FailureCause));
        Assert.Equal("RDS-EVENT-0162", await rds.EventIdAsync());
    }

    [Fact]
    public async Task ExportTask_FaultAtAPercentage_FailsThereAndKeepsWhatIsWritten()
    {
        await using var rds = await RdsFixture.StartAsync(new Engine());
        rds.Faults.FailExport(50, "An unknown internal error occurred.");

        await rds.StartAsync("task-1");
        var ended = await rds.WhenEndedAsync("task-1");

        Assert.Equal(("FAILED", "An unknown internal error occurred.", 50), (ended.Status, ended.FailureCause, ended.PercentProgress));
        Assert.Single(rds.Aws.Store.List(AwsFixture.Bucket));
    }

    [Fact]
    public async Task CancelExportTask_WhileItRuns_EndsAsCanceled()
    {
        var engine = new Engine { Hold = new TaskCompletionSource() };
        await using var rds = await RdsFixture.StartAsync(engine);
        await rds.StartAsync("task-1");
        await engine.Entered.Task.WaitAsync(Token);

        var canceling = await rds.Client.CancelExportTaskAsync(new CancelExportTaskRequest { ExportTaskIdentifier = "task-1" }, Token);
        var ended = await rds.WhenEndedAsync("task-1");
        var again = await Assert.ThrowsAsync<InvalidExportTaskStateException>(
            () => rds.Client.CancelExportTaskAsync(new CancelExportTaskRequest { ExportTaskIdentifier = "task-1" }, Token));

        Assert.Equal("CANCELING", canceling.Status);
        Assert.Equal("CANCELED", ended.Status);
        Assert.Equal("RDS-EVENT-0163", await rds.EventIdAsync());
        Assert.Equal(HttpStatusCode.BadRequest, again.StatusCode);
    }

    [Fact]
    public async Task ExportTask_HangingInStarting_WaitsForItsRelease()
    {
        await using var rds = await RdsFixture.StartAsync(new Engine());
        rds.Faults.HangInStarting();
        await rds.StartAsync("task-1");
        await rds.Faults.Hangs.WaitAsync(Token);

        Assert.Equal("STARTING", (await rds.DescribeAsync("task-1")).Status);
        rds.Faults.ReleaseStarting();
        Assert.Equal("COMPLETE", (await rds.WhenEndedAsync("task-1")).Status);
    }

    [Fact]
    public async Task StartExportTask_AtTheLimitOfFive_IsRefused()
    {
        var engine = new Engine { Hold = new TaskCompletionSource() };
        var time = new ManualTime(DateTimeOffset.UtcNow);
        await using var rds = await RdsFixture.StartAsync(engine, time);
        for (var number = 1; number <= 5; number++)
        {
            var arn = rds.Add($"snapshot-{number}");
            await rds.StartAsync($"task-{number}", request => request.SourceArn = arn);
        }

        var error = await Assert.ThrowsAsync<AmazonRDSException>(() => rds.StartAsync("task-6"));
        engine.Hold.SetResult();
        await rds.Aws.Endpoints.RdsStore.WhenExportsEndAsync(Token);
        rds.Faults.OccupySlots(5, TimeSpan.FromMinutes(1));
        var foreign = await Assert.ThrowsAsync<AmazonRDSException>(() => rds.StartAsync("task-6"));
        time.Advance(TimeSpan.FromMinutes(1));
        await rds.StartAsync("task-6");

        Assert.Equal("ExportTaskLimitReachedFault", error.ErrorCode);
        Assert.Contains("limit of 5 concurrent export tasks", error.Message, StringComparison.Ordinal);
        Assert.Equal("ExportTaskLimitReachedFault", foreign.ErrorCode);
    }

    [Theory]
    [InlineData("1task")]
    [InlineData("task-")]
    [InlineData("ta--sk")]
    [InlineData("ta:sk")]
    [InlineData("täsk")]
    [InlineData("t0123456789012345678901234567890123456789012345678901234567890")]
    public async Task StartExportTask_BadIdentifier_IsInvalidParameterValue(string identifier)
    {
        await using var rds = await RdsFixture.StartAsync(new Engine());

        var error = await Assert.ThrowsAsync<AmazonRDSException>(() => rds.StartAsync(identifier));

        Assert.Equal("InvalidParameterValue", error.ErrorCode);
        Assert.Empty(rds.Aws.Endpoints.RdsStore.ExportTasks);
    }

    [Theory]
    [InlineData("source", "arn:aws:rds:us-east-1:123456789012:snapshot:none", "DBSnapshotNotFound", 404)]
    [InlineData("source", "arn:aws:rds:us-east-1:123456789012:cluster-snapshot:none", "DBClusterSnapshotNotFoundFault", 404)]
    [InlineData("source", "arn:aws:rds:us-east-1:123456789012:cluster:none", "DBClusterNotFoundFault", 404)]
    [InlineData("source", "arn:aws:rds:eu-west-1:123456789012:snapshot:none", "InvalidParameterValue", 400)]
    [InlineData("source", "not-an-arn", "InvalidParameterValue", 400)]
    [InlineData("bucket", "nobodys-bucket", "InvalidS3BucketFault", 400)]
    [InlineData("role", "arn:aws:iam::123456789012:role/other", "IamRoleNotFound", 404)]
    [InlineData("role", "arn:aws:iam::123456789012:role/powerless", "IamRoleMissingPermissions", 400)]
    [InlineData("key", "alias/other", "KMSKeyNotAccessibleFault", 400)]
    [InlineData("prefix", "a:b", "InvalidParameterValue", 400)]
    [InlineData("only", "world.city.extra", "InvalidExportOnly", 400)]
    [InlineData("only", "wor-ld", "InvalidExportOnly", 400)]
    [InlineData("only", "world.", "InvalidExportOnly", 400)]
    [InlineData("status", "creating", "InvalidExportSourceState", 400)]
    public async Task StartExportTask_BadInput_HasItsOwnError(string field, string value, string code, int status)
    {
        await using var rds = await RdsFixture.StartAsync(new Engine());
        if (field == "status")
            rds.Aws.Endpoints.RdsStore.SetSnapshotStatus(rds.Arn, value);

        var error = await Assert.ThrowsAnyAsync<AmazonRDSException>(() => rds.StartAsync("task-1", request =>
        {
            request.SourceArn = field == "source" ? value : request.SourceArn;
            request.S3BucketName = field == "bucket" ? value : request.S3BucketName;
            request.IamRoleArn = field == "role" ? value : request.IamRoleArn;
            request.KmsKeyId = field == "key" ? value : request.KmsKeyId;
            request.S3Prefix = field == "prefix" ? value : null;
            request.ExportOnly = field == "only" ? [value] : null;
        }));

        Assert.Equal((code, status), (error.ErrorCode, (int)error.StatusCode));
        Assert.Empty(rds.Aws.Endpoints.RdsStore.ExportTasks);
    }

    [Fact]
    public async Task StartExportTask_SameIdentifierOrSameSnapshot_IsRefused()
    {
        var engine = new Engine { Hold = new TaskCompletionSource() };
        await using var rds = await RdsFixture.StartAsync(engine);
        await rds.StartAsync("task-1");

        await Assert.ThrowsAsync<ExportTaskAlreadyExistsException>(() => rds.StartAsync("task-1"));
        await Assert.ThrowsAsync<InvalidExportSourceStateException>(() => rds.StartAsync("task-2"));
    }

    [Fact]
    public async Task DescribeExportTasks_FiltersAndPages()
    {
        await using var rds = await RdsFixture.StartAsync(new Engine());
        for (var number = 0; number < 45; number++)
        {
            await rds.StartAsync($"task-{number:D2}");
            await rds.Aws.Endpoints.RdsStore.WhenExportsEndAsync(Token);
        }

        var identifiers = new List<string>();
        DescribeExportTasksResponse? page = null;
        do
        {
            page = await rds.Client.DescribeExportTasksAsync(
                new DescribeExportTasksRequest
                {
                    MaxRecords = 20,
                    Marker = page?.Marker,
                    SourceArn = rds.Arn,
                    Filters = [new Filter { Name = "status", Values = ["complete", "failed"] }],
                },
                Token);
            Assert.True(page.ExportTasks.Count <= 20);
            identifiers.AddRange(page.ExportTasks.Select(task => task.ExportTaskIdentifier));
        }
        while (page.Marker is not null);
        var upperCase = await rds.Client.DescribeExportTasksAsync(
            new DescribeExportTasksRequest { Filters = [new Filter { Name = "status", Values = ["COMPLETE"] }] }, Token);

        Assert.Equal(Enumerable.Range(0, 45).Select(number => $"task-{number:D2}"), identifiers);
        Assert.Empty(upperCase.ExportTasks ?? []);
    }

    [Fact]
    public async Task DescribeExportTasks_BadInput_HasItsOwnError()
    {
        await using var rds = await RdsFixture.StartAsync(new Engine());

        var unknown = await Assert.ThrowsAsync<ExportTaskNotFoundException>(() => rds.DescribeAsync("none"));
        var records = await Assert.ThrowsAsync<AmazonRDSException>(
            () => rds.Client.DescribeExportTasksAsync(new DescribeExportTasksRequest { MaxRecords = 10 }, Token));
        var filter = await Assert.ThrowsAsync<AmazonRDSException>(() => rds.Client.DescribeExportTasksAsync(
            new DescribeExportTasksRequest { Filters = [new Filter { Name = "colour", Values = ["red"] }] }, Token));

        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Equal("InvalidParameterValue", records.ErrorCode);
        Assert.Equal("InvalidParameterValue", filter.ErrorCode);
    }

    [Fact]
    public async Task DescribeSnapshots_ByEveryKindAndType_AreFound()
    {
        await using var rds = await RdsFixture.StartAsync(new Engine());
        rds.Add("rds:shop-2026-01-31-03-10", kind: RdsSnapshotKind.Instance, type: "automated");
        var backup = rds.Add("awsbackup:job-1", kind: RdsSnapshotKind.Instance, type: "awsbackup");

        var listed = await rds.Client.DescribeDBSnapshotsAsync(new DescribeDBSnapshotsRequest(), Token);
        var byType = await rds.Client.DescribeDBSnapshotsAsync(new DescribeDBSnapshotsRequest { SnapshotType = "awsbackup" }, Token);
        var byName = await rds.Client.DescribeDBSnapshotsAsync(new DescribeDBSnapshotsRequest { DBSnapshotIdentifier = "awsbackup:job-1" }, Token);
        var clusters = await rds.Client.DescribeDBClusterSnapshotsAsync(
            new DescribeDBClusterSnapshotsRequest { DBClusterSnapshotIdentifier = "nightly" }, Token);

        Assert.Equal(["rds:shop-2026-01-31-03-10"], listed.DBSnapshots.Select(snapshot => snapshot.DBSnapshotIdentifier));
        Assert.Equal(backup, Assert.Single(byType.DBSnapshots).DBSnapshotArn);
        var instance = Assert.Single(byName.DBSnapshots);
        Assert.Equal(("available", "aurora-mysql", true, "shop"), (instance.Status, instance.Engine, instance.Encrypted, instance.DBInstanceIdentifier));
        var cluster = Assert.Single(clusters.DBClusterSnapshots);
        Assert.Equal((rds.Arn, "manual", true, RdsFixture.Created.UtcDateTime), (cluster.DBClusterSnapshotArn, cluster.SnapshotType, cluster.StorageEncrypted, cluster.SnapshotCreateTime?.ToUniversalTime()));
        await Assert.ThrowsAsync<DBSnapshotNotFoundException>(
            () => rds.Client.DescribeDBSnapshotsAsync(new DescribeDBSnapshotsRequest { DBSnapshotIdentifier = "nightly" }, Token));
        await Assert.ThrowsAsync<DBClusterSnapshotNotFoundException>(
            () => rds.Client.DescribeDBClusterSnapshotsAsync(new DescribeDBClusterSnapshotsRequest { DBClusterSnapshotIdentifier = "none" }, Token));
    }

    [Fact]
    public async Task Throttle_Once_IsRetriedByTheClient()
    {
        await using var rds = await RdsFixture.StartAsync(new Engine());
        using var patient = rds.Aws.Rds(retries: 2);
        rds.Faults.Throttle("DescribeExportTasks", count: 2);

        var error = await Assert.ThrowsAsync<AmazonRDSException>(() => rds.Client.DescribeExportTasksAsync(new DescribeExportTasksRequest(), Token));
        var answer = await patient.DescribeExportTasksAsync(new DescribeExportTasksRequest(), Token);

        Assert.Equal("Throttling", error.ErrorCode);
        Assert.Equal(HttpStatusCode.OK, answer.HttpStatusCode);
    }

    [Theory]
    [InlineData(RdsSnapshotKind.Instance, "manual", null, "RDS-EVENT-0042", "RDS DB Snapshot Event", "creation")]
    [InlineData(RdsSnapshotKind.Instance, "automated", null, "RDS-EVENT-0091", "RDS DB Snapshot Event", "creation")]
    [InlineData(RdsSnapshotKind.Instance, "manual", "arn:source", "RDS-EVENT-0197", "RDS DB Snapshot Event", "notification")]
    [InlineData(RdsSnapshotKind.Cluster, "manual", null, "RDS-EVENT-0075", "RDS DB Cluster Snapshot Event", "backup")]
    [InlineData(RdsSnapshotKind.Cluster, "automated", null, "RDS-EVENT-0169", "RDS DB Cluster Snapshot Event", "backup")]
    public async Task AnnounceSnapshot_SendsTheEventOfItsKind(
        RdsSnapshotKind kind, string type, string? source, string eventId, string detailType, string category)
    {
        await using var rds = await RdsFixture.StartAsync(new Engine());
        var arn = rds.Add("rds:new", kind, type, source);

        await rds.Aws.Endpoints.RdsStore.AnnounceSnapshotAsync(arn, Token);

        var sent = Assert.Single(rds.Events);
        Assert.Equal("aws.rds", sent["source"]!.GetValue<string>());
        Assert.Equal(detailType, sent["detail-type"]!.GetValue<string>());
        Assert.Equal(arn, sent["resources"]![0]!.GetValue<string>());
        Assert.Equal(eventId, sent["detail"]!["EventID"]!.GetValue<string>());
        Assert.Equal(category, sent["detail"]!["EventCategories"]![0]!.GetValue<string>());
        Assert.Equal("rds:new", sent["detail"]!["SourceIdentifier"]!.GetValue<string>());
        Assert.Equal(arn, sent["detail"]!["SourceArn"]!.GetValue<string>());
    }

    [Fact]
    public async Task LoseEvent_KeepsTheEventFromItsReceiver()
    {
        await using var rds = await RdsFixture.StartAsync(new Engine());
        rds.Faults.LoseEvent = lost => lost["detail"]!["EventID"]!.GetValue<string>() == "RDS-EVENT-0164";

        await rds.StartAsync("task-1");
        await rds.Aws.Endpoints.RdsStore.WhenExportsEndAsync(Token);

        Assert.Empty(rds.Events);
        Assert.Equal("COMPLETE", (await rds.DescribeAsync("task-1")).Status);
    }

    private sealed class Engine : IExportEngine
    {
        public Exception? Failure { get; init; }

        public TaskCompletionSource? Hold { get; init; }

        public TaskCompletionSource Entered { get; } = new();

        public ExportJob? Job { get; private set; }

        public async Task<ExportResult> ExportAsync(ExportJob job, IExportTarget target, IProgress<int> percent, CancellationToken cancellationToken)
        {
            Job = job;
            Entered.TrySetResult();
            if (Hold is not null)
                await Hold.Task.WaitAsync(cancellationToken);
            var folder = job.Prefix.Length == 0 ? job.ExportTaskIdentifier : $"{job.Prefix}/{job.ExportTaskIdentifier}";
            using var content = new MemoryStream([1, 2, 3]);
            await target.PutAsync($"{folder}/data.parquet", content, cancellationToken);
            percent.Report(50);
            cancellationToken.ThrowIfCancellationRequested();
            return Failure is null ? new ExportResult("""{"skippedTables":[]}""", 2.9) : throw Failure;
        }
    }

    /// <summary>An RDS with one available cluster snapshot, <c>nightly</c>.</summary>
    private sealed class RdsFixture : IAsyncDisposable
    {
        public static readonly DateTimeOffset Created = new(2026, 1, 31, 3, 10, 0, TimeSpan.Zero);

        private RdsFixture(AwsFixture aws)
        {
            Aws = aws;
            Client = aws.Rds();
            Arn = Add("nightly");
        }

        public AwsFixture Aws { get; }

        public AmazonRDSClient Client { get; }

        public string Arn { get; }

        public ConcurrentQueue<JsonObject> Events { get; } = new();

        public RdsFaults Faults => Aws.Endpoints.Rds.Faults;

        public static async Task<RdsFixture> StartAsync(IExportEngine engine, TimeProvider? time = null)
        {
            var aws = await AwsFixture.StartAsync(options => options with
            {
                Clock = time ?? options.Clock,
                Rds = options.Rds with
                {
                    StartingTime = time is null ? options.Rds.StartingTime : TimeSpan.Zero,
                    KnownRoleArns = new HashSet<string> { Role, "arn:aws:iam::123456789012:role/powerless" },
                    PowerlessRoleArns = new HashSet<string> { "arn:aws:iam::123456789012:role/powerless" },
                    KnownKmsKeys = new HashSet<string> { Key },
                },
            });
            var fixture = new RdsFixture(aws);
            aws.Endpoints.RdsStore.Engine = engine;
            aws.Endpoints.RdsStore.EventSink = (sent, _) =>
            {
                fixture.Events.Enqueue(sent);
                return Task.CompletedTask;
            };
            return fixture;
        }

        public string Add(string identifier, RdsSnapshotKind kind = RdsSnapshotKind.Cluster, string type = "manual", string? source = null)
            => Aws.Endpoints.RdsStore.AddSnapshot(new RdsSnapshot
            {
                Kind = kind,
                Identifier = identifier,
                DatabaseIdentifier = "shop",
                SnapshotType = type,
                SourceSnapshotArn = source,
                CreatedAt = Created,
            });

        public Task<StartExportTaskResponse> StartAsync(string identifier, Action<StartExportTaskRequest>? change = null)
        {
            var request = new StartExportTaskRequest
            {
                ExportTaskIdentifier = identifier,
                SourceArn = Arn,
                S3BucketName = AwsFixture.Bucket,
                IamRoleArn = Role,
                KmsKeyId = Key,
            };
            change?.Invoke(request);
            return Client.StartExportTaskAsync(request, Token);
        }

        public async Task<ExportTask> DescribeAsync(string identifier)
            => Assert.Single((await Client.DescribeExportTasksAsync(new DescribeExportTasksRequest { ExportTaskIdentifier = identifier }, Token)).ExportTasks);

        public async Task<ExportTask> WhenEndedAsync(string identifier)
        {
            while (true)
            {
                var task = await DescribeAsync(identifier);
                if (task.Status is "COMPLETE" or "FAILED" or "CANCELED")
                    return task;
                await Task.Delay(10, Token);
            }
        }

        /// <summary>The id of the one event, which comes after the state has changed.</summary>
        public async Task<string> EventIdAsync()
        {
            await Aws.Endpoints.RdsStore.WhenExportsEndAsync(Token);
            return Assert.Single(Events)["detail"]!["EventID"]!.GetValue<string>();
        }

        public ValueTask DisposeAsync() => Aws.DisposeAsync();
    }
}
