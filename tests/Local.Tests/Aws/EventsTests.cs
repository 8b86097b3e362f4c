using System.Text.Json.Nodes;
using Amazon.EventBridge;
using Amazon.EventBridge.Model;
using SnapshotBridge.Local.Aws.Protocols;
using Xunit;

namespace SnapshotBridge.Local.Tests.Aws;

public sealed class EventsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task PutEvents_Taken_ReachesTheSinkInItsEnvelope()
    {
        await using var aws = await AwsFixture.StartAsync();
        var delivered = new List<JsonObject>();
        aws.Endpoints.Events.Sink = (published, _) =>
        {
            delivered.Add(published);
            return Task.CompletedTask;
        };

        var answer = await aws.Events().PutEventsAsync(new PutEventsRequest { Entries = [Entry()] }, Token);

        var published = Assert.Single(delivered);
        Assert.Equal(answer.Entries[0].EventId, (string?)published["id"]);
        Assert.Equal(("bridge", "Tried", "2026-11-21T08:00:00Z"), ((string?)published["source"], (string?)published["detail-type"], (string?)published["time"]));
        Assert.Equal("ä", (string?)published["detail"]!["a"]);
        Assert.Equal("arn:x", (string?)Assert.Single(published["resources"]!.AsArray()));
        Assert.Equal((aws.Endpoints.AccountId, aws.Endpoints.Region, "0"), ((string?)published["account"], (string?)published["region"], (string?)published["version"]));
    }

    [Fact]
    public async Task PutEvents_OneEntryRefused_TakesTheOthers()
    {
        await using var aws = await AwsFixture.StartAsync();
        aws.Endpoints.Events.Faults.RefuseEntries("ThrottlingException", "slow down");

        var answer = await aws.Events().PutEventsAsync(new PutEventsRequest { Entries = [Entry(), Entry()] }, Token);

        Assert.Equal(1, answer.FailedEntryCount);
        Assert.Equal(("ThrottlingException", "slow down"), (answer.Entries[0].ErrorCode, answer.Entries[0].ErrorMessage));
        Assert.Equal(answer.Entries[1].EventId, (string?)Assert.Single(aws.Endpoints.Events.Taken())["id"]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(11)]
    public async Task PutEvents_NoneOrMoreThanTen_IsRefused(int count)
    {
        await using var aws = await AwsFixture.StartAsync();

        var error = await Assert.ThrowsAsync<AmazonEventBridgeException>(
            () => aws.Events().PutEventsAsync(new PutEventsRequest { Entries = [.. Enumerable.Range(0, count).Select(_ => Entry())] }, Token));

        Assert.Equal("ValidationException", error.ErrorCode);
        Assert.Empty(aws.Endpoints.Events.Taken());
    }

    [Fact]
    public async Task PutEvents_AboveTheLimitOfBytes_IsRefused()
    {
        await using var aws = await AwsFixture.StartAsync();
        var room = 256 * 1024 - 14 - "bridge".Length - "Tried".Length - "arn:x".Length - """{"a":""}""".Length;

        await aws.Events().PutEventsAsync(new PutEventsRequest { Entries = [Entry(new string('x', room))] }, Token);
        var error = await Assert.ThrowsAsync<AmazonEventBridgeException>(
            () => aws.Events().PutEventsAsync(new PutEventsRequest { Entries = [Entry(new string('x', room + 1))] }, Token));

        Assert.Equal("ValidationException", error.ErrorCode);
        Assert.Single(aws.Endpoints.Events.Taken());
    }

    [Fact]
    public async Task PutEvents_WrongSecretOrFault_IsRefused()
    {
        await using var aws = await AwsFixture.StartAsync();
        var wrong = await Assert.ThrowsAsync<AmazonEventBridgeException>(
            () => aws.Events(AwsFixture.WrongSecret(aws.Endpoints)).PutEventsAsync(new PutEventsRequest { Entries = [Entry()] }, Token));
        Assert.Equal("InvalidSignatureException", wrong.ErrorCode);

        aws.Endpoints.Events.Faults.Fail(new AwsServiceException("InternalException", "why", 500));
        await Assert.ThrowsAsync<InternalException>(() => aws.Events().PutEventsAsync(new PutEventsRequest { Entries = [Entry()] }, Token));
        await aws.Events().PutEventsAsync(new PutEventsRequest { Entries = [Entry()] }, Token);
    }

    private static PutEventsRequestEntry Entry(string value = "ä") => new()
    {
        Source = "bridge",
        DetailType = "Tried",
        Detail = $$"""{"a":"{{value}}"}""",
        Resources = ["arn:x"],
        Time = new DateTime(2026, 11, 21, 8, 0, 0, DateTimeKind.Utc),
    };
}
