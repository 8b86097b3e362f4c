using System.Text.Json;
using SnapshotBridge.Announcing;
using SnapshotBridge.ExportMarker;
using SnapshotBridge.Exports;
using SnapshotBridge.Functions.Tests.Exports;
using SnapshotBridge.Requests;
using SnapshotBridge.StartExport;
using SnapshotBridge.Sweeping;
using SnapshotBridge.TestKit;
using Xunit;

namespace SnapshotBridge.Functions.Tests.Events;

/// <summary>The samples in infra/events, read by what reads them in an account.</summary>
public sealed class SampleEventTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "infra", "events");

    public static TheoryData<string> Inputs() => Named(name => name.StartsWith("manual-", StringComparison.Ordinal) || IsSnapshot(name));

    public static TheoryData<string> Ends() => Named(name => name.StartsWith("export-", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Inputs))]
    public void StateMachineInput_IsTakenUnlessTheSnapshotIsStillBeingCreated(string file)
    {
        using var json = JsonDocument.Parse(Text(file));

        var outcome = BridgeRequest.Parse(json.RootElement, new RequestContext("us-east-1", ["shop"]));

        if (file.Contains("-creating-", StringComparison.Ordinal))
        {
            Assert.Contains("is still being created", Assert.IsType<RequestOutcome.Ignored>(outcome).Reason, StringComparison.Ordinal);
            return;
        }

        var request = Assert.IsType<RequestOutcome.Accepted>(outcome).Request;
        Assert.Equal(!file.StartsWith("manual-", StringComparison.Ordinal), request.FromEvent);
        Assert.Equal(Text(file).Contains(":cluster-snapshot:", StringComparison.Ordinal) ? SnapshotKind.Cluster : SnapshotKind.Instance, request.Snapshot.Kind);
    }

    [Fact]
    public void ManualAllFields_UsesEveryFieldThatTheParserKnows()
    {
        using var json = JsonDocument.Parse(Text("manual-all-fields.json"));
        var accepted = Assert.IsType<RequestOutcome.Accepted>(BridgeRequest.Parse(json.RootElement, new RequestContext("us-east-1", []))).Request;

        Assert.False(accepted.Scope.IsEverything);
        Assert.Equal("world_eu", accepted.TargetSchema("world"));
        Assert.Equal((true, 48, 1), (accepted.NewExport, accepted.ParHours, accepted.KeepVersions));
        Assert.Equal((TypeMode.Faithful, PublishMode.Swap, VerifyMode.Statistics, ParAfterLoad.Keep), (accepted.Types, accepted.Publish, accepted.Verify, accepted.ParAfterLoad));
        Assert.Equal("ENUM('new','paid','sent')", accepted.ColumnTypes["shop.orders"]["status"]);
        // The message for an unknown field lists the known ones.
        using var unknown = JsonDocument.Parse("""{"snapshotArn":"x","zzzzzzzzzzzz":1}""");
        var refused = Assert.Throws<RequestInvalidException>(() => BridgeRequest.Parse(unknown.RootElement, new RequestContext("us-east-1", [])));
        Assert.Contains($"known are {string.Join(", ", json.RootElement.EnumerateObject().Select(field => field.Name))}", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task ExportEnded_IsUnderstoodAsTheEndOfAnExport(string file)
    {
        await using var rig = await ExportRig.StartAsync();
        var function = new ExportEndedFunction(
            new ExportMarkerOptions(new ExportLocation(ExportRig.Bucket, "exports/")), rig.S3(), rig.Rds(), rig.StepFunctions(), rig.Time);

        await LambdaCall.InvokeAsync<RdsEvent>(function.HandleAsync, Text(file), rig.Context);

        // It asked RDS for this snapshot's exports and found none here: anything else than an end is not asked about.
        Assert.Contains("of which no export task goes to s3://export-bucket/exports/", rig.Context.Text, StringComparison.Ordinal);
        Assert.Contains($"RDS-EVENT-{Path.GetFileNameWithoutExtension(file)[^4..]}", rig.Context.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void MarkerNotification_NamesItsExport()
    {
        var record = Assert.Single(Read<MarkerEvent>("s3-marker-notification.json").Records);

        Assert.Equal("rds-shop-2026-11-21-03-10-1a2b3c4d", new ExportLocation(record.S3.Bucket.Name, "exports/").TaskOf(record.S3.Object.KeyDecoded));
    }

    [Fact]
    public async Task MarkerOnEventBridge_NamesItsExport()
    {
        await using var rig = await ExportRig.StartAsync();
        var function = new SnapshotBridge.ExportMarker.Function(
            new ExportMarkerOptions(new ExportLocation("shop-exports", "exports/")), rig.S3(), rig.Rds(), rig.StepFunctions(), rig.Time);

        await LambdaCall.InvokeAsync<MarkerEvent>(function.HandleAsync, Text("s3-marker-eventbridge.json"), rig.Context);

        Assert.Contains("RDS lists no export task rds-shop-2026-11-21-03-10-1a2b3c4d", rig.Context.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Schedule_IsTakenAndStartsNothingWhereNothingIsNew()
    {
        await using var rig = await ExportRig.StartAsync();
        var options = new SweepOptions
        {
            Location = new ExportLocation(ExportRig.Bucket, "exports/"),
            Requests = new RequestContext("us-east-1", ["another"]),
            StateMachineArn = "arn:aws:states:us-east-1:123456789012:stateMachine:shop",
        };
        var function = new SweepFunction(options, rig.S3(), rig.Rds(), rig.StepFunctions(), rig.Time);

        var outcome = await LambdaCall.InvokeAsync<JsonElement, SweepOutcome>(function.HandleAsync, Text("schedule.json"), rig.Context);

        Assert.Equal(0, outcome.GetProperty("started").GetArrayLength());
    }

    [Fact]
    public async Task MarkerTestEvent_MeansNothing()
    {
        await using var rig = await ExportRig.StartAsync();
        var function = new SnapshotBridge.ExportMarker.Function(
            new ExportMarkerOptions(new ExportLocation(ExportRig.Bucket, "exports/")), rig.S3(), rig.Rds(), rig.StepFunctions(), rig.Time);

        await LambdaCall.InvokeAsync<MarkerEvent>(function.HandleAsync, Text("s3-test-event.json"), rig.Context);

        Assert.Contains("a test event", rig.Context.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Readme_DescribesEverySampleAndNothingElse()
    {
        var readme = Text("README.md");
        var described = System.Text.RegularExpressions.Regex.Matches(readme, @"^\| `([^`]+\.json)` \|", System.Text.RegularExpressions.RegexOptions.Multiline)
            .Select(match => match.Groups[1].Value);

        Assert.Equal(Files().Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void RunCompleted_IsReadAsTheCompletionOfARun()
    {
        using var json = JsonDocument.Parse(Text("run-completed.json"));
        var completion = json.RootElement.GetProperty("detail").Deserialize(AnnouncingJson.Default.RunCompletion)!;

        Assert.Equal((RunVerdict.Succeeded, PublishMode.Swap, 2), (completion.Verdict, completion.Publish, completion.Schemas.Count));
    }

    [Fact]
    public void Samples_NoneSlipsThroughTheTests() => Assert.All(Files(), file => Assert.True(
        file.StartsWith("manual-", StringComparison.Ordinal) || IsSnapshot(file) || file.StartsWith("export-", StringComparison.Ordinal)
        || file.StartsWith("s3-", StringComparison.Ordinal) || file.StartsWith("schedule", StringComparison.Ordinal) || file.StartsWith("run-", StringComparison.Ordinal),
        $"{file} is of no kind that a test reads."));

    private static bool IsSnapshot(string name) =>
        name.StartsWith("snapshot-", StringComparison.Ordinal) || name.StartsWith("backup-", StringComparison.Ordinal);

    private static IEnumerable<string> Files() => Directory.EnumerateFiles(Folder, "*.json").Select(path => Path.GetFileName(path));

    private static TheoryData<string> Named(Func<string, bool> wanted) => [.. Files().Where(wanted).Order(StringComparer.Ordinal)];

    private static string Text(string file) => File.ReadAllText(Path.Combine(Folder, file));

    private static T Read<T>(string file)
    {
        using var stream = File.OpenRead(Path.Combine(Folder, file));
        return new SnapshotBridge.ExportMarker.Serializer().Deserialize<T>(stream);
    }
}
