using System.Net;
using Amazon.RDS;
using Amazon.RDS.Model;
using Amazon.Runtime;
using Xunit;

namespace SnapshotBridge.Local.Tests.Standins;

public sealed class RdsClientTests
{
    private const string AccessKey = "AKIDEXAMPLE";
    private const string Secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task StartExportTaskAsync_AllFields_ArriveAsASignedForm()
    {
        await using var server = await RecordingServer.StartAsync(Answer.Xml("""
            <StartExportTaskResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><StartExportTaskResult>
            <ExportTaskIdentifier>t1</ExportTaskIdentifier><Status>STARTING</Status><S3Bucket>b</S3Bucket><S3Prefix></S3Prefix>
            <PercentProgress>0</PercentProgress><SourceType>CLUSTER</SourceType><SnapshotTime>2026-11-21T00:19:27.123Z</SnapshotTime>
            <ExportOnly><member>db1</member><member>db2.t</member></ExportOnly>
            </StartExportTaskResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></StartExportTaskResponse>
            """));
        using var client = Client(server);

        var response = await client.StartExportTaskAsync(
            new StartExportTaskRequest
            {
                ExportTaskIdentifier = "t1",
                SourceArn = "arn:aws:rds:eu-west-1:123456789012:cluster-snapshot:rds:s 1",
                S3BucketName = "b",
                S3Prefix = "p/q",
                IamRoleArn = "arn:aws:iam::123456789012:role/export",
                KmsKeyId = "alias/k",
                ExportOnly = ["db1", "db2.t"],
            },
            Token);

        var request = server.Single;
        Assert.Equal("POST", request.Method);
        Assert.Equal("/", request.RawTarget);
        Assert.StartsWith("application/x-www-form-urlencoded", request.Headers["content-type"], StringComparison.Ordinal);
        Assert.False(request.Headers.ContainsKey("x-amz-target"));
        Assert.Equal(
            [
                "Action=StartExportTask", "ExportOnly.member.1=db1", "ExportOnly.member.2=db2.t", "ExportTaskIdentifier=t1",
                "IamRoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fexport", "KmsKeyId=alias%2Fk", "S3BucketName=b", "S3Prefix=p%2Fq",
                "SourceArn=arn%3Aaws%3Ards%3Aeu-west-1%3A123456789012%3Acluster-snapshot%3Ards%3As%201", "Version=2014-10-31",
            ],
            request.Text.Split('&').Order(StringComparer.Ordinal));
        SignatureVersion4.AssertValid(request, AccessKey, Secret, "eu-west-1", "rds");

        Assert.Equal("t1", response.ExportTaskIdentifier);
        Assert.Equal("STARTING", response.Status);
        Assert.Equal("b", response.S3Bucket);
        Assert.Equal(0, response.PercentProgress);
        Assert.Equal(ExportSourceType.CLUSTER, response.SourceType);
        Assert.True(response.SourceType == "CLUSTER");
        Assert.Equal(new DateTime(2026, 11, 21, 0, 19, 27, 123, DateTimeKind.Utc), response.SnapshotTime!.Value.ToUniversalTime());
        Assert.Equal(["db1", "db2.t"], response.ExportOnly);
        Assert.Equal("r-1", response.ResponseMetadata.RequestId);
        Assert.Equal(HttpStatusCode.OK, response.HttpStatusCode);
        Assert.Null(response.TotalExtractedDataInGB);
        Assert.Null(response.FailureCause);
        Assert.Null(response.TaskStartTime);
    }

    [Fact]
    public async Task DescribeExportTasksAsync_Filters_AreNumbered()
    {
        await using var server = await RecordingServer.StartAsync(Answer.Xml(Tasks("")));
        using var client = Client(server);

        var response = await client.DescribeExportTasksAsync(
            new DescribeExportTasksRequest
            {
                SourceArn = "arn",
                SourceType = ExportSourceType.SNAPSHOT,
                Filters = [new Filter { Name = "status", Values = ["in_progress", "starting"] }],
                MaxRecords = 20,
            },
            Token);

        Assert.Equal(
            [
                "Action=DescribeExportTasks", "Filters.Filter.1.Name=status", "Filters.Filter.1.Values.Value.1=in_progress",
                "Filters.Filter.1.Values.Value.2=starting", "MaxRecords=20", "SourceArn=arn", "SourceType=SNAPSHOT", "Version=2014-10-31",
            ],
            server.Single.Text.Split('&').Order(StringComparer.Ordinal));
        Assert.Null(response.ExportTasks);
        Assert.Null(response.Marker);
    }

    [Fact]
    public async Task DescribeExportTasksAsync_FinishedTask_IsReadWhole()
    {
        await using var server = await RecordingServer.StartAsync(Answer.Xml(Tasks("""
            <ExportTask><ExportTaskIdentifier>t1</ExportTaskIdentifier><SourceArn>arn</SourceArn><Status>FAILED</Status>
            <FailureCause>KMS key check failed &amp; more</FailureCause><WarningMessage>{"skippedTables":[]}</WarningMessage>
            <TotalExtractedDataInGB>7</TotalExtractedDataInGB><TaskEndTime>2026-11-21T00:19:27Z</TaskEndTime></ExportTask>
            """)));
        using var client = Client(server);

        var task = Assert.Single((await client.DescribeExportTasksAsync(new DescribeExportTasksRequest(), Token)).ExportTasks);

        Assert.Equal("KMS key check failed & more", task.FailureCause);
        Assert.Equal("""{"skippedTables":[]}""", task.WarningMessage);
        Assert.Equal(7, task.TotalExtractedDataInGB);
        Assert.Equal(DateTimeKind.Utc, task.TaskEndTime!.Value.ToUniversalTime().Kind);
        Assert.Null(task.ExportOnly);
        Assert.Null(task.PercentProgress);
        Assert.Null(task.SourceType);
    }

    [Fact]
    public async Task DescribeDBSnapshots_InstanceAndCluster_KeepTheirDifferentNames()
    {
        await using var server = await RecordingServer.StartAsync(
            Answer.Xml("""
                <DescribeDBSnapshotsResponse><DescribeDBSnapshotsResult><DBSnapshots><DBSnapshot>
                <DBSnapshotIdentifier>rds:s</DBSnapshotIdentifier><Encrypted>true</Encrypted><AllocatedStorage>20</AllocatedStorage>
                <TagList><Tag><Key>k</Key><Value>v</Value></Tag></TagList>
                </DBSnapshot></DBSnapshots></DescribeDBSnapshotsResult></DescribeDBSnapshotsResponse>
                """),
            Answer.Xml("""
                <DescribeDBClusterSnapshotsResponse><DescribeDBClusterSnapshotsResult><DBClusterSnapshots><DBClusterSnapshot>
                <DBClusterSnapshotIdentifier>c</DBClusterSnapshotIdentifier><StorageEncrypted>false</StorageEncrypted><Engine>aurora-mysql</Engine>
                </DBClusterSnapshot></DBClusterSnapshots><Marker>m</Marker></DescribeDBClusterSnapshotsResult></DescribeDBClusterSnapshotsResponse>
                """));
        using var client = Client(server);

        var instance = await client.DescribeDBSnapshotsAsync(
            new DescribeDBSnapshotsRequest { DBSnapshotIdentifier = "rds:s", IncludeShared = true }, Token);
        var cluster = await client.DescribeDBClusterSnapshotsAsync(
            new DescribeDBClusterSnapshotsRequest { DBClusterSnapshotIdentifier = "c" }, Token);

        Assert.Contains("DBSnapshotIdentifier=rds%3As", server.Requests[0].Text.Split('&'));
        Assert.Contains("IncludeShared=true", server.Requests[0].Text.Split('&'));
        Assert.True(instance.DBSnapshots.Single().Encrypted);
        Assert.Equal(20, instance.DBSnapshots.Single().AllocatedStorage);
        Assert.Equal("v", instance.DBSnapshots.Single().TagList.Single().Value);
        Assert.Contains("DBClusterSnapshotIdentifier=c", server.Requests[1].Text.Split('&'));
        Assert.False(cluster.DBClusterSnapshots.Single().StorageEncrypted);
        Assert.Null(cluster.DBClusterSnapshots.Single().TagList);
        Assert.Equal("m", cluster.Marker);
    }

    [Theory]
    [InlineData("ExportTaskAlreadyExists", 400, typeof(ExportTaskAlreadyExistsException))]
    [InlineData("ExportTaskNotFound", 404, typeof(ExportTaskNotFoundException))]
    [InlineData("DBSnapshotNotFound", 404, typeof(DBSnapshotNotFoundException))]
    [InlineData("DBClusterSnapshotNotFoundFault", 404, typeof(DBClusterSnapshotNotFoundException))]
    [InlineData("InvalidExportTaskStateFault", 400, typeof(InvalidExportTaskStateException))]
    [InlineData("KMSKeyNotAccessibleFault", 400, typeof(KMSKeyNotAccessibleException))]
    [InlineData("ExportTaskLimitReachedFault", 400, typeof(AmazonRDSException))]
    public async Task StartExportTaskAsync_ErrorCode_HasItsOwnException(string code, int status, Type type)
    {
        await using var server = await RecordingServer.StartAsync(Answer.Xml(
            $"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>why</Message></Error><RequestId>r-2</RequestId></ErrorResponse>",
            status));
        using var client = Client(server);

        var error = await Assert.ThrowsAnyAsync<AmazonRDSException>(() => client.StartExportTaskAsync(new StartExportTaskRequest(), Token));

        Assert.IsType(type, error);
        Assert.Equal(code, error.ErrorCode);
        Assert.Equal("why", error.Message);
        Assert.Equal(status, (int)error.StatusCode);
        Assert.Equal("r-2", error.RequestId);
        Assert.Equal(ErrorType.Sender, error.ErrorType);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task DescribeExportTasksAsync_UnavailableOnce_IsTriedAgain()
    {
        await using var server = await RecordingServer.StartAsync(
            new Answer(503, "<html>busy</html>", "text/html"), Answer.Xml(Tasks("")));
        using var client = Client(server);

        await client.DescribeExportTasksAsync(new DescribeExportTasksRequest(), Token);

        Assert.Equal(2, server.Requests.Count);
        Assert.All(server.Requests, r => SignatureVersion4.AssertValid(r, AccessKey, Secret, "eu-west-1", "rds"));
    }

    [Fact]
    public async Task DescribeExportTasksAsync_UnavailableForGood_FailsAfterThreeAttempts()
    {
        await using var server = await RecordingServer.StartAsync(Answer.Xml(
            "<ErrorResponse><Error><Type>Receiver</Type><Code>ServiceUnavailable</Code><Message>later</Message></Error></ErrorResponse>", 503));
        using var client = Client(server);

        var error = await Assert.ThrowsAsync<AmazonRDSException>(
            () => client.DescribeExportTasksAsync(new DescribeExportTasksRequest(), Token));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, error.StatusCode);
        Assert.Equal("ServiceUnavailable", error.ErrorCode);
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task DescribeExportTasksAsync_Cancelled_EndsAtOnce()
    {
        await using var server = await RecordingServer.StartAsync(Answer.Xml(Tasks("")));
        server.IsSilent = true;
        using var client = Client(server);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);

        var asking = client.DescribeExportTasksAsync(new DescribeExportTasksRequest(), stop.Token);
        await server.Arrived.WaitAsync(Token);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
    }

    [Fact]
    public async Task Paginator_TwoPages_GivesAllTasksOnce()
    {
        await using var server = await RecordingServer.StartAsync(
            Answer.Xml(Tasks("<ExportTask><ExportTaskIdentifier>a</ExportTaskIdentifier></ExportTask>", "<Marker>next</Marker>")),
            Answer.Xml(Tasks("<ExportTask><ExportTaskIdentifier>b</ExportTaskIdentifier></ExportTask>")));
        using var client = Client(server);
        var paginator = client.Paginators.DescribeExportTasks(new DescribeExportTasksRequest());

        var names = new List<string>();
        await foreach (var task in paginator.ExportTasks.WithCancellation(Token))
            names.Add(task.ExportTaskIdentifier);

        Assert.Equal(["a", "b"], names);
        Assert.Contains("Marker=next", server.Requests[1].Text.Split('&'));
        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await foreach (var _ in paginator.Responses.WithCancellation(Token))
                Assert.Fail("A paginator is usable once.");
        });
    }

    [Fact]
    public async Task Client_EndpointVariable_IsWhereRequestsGo()
    {
        await using var server = await RecordingServer.StartAsync(Answer.Xml(Tasks("")));
        Environment.SetEnvironmentVariable("AWS_ENDPOINT_URL_RDS", server.Url);
        try
        {
            using var client = new AmazonRDSClient(new BasicAWSCredentials(AccessKey, Secret), Amazon.RegionEndpoint.EUCentral1);
            await client.DescribeExportTasksAsync(new DescribeExportTasksRequest(), Token);
        }
        finally
        {
            Environment.SetEnvironmentVariable("AWS_ENDPOINT_URL_RDS", null);
        }

        Assert.Contains("Action=DescribeExportTasks", server.Single.Text.Split('&'));
    }

    private static string Tasks(string tasks, string marker = "") =>
        $"<DescribeExportTasksResponse xmlns=\"http://rds.amazonaws.com/doc/2014-10-31/\"><DescribeExportTasksResult><ExportTasks>{tasks}</ExportTasks>{marker}</DescribeExportTasksResult></DescribeExportTasksResponse>";

    private static AmazonRDSClient Client(RecordingServer server) => new(
        new BasicAWSCredentials(AccessKey, Secret),
        new AmazonRDSConfig { ServiceURL = server.Url, AuthenticationRegion = "eu-west-1" });
}
