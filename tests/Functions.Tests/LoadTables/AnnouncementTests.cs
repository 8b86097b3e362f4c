using System.Text.Json;
using SnapshotBridge.Errors;
using SnapshotBridge.Loading;
using SnapshotBridge.LoadTables;
using SnapshotBridge.Local.Aws.Protocols;
using SnapshotBridge.Metrics;
using SnapshotBridge.TestKit.Metrics;
using Xunit;

namespace SnapshotBridge.Functions.Tests.LoadTables;

/// <summary>The event that tells of a run's end, as the bus receives it.</summary>
[Collection(LoadTablesTestGroup.Name)]
public sealed class AnnouncementTests(LoadServers servers) : IDisposable
{
    private readonly RecordedMetrics _metrics = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => servers.Aws.Events.Faults.Clear();

    [Fact]
    public async Task Handle_EverythingLoaded_AnnouncesSuccessWithTheReport()
    {
        var lab = await LoadableAsync();

        var output = await lab.InvokeAsync();

        var announced = Assert.Single(lab.Announced());
        Assert.Equal(("snapshotbridge", "Snapshot Bridge Run Completed"), ((string?)announced["source"], (string?)announced["detail-type"]));
        Assert.Equal((string?)announced["detail"]!["sourceArn"], (string?)Assert.Single(announced["resources"]!.AsArray()));
        var detail = announced["detail"]!;
        Assert.Equal(("SUCCEEDED", "execution-1"), ((string?)detail["verdict"], (string?)detail["executionName"]));
        Assert.Equal((LoadServers.ExportBucket, output.GetProperty("reportKey").GetString()), ((string?)detail["reportBucket"], (string?)detail["reportKey"]));
        Assert.Equal((1, 3), ((int?)detail["totals"]!["tablesLoaded"], (int?)detail["totals"]!["rows"]));
        Assert.Equal((string?)detail["id"], (await LoadStateAsync(lab)).Announced);
        await lab.AssertNoSecretsAsync();
    }

    [Fact]
    public async Task Handle_FailedTable_AnnouncesItBeforeItFails()
    {
        var lab = await new LoadLab(servers).Table("short", 5).CopiedAsync();
        await servers.HeatWave.BehaveAsync(lab.Schema, "short", rows: 3);

        await Assert.ThrowsAsync<TablesNotLoadedException>(() => lab.InvokeAsync());

        var detail = Assert.Single(lab.Announced())["detail"]!;
        Assert.Equal("TABLES_FAILED", (string?)detail["verdict"]);
        Assert.Equal("short", (string?)Assert.Single(detail["failedTables"]!.AsArray())!["table"]);
    }

    [Fact]
    public async Task Handle_EnteredAgainAfterASuccess_IsNotAnnouncedTwice()
    {
        var lab = await LoadableAsync();

        await lab.InvokeAsync();
        await lab.InvokeAsync();
        Assert.Single(lab.Announced());

        await lab.InvokeAsync("execution-2");
        Assert.Equal(["execution-1", "execution-2"], lab.Announced().Select(announced => (string?)announced["detail"]!["executionName"]));
    }

    [Theory]
    [InlineData("ThrottlingException")]
    [InlineData("InternalFailure")]
    public async Task Handle_EntryRefusedForAMoment_IsSentAgain(string code)
    {
        var lab = await LoadableAsync();
        servers.Aws.Events.Faults.RefuseEntries(code, "slow down", EventBridgeAnnouncer.MaxTries - 1);

        await lab.InvokeAsync();

        Assert.Single(lab.Announced());
        Assert.Equal(0, _metrics.Sum(BridgeMetrics.AnnouncementsFailed));
    }

    [Fact]
    public async Task Handle_BusRefusesForGood_SucceedsAllTheSameAndSaysSo()
    {
        var lab = await LoadableAsync();
        servers.Aws.Events.Faults.Fail(new AwsServiceException("AccessDeniedException", "not authorized to perform: events:PutEvents"));

        Assert.Equal("LOADED", (await lab.InvokeAsync()).GetProperty("status").GetString());

        Assert.Empty(lab.Announced());
        Assert.Equal(1, _metrics.Sum(BridgeMetrics.AnnouncementsFailed));
        Assert.Contains("could not be announced", lab.Log, StringComparison.Ordinal);
        Assert.Contains("events:PutEvents", lab.Log, StringComparison.Ordinal);

        // The next invocation that ends the same run tells of it.
        await lab.InvokeAsync();
        Assert.Single(lab.Announced());
    }

    [Theory]
    [InlineData("ThrottlingException", EventBridgeAnnouncer.MaxTries, typeof(AwsServiceUnavailableException))]
    [InlineData("NotAuthorizedForSourceException", 1, typeof(AwsRequestFailedException))]
    [InlineData("AccessDeniedException", 1, typeof(AwsAccessDeniedException))]
    public async Task RehearseAsync_EntryRefused_IsTypedAndBounded(string code, int refusals, Type type)
    {
        servers.Aws.Events.Faults.RefuseEntries(code, "because", refusals);
        using var events = new LoadLab(servers).EventBridge();
        var announcer = new EventBridgeAnnouncer(events, "default", TimeProvider.System);

        var failure = await Assert.ThrowsAnyAsync<BridgeException>(() => announcer.RehearseAsync("rehearsal", Token));

        Assert.IsType(type, failure);
        Assert.Contains($"{code}: because", failure.Message, StringComparison.Ordinal);
        await announcer.RehearseAsync("rehearsal", Token);
    }

    [Fact]
    public async Task Handle_BusByArn_ReceivesThere()
    {
        var lab = await LoadableAsync();
        lab.Options = lab.Options with { EventBus = $"arn:aws:events:{servers.Aws.Region}:123456789012:event-bus/bridge-{lab.Schema}" };

        await lab.InvokeAsync();

        Assert.Empty(lab.Announced());
        Assert.Single(servers.Aws.Events.Taken($"bridge-{lab.Schema}"));
    }

    private async Task<LoadLab> LoadableAsync()
    {
        var lab = await new LoadLab(servers) { Metrics = _metrics }.Table("country", 3).CopiedAsync();
        await servers.HeatWave.BehaveAsync(lab.Schema, "country", rows: 3);
        return lab;
    }

    private static async Task<LoadState> LoadStateAsync(LoadLab lab) =>
        JsonSerializer.Deserialize(await lab.DocumentAsync("load.json"), LoadingJson.Default.LoadState)!;
}
