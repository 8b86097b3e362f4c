using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using SnapshotBridge.Local.Aws.S3;
using Xunit;

namespace SnapshotBridge.Local.Tests.Aws;

public sealed class S3NotificationTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Notification_OfAPut_HasS3sShape()
    {
        await using var aws = await AwsFixture.StartAsync();
        var receiver = new Receiver();
        await using var notifications = new S3Notifications(aws.Store, Options(), receiver.ReceiveAsync);

        var stored = await aws.Store.PutAsync(
            AwsFixture.Bucket, "exports/rds:x/a b+c/ü=1/_SUCCESS", ReadOnlyMemory<byte>.Empty, cancellationToken: Token);
        await notifications.WhenIdleAsync(Token);

        using var message = JsonDocument.Parse(Assert.Single(receiver.Messages));
        var record = Assert.Single(message.RootElement.GetProperty("Records").EnumerateArray().ToList());
        Assert.Equal("2.1", record.GetProperty("eventVersion").GetString());
        Assert.Equal("aws:s3", record.GetProperty("eventSource").GetString());
        Assert.Equal("us-east-1", record.GetProperty("awsRegion").GetString());
        Assert.Equal("ObjectCreated:Put", record.GetProperty("eventName").GetString());
        Assert.True(DateTimeOffset.TryParse(record.GetProperty("eventTime").GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _));
        var s3 = record.GetProperty("s3");
        Assert.Equal(AwsFixture.Bucket, s3.GetProperty("bucket").GetProperty("name").GetString());
        Assert.Equal($"arn:aws:s3:::{AwsFixture.Bucket}", s3.GetProperty("bucket").GetProperty("arn").GetString());
        var entry = s3.GetProperty("object");
        Assert.Equal("exports/rds%3Ax/a+b%2Bc/%C3%BC%3D1/_SUCCESS", entry.GetProperty("key").GetString());
        Assert.Equal(0, entry.GetProperty("size").GetInt64());
        Assert.Equal(stored.ETag, $"\"{entry.GetProperty("eTag").GetString()}\"");
        Assert.Matches("^[0-9A-F]{18}$", entry.GetProperty("sequencer").GetString());
    }

    [Fact]
    public async Task Notification_Configured_BeginsWithATestEvent()
    {
        await using var aws = await AwsFixture.StartAsync();
        var receiver = new Receiver();
        await using (new S3Notifications(aws.Store, Options() with { SendTestEvent = true }, receiver.ReceiveAsync))
        {
            while (receiver.Messages.IsEmpty)
                await Task.Delay(5, Token);
        }

        using var message = JsonDocument.Parse(Assert.Single(receiver.Messages));
        Assert.Equal("s3:TestEvent", message.RootElement.GetProperty("Event").GetString());
        Assert.False(message.RootElement.TryGetProperty("Records", out _));
    }

    [Fact]
    public async Task Notification_OtherPrefixSuffixOrBucket_IsNotSent()
    {
        await using var aws = await AwsFixture.StartAsync();
        aws.Store.CreateBucket("other-bucket");
        var receiver = new Receiver();
        await using var notifications = new S3Notifications(aws.Store, Options(), receiver.ReceiveAsync);

        await PutAsync(aws, "exports/t/part-0.parquet");
        await PutAsync(aws, "bridge/t/_SUCCESS");
        await aws.Store.PutAsync("other-bucket", "exports/t/_SUCCESS", ReadOnlyMemory<byte>.Empty, cancellationToken: Token);
        await PutAsync(aws, "exports/t/_SUCCESS");
        await notifications.WhenIdleAsync(Token);

        Assert.Equal(["exports/t/_SUCCESS"], receiver.Keys);
    }

    [Fact]
    public async Task Faults_DropDuplicateShuffle_AreTheSameForOneSeed()
    {
        var first = await RunAsync();
        var second = await RunAsync();

        Assert.Equal(first, second);
        Assert.Equal(30, first.Distinct().Count());
        Assert.True(first.Count > 30, "some events come twice");
        Assert.NotEqual(first.Distinct().Order(StringComparer.Ordinal), first.Distinct());
        Assert.DoesNotContain("exports/lost/_SUCCESS", first);

        static async Task<List<string>> RunAsync()
        {
            await using var aws = await AwsFixture.StartAsync();
            var receiver = new Receiver();
            // One at a time, so that the order of arrival is the order of sending.
            await using var notifications = new S3Notifications(aws.Store, Options() with { MaxConcurrentDeliveries = 1 }, receiver.ReceiveAsync)
            {
                Faults = new S3NotificationFaults
                {
                    DuplicateShare = 0.3,
                    ShuffleWindow = 10,
                    ShuffleWait = TimeSpan.FromMinutes(1),
                    Drop = stored => stored.Key.Contains("lost", StringComparison.Ordinal),
                    Seed = 42,
                },
            };
            await PutAsync(aws, "exports/lost/_SUCCESS");
            for (var number = 0; number < 30; number++)
                await PutAsync(aws, $"exports/{number:D2}/_SUCCESS");
            await notifications.WhenIdleAsync(Token);
            return [.. receiver.Keys];
        }
    }

    [Fact]
    public async Task Delivery_Refused_IsTriedTwiceMore()
    {
        await using var aws = await AwsFixture.StartAsync();
        var receiver = new Receiver { Refuse = 2 };
        await using var notifications = new S3Notifications(aws.Store, Options(), receiver.ReceiveAsync);

        await PutAsync(aws, "exports/t/_SUCCESS");
        await notifications.WhenIdleAsync(Token);

        Assert.Equal(3, receiver.Keys.Count());
        Assert.Equal((1, 0), (notifications.Delivered, notifications.Abandoned));
    }

    [Fact]
    public async Task Delivery_RefusedThreeTimes_IsGivenUp()
    {
        await using var aws = await AwsFixture.StartAsync();
        var receiver = new Receiver { Refuse = 99 };
        await using var notifications = new S3Notifications(aws.Store, Options(), receiver.ReceiveAsync);

        await PutAsync(aws, "exports/t/_SUCCESS");
        await notifications.WhenIdleAsync(Token);

        Assert.Equal(3, receiver.Keys.Count());
        Assert.Equal((0, 1), (notifications.Delivered, notifications.Abandoned));
    }

    [Fact]
    public async Task Dispose_WhileADeliveryHangs_ReturnsAtOnce()
    {
        await using var aws = await AwsFixture.StartAsync();
        var entered = new TaskCompletionSource();
        var notifications = new S3Notifications(aws.Store, Options(), async (_, cancellationToken) =>
        {
            entered.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        });
        await PutAsync(aws, "exports/t/_SUCCESS");
        await entered.Task.WaitAsync(Token);

        await notifications.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(10), Token);

        Assert.Equal(0, notifications.Delivered);
    }

    private static S3NotificationOptions Options() => new()
    {
        Bucket = AwsFixture.Bucket,
        Prefix = "exports/",
        Suffix = "_SUCCESS",
        SendTestEvent = false,
        RetryDelays = [TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(10)],
    };

    private static Task<S3Object> PutAsync(AwsFixture aws, string key)
        => aws.Store.PutAsync(AwsFixture.Bucket, key, ReadOnlyMemory<byte>.Empty, cancellationToken: Token);

    private sealed class Receiver
    {
        private int _calls;

        public ConcurrentQueue<byte[]> Messages { get; } = new();

        public int Refuse { get; init; }

        public IEnumerable<string> Keys => Messages.Select(message =>
        {
            using var document = JsonDocument.Parse(message);
            return document.RootElement.GetProperty("Records")[0].GetProperty("s3").GetProperty("object").GetProperty("key").GetString()!;
        });

        public Task ReceiveAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
        {
            Messages.Enqueue(message.ToArray());
            return Interlocked.Increment(ref _calls) <= Refuse ? throw new InvalidOperationException("not now") : Task.CompletedTask;
        }
    }
}
