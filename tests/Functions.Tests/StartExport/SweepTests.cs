using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Amazon.Runtime;
using Amazon.StepFunctions;
using SnapshotBridge.Errors;
using SnapshotBridge.Exports;
using SnapshotBridge.Functions.Tests.Exports;
using SnapshotBridge.Local.Aws;
using SnapshotBridge.Local.Aws.Protocols;
using SnapshotBridge.Local.Aws.Rds;
using SnapshotBridge.Requests;
using SnapshotBridge.StartExport;
using SnapshotBridge.Sweeping;
using Xunit;

namespace SnapshotBridge.Functions.Tests.StartExport;

/// <summary>The schedule's handler over RDS, S3 and Step Functions on loopback.</summary>
public sealed class SweepTests
{
    private const string Machine = "arn:aws:states:us-east-1:123456789012:stateMachine:snapshot-bridge";

    [Fact]
    public async Task Sweep_NewSnapshots_StartsOneRunForTheNewestOfEachDatabase()
    {
        await using var rig = await ExportRig.StartAsync();
        await using var executions = await Executions.StartAsync(rig);
        Take(rig, "shop-old", hoursAgo: 30);
        Take(rig, "shop-new", hoursAgo: 2);
        Take(rig, "rds:billing-2025-01-31-02-00", hoursAgo: 1, RdsSnapshotKind.Cluster, "billing");

        var outcome = await SweepAsync(rig, executions);

        Assert.Equal(2, outcome.GetProperty("started").GetArrayLength());
        Assert.Equal(2, outcome.GetProperty("newest").GetInt32());
        Assert.Equal(
            [Arn("shop-new"), "arn:aws:rds:us-east-1:123456789012:cluster-snapshot:rds:billing-2025-01-31-02-00"],
            executions.Started.Select(request => JsonNode.Parse(request.Input)!["snapshotArn"]!.GetValue<string>()));
        Assert.All(executions.Started, request => Assert.Equal(Machine, request.Machine));
        Assert.All(executions.Started, request => Assert.Matches("^sweep-[a-z0-9-]{1,60}$", request.Name));
    }

    [Fact]
    public async Task Sweep_Twice_NamesTheSameRun()
    {
        await using var rig = await ExportRig.StartAsync();
        await using var executions = await Executions.StartAsync(rig);
        Take(rig, "shop-new", hoursAgo: 2);

        await SweepAsync(rig, executions);
        executions.Refuse = new AwsServiceException("ExecutionAlreadyExists", "Execution Already Exists");
        var second = await SweepAsync(rig, executions);

        Assert.Equal(executions.Started[0].Name, executions.Started[1].Name);
        Assert.Equal(0, second.GetProperty("started").GetArrayLength());
        Assert.Equal(Arn("shop-new"), second.GetProperty("alreadyBridged")[0].GetString());
    }

    [Theory]
    [InlineData("", "/load.json")]
    [InlineData("", "/tokens/by-event.json")]
    [InlineData("-2", "/plan.json")]
    public async Task Sweep_DocumentsOfAnotherRun_StartsNothing(string attempt, string document)
    {
        await using var rig = await ExportRig.StartAsync();
        await using var executions = await Executions.StartAsync(rig);
        var arn = Take(rig, "shop-new", hoursAgo: 2);
        await rig.PutAsync($"bridge/{ExportTaskIds.First(Parsed(arn), ExportScope.Everything, null)}{attempt}{document}", "{}");

        var outcome = await SweepAsync(rig, executions);

        Assert.Empty(executions.Started);
        Assert.Equal(arn, outcome.GetProperty("alreadyBridged")[0].GetString());
    }

    [Fact]
    public async Task Sweep_ManyPages_FindsTheNewestOnTheLast()
    {
        await using var rig = await ExportRig.StartAsync();
        await using var executions = await Executions.StartAsync(rig);
        for (var hour = 130; hour > 0; hour--)
            Take(rig, $"shop-{hour}", hour);

        var outcome = await SweepAsync(rig, executions);

        // The rig has one of its own, which is years old.
        Assert.Equal(131, outcome.GetProperty("snapshots").GetInt32());
        Assert.Contains(Arn("shop-1"), Assert.Single(executions.Started).Input, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sweep_OneStartFails_TriesTheOthersAndThrows()
    {
        await using var rig = await ExportRig.StartAsync();
        await using var executions = await Executions.StartAsync(rig);
        Take(rig, "shop-new", hoursAgo: 2);
        Take(rig, "billing-new", hoursAgo: 1, database: "billing");
        executions.Refuse = new AwsServiceException("StateMachineDoesNotExist", "State Machine Does Not Exist");

        var exception = await Assert.ThrowsAsync<AwsRequestFailedException>(() => SweepAsync(rig, executions));

        Assert.Equal(2, executions.Started.Count);
        Assert.Contains($"states:StartExecution on {Machine} as 'sweep-shop-new-", exception.Message, StringComparison.Ordinal);
    }

    private static string Arn(string id) => $"arn:aws:rds:us-east-1:123456789012:snapshot:{id}";

    private static SnapshotArn Parsed(string arn) => SnapshotArn.Parse(arn, "snapshot", [])!;

    private static string Take(ExportRig rig, string id, int hoursAgo, RdsSnapshotKind kind = RdsSnapshotKind.Instance, string database = "shop") =>
        rig.Aws.RdsStore.AddSnapshot(ExportRig.Snapshot(id, kind: kind, database: database) with { CreatedAt = rig.Time.GetUtcNow().AddHours(-hoursAgo) });

    private static Task<JsonElement> SweepAsync(ExportRig rig, Executions executions)
    {
        var options = new SweepOptions
        {
            Location = new ExportLocation(ExportRig.Bucket, "exports/"),
            Requests = new RequestContext("us-east-1", []),
            StateMachineArn = Machine,
        };
        var function = new SweepFunction(options, rig.S3(), rig.Rds(), executions.Client, rig.Time);
        return LambdaCall.InvokeAsync<JsonElement, SweepOutcome>(function.HandleAsync, """{"time":"2026-11-21T05:00:00Z"}""", rig.Context);
    }

    /// <summary>StartExecution over signed HTTP: it remembers the requests and answers as told.</summary>
    private sealed class Executions : IAsyncDisposable
    {
        private readonly ConcurrentQueue<(string Machine, string Name, string Input)> _started = new();
        private AwsJsonServer? _server;

        public IReadOnlyList<(string Machine, string Name, string Input)> Started => [.. _started];

        public AwsServiceException? Refuse { get; set; }

        public AmazonStepFunctionsClient Client { get; private set; } = null!;

        public static async Task<Executions> StartAsync(ExportRig rig)
        {
            var executions = new Executions();
            executions._server = await AwsJsonServer.StartAsync(
                new AwsServerOptions { AccessKeys = [rig.Aws.AccessKey], Region = rig.Aws.Region, AccountId = rig.Aws.AccountId },
                new AwsJsonService("states", "AWSStepFunctions", "1.0"),
                executions.AnswerAsync,
                ExportRig.Token);
            executions.Client = new AmazonStepFunctionsClient(
                new BasicAWSCredentials(rig.Aws.AccessKey.AccessKeyId, rig.Aws.AccessKey.SecretAccessKey),
                new AmazonStepFunctionsConfig { ServiceURL = executions._server.Endpoint.AbsoluteUri, AuthenticationRegion = "us-east-1", MaxErrorRetry = 0 });
            return executions;
        }

        public async ValueTask DisposeAsync()
        {
            Client.Dispose();
            await _server!.DisposeAsync();
        }

        private Task<JsonNode?> AnswerAsync(string operation, JsonElement input, CancellationToken cancellationToken)
        {
            Assert.Equal("StartExecution", operation);
            var name = input.GetProperty("name").GetString()!;
            _started.Enqueue((input.GetProperty("stateMachineArn").GetString()!, name, input.GetProperty("input").GetString()!));
            return Refuse is { } error
                ? throw error
                : Task.FromResult<JsonNode?>(new JsonObject { ["executionArn"] = $"{Machine.Replace(":stateMachine:", ":execution:", StringComparison.Ordinal)}:{name}", ["startDate"] = 1 });
        }
    }
}
