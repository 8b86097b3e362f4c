using System.Globalization;
using Amazon.Runtime;
using Amazon.S3;
using SnapshotBridge.Copying;
using SnapshotBridge.CopyTable;
using SnapshotBridge.Errors;
using SnapshotBridge.Local.Aws.S3;
using SnapshotBridge.Local.Aws.Signing;
using SnapshotBridge.Oci;
using SnapshotBridge.TestKit;
using Xunit;
using ChecksumAlgorithm = SnapshotBridge.Copying.ChecksumAlgorithm;

namespace SnapshotBridge.Functions.Tests.CopyTable;

/// <summary>Reading object bytes past the SDK: signed as S3 wants, patient as S3 asks, and the SDK's word where an answer is neither bytes nor overload.</summary>
public sealed class S3DownloadsTests
{
    private const string Bucket = "export-bucket";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("exports/a b+c=d/ü~!'()*&@.parquet")]
    [InlineData("exports/./../%2F//x.parquet")]
    public async Task ReadAsync_TemporaryCredentialsAndOddKey_SignatureIsAccepted(string key)
    {
        var folder = Directory.CreateTempSubdirectory("snapshotbridge-s3-").FullName;
        try
        {
            using var store = new S3Store(new S3StoreOptions { Folder = folder });
            store.CreateBucket(Bucket);
            var access = new AwsAccessKey("ASIATEST", "the-secret", "the-session-token");
            await using var server = await S3Server.StartAsync(store, new S3ServerOptions { AccessKeys = [access] }, Token);
            var content = new byte[3000];
            Random.Shared.NextBytes(content);
            var stored = await store.PutAsync(Bucket, key, new MemoryStream(content), null, Token);
            using var s3 = Client(server.Endpoint, new SessionAWSCredentials(access.AccessKeyId, access.SecretAccessKey, access.SessionToken));
            using var downloads = new S3Downloads(s3, TimeProvider.System);
            var source = new S3ObjectSource(s3, downloads, Bucket, new S3SourceOptions(), () => { });

            var read = new byte[content.Length];
            Assert.Equal(ChecksumAlgorithm.Crc64Nvme, (await source.ReadAsync(key, stored.ETag, content.Length, 0, read, Token))?.Algorithm);
            Assert.Equal(content, read);
            Assert.Null(await source.ReadAsync(key, stored.ETag, content.Length, 1000, read.AsMemory(0, 500), Token));
            Assert.Equal(content[1000..1500], read[..500]);
            Assert.Equal(2, server.Requests.Entries.Count);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("503 Slow Down", true)]
    [InlineData("429 Too Many Requests", true)]
    [InlineData("500 Internal Server Error", false)]
    public async Task ReadAsync_Overload_IsSignedAnewAfterRetryAfter(string status, bool isThrottle)
    {
        await using var server = new ScriptedServer(
            ScriptedServer.Answer(status, "", "Retry-After: 17"), ScriptedServer.Answer("200 OK", "0123456789", "ETag: \"e\""));
        using var s3 = Client(server.Endpoint);
        var time = new SteppingTime();
        using var downloads = new S3Downloads(s3, time);
        var throttled = 0;
        var source = new S3ObjectSource(s3, downloads, Bucket, new S3SourceOptions { Time = time }, () => throttled++);
        await source.ReadAsync("k", "\"e\"", 10, 0, new byte[10], Token);
        Assert.Equal(isThrottle ? 1 : 0, throttled);
        Assert.Contains(time.Waits, wait => wait >= TimeSpan.FromSeconds(17) && wait < TimeSpan.FromSeconds(17) + new S3SourceOptions().FirstPause);
        Assert.Equal(2, server.Heads.Select(SignatureOf).Distinct().Count());
    }

    [Theory]
    [InlineData("503 Slow Down", true)]
    [InlineData("500 Internal Server Error", false)]
    public async Task ReadAsync_AskedToWaitForLongerThanItDoes_GivesUpAtOnce(string status, bool isThrottle)
    {
        await using var server = new ScriptedServer(ScriptedServer.Answer(status, "", "Retry-After: 61"));
        using var s3 = Client(server.Endpoint);
        var time = new SteppingTime();
        using var downloads = new S3Downloads(s3, time);
        var source = new S3ObjectSource(s3, downloads, Bucket, new S3SourceOptions { Time = time }, () => { });
        var failure = await Assert.ThrowsAnyAsync<BridgeException>(() => source.ReadAsync("k", "\"e\"", 10, 0, new byte[10], Token));
        Assert.Equal(isThrottle ? typeof(TransferThrottledException) : typeof(TransferInterruptedException), failure.GetType());
        Assert.Contains("Retry-After 61 s", failure.Message, StringComparison.Ordinal);
        Assert.Single(server.Heads);
    }

    [Fact(Timeout = 300_000)]
    public async Task ReadAsync_BodyStandsStill_IsContinuedOnceTheClockSaysSo()
    {
        using var half = new SemaphoreSlim(0);
        await using var server = new ScriptedServer(
            ScriptedServer.Head("200 OK", 10, "ETag: \"e\"") + "0123", ScriptedServer.Answer("206 Partial Content", "89", "ETag: \"e\""))
        {
            Answered = async (stream, token) =>
            {
                await half.WaitAsync(token);
                await stream.WriteAsync("4567"u8.ToArray(), token);
                await ScriptedServer.UntilClosedAsync(stream, token);
            },
        };
        using var s3 = Client(server.Endpoint);
        using var downloads = new S3Downloads(s3, TimeProvider.System);
        var time = new ManualTime();
        var standsStill = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var renewals = 0;
        time.TimerSetAnew = () =>
        {
            if (++renewals == 2)
            {
                standsStill.SetResult();
            }
        };
        var options = new S3SourceOptions { StallTimeout = TimeSpan.FromHours(1), StallBytes = 4, FirstPause = TimeSpan.Zero, Time = time };
        var source = new S3ObjectSource(s3, downloads, Bucket, options, () => { });
        var buffer = new byte[10];
        var read = source.ReadAsync("k", "\"e\"", 10, 0, buffer, Received, Token);

        // Enough has come in each hour, though not all in the first: the body was waited for.
        await Task.WhenAny(standsStill.Task, read);
        Assert.Single(server.Heads);
        time.Advance(TimeSpan.FromHours(1));
        await read;

        Assert.Equal("0123456789"u8, buffer);
        Assert.Equal(["bytes=8-9"], server.Heads.Skip(1).Select(head => HeaderOf(head, "Range")));

        void Received(int count)
        {
            if (count is 4 or 8)
            {
                time.Advance(TimeSpan.FromMinutes(45));
                half.Release();
            }
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task ReadAsync_NoAnswerComes_IsAskedForAgainOnceTheClockSaysSo()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = new ScriptedServer("", ScriptedServer.Answer("200 OK", "0123456789", "ETag: \"e\""))
        {
            Answered = async (stream, token) =>
            {
                asked.SetResult();
                await ScriptedServer.UntilClosedAsync(stream, token);
            },
        };
        using var s3 = Client(server.Endpoint);
        using var downloads = new S3Downloads(s3, TimeProvider.System);
        var time = new ManualTime();
        var options = new S3SourceOptions { StallTimeout = TimeSpan.FromHours(1), FirstPause = TimeSpan.Zero, Time = time };
        var source = new S3ObjectSource(s3, downloads, Bucket, options, () => { });
        var buffer = new byte[10];
        var read = source.ReadAsync("k", "\"e\"", 10, 0, buffer, Token);

        await Task.WhenAny(asked.Task, read);
        time.Advance(TimeSpan.FromHours(1));
        await read;

        Assert.Equal("0123456789"u8, buffer);
        Assert.Equal(2, server.Heads.Count);
    }

    [Fact(Timeout = 300_000)]
    public async Task ReadAsync_CallerGivesUpWhileTheBodyStandsStill_IsACancellation()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = new ScriptedServer(ScriptedServer.Head("200 OK", 10, "ETag: \"e\"") + "0123")
        {
            Answered = ScriptedServer.UntilClosedAsync,
        };
        using var s3 = Client(server.Endpoint);
        using var downloads = new S3Downloads(s3, TimeProvider.System);
        var source = new S3ObjectSource(s3, downloads, Bucket, new S3SourceOptions { Time = new ManualTime() }, () => { });
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var read = source.ReadAsync("k", "\"e\"", 10, 0, new byte[10], _ => asked.TrySetResult(), ending.Token);

        await Task.WhenAny(asked.Task, read);
        await ending.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
    }

    [Fact]
    public async Task ReadAsync_ThrottledToTheEnd_IsThrottled()
    {
        await using var server = new ScriptedServer(Enumerable.Repeat(ScriptedServer.Answer("503 Slow Down"), 3));
        using var s3 = Client(server.Endpoint);
        using var downloads = new S3Downloads(s3, TimeProvider.System);
        var source = new S3ObjectSource(s3, downloads, Bucket, new S3SourceOptions { MaxAttempts = 3, Time = new SteppingTime() }, () => { });
        await Assert.ThrowsAsync<TransferThrottledException>(() => source.ReadAsync("k", "\"e\"", 10, 0, new byte[10], Token));
        Assert.Equal(3, server.Heads.Count);
    }

    [Fact]
    public async Task ReadAsync_OtherBytesThanTheETagsMd5_AreReadAgainThenCorrupted()
    {
        // The MD5 of 0123456789; nothing else tells about the bytes.
        const string eTag = "\"781e5e245d69b566979b86e28d23f2c7\"";
        var wrong = ScriptedServer.Answer("200 OK", "0123456780", $"ETag: {eTag}");
        var right = ScriptedServer.Answer("200 OK", "0123456789", $"ETag: {eTag}");
        await using var server = new ScriptedServer(wrong, right, wrong, wrong);
        using var s3 = Client(server.Endpoint);
        using var downloads = new S3Downloads(s3, TimeProvider.System);
        var source = new S3ObjectSource(s3, downloads, Bucket, new S3SourceOptions { Time = new SteppingTime() }, () => { });
        var buffer = new byte[10];
        var told = new List<int>();
        Assert.Null(await source.ReadAsync("k", eTag, 10, 0, buffer, told.Add, Token));
        Assert.Equal("0123456789"u8, buffer);

        // Whoever computes with the bytes as they come learns that the first ones were not it.
        Assert.Equal([10, 0, 10], told.Where(count => count is 0 or 10));
        await Assert.ThrowsAsync<ObjectCorruptedException>(() => source.ReadAsync("k", eTag, 10, 0, buffer, Token));
        Assert.Equal(4, server.Heads.Count);
    }

    [Fact]
    public async Task ReadAsync_AnswerOfAnotherVersion_IsNotTaken()
    {
        await using var server = new ScriptedServer(ScriptedServer.Answer("200 OK", "0123456789", "ETag: \"another\""));
        using var s3 = Client(server.Endpoint);
        using var downloads = new S3Downloads(s3, TimeProvider.System);
        var source = new S3ObjectSource(s3, downloads, Bucket, new S3SourceOptions(), () => { });
        var failure = await Assert.ThrowsAsync<SourceObjectChangedException>(() => source.ReadAsync("k", "\"e\"", 10, 0, new byte[10], Token));
        Assert.Contains("another", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(-20)]
    public async Task ReadAsync_ClockIsOff_IsCorrectedOnceByTheServices(int minutes)
    {
        var folder = Directory.CreateTempSubdirectory("snapshotbridge-s3-").FullName;
        try
        {
            using var store = new S3Store(new S3StoreOptions { Folder = folder });
            store.CreateBucket(Bucket);
            var access = new AwsAccessKey("AKIATEST", "secret");
            await using var server = await S3Server.StartAsync(store, new S3ServerOptions { AccessKeys = [access] }, Token);
            var stored = await store.PutAsync(Bucket, "k", new MemoryStream("0123456789"u8.ToArray()), null, Token);
            using var s3 = Client(server.Endpoint);
            var corrections = new List<double>();
            using var downloads = new S3Downloads(s3, new SteppingTime(TimeSpan.FromMinutes(minutes))) { OnClockCorrected = ahead => corrections.Add(ahead.TotalMinutes) };
            var source = new S3ObjectSource(s3, downloads, Bucket, new S3SourceOptions(), () => { });

            var read = new byte[10];
            await source.ReadAsync("k", stored.ETag, 10, 0, read, Token);
            await source.ReadAsync("k", stored.ETag, 10, 0, read, Token);

            Assert.Equal("0123456789"u8, read);
            Assert.Equal(minutes, Assert.Single(corrections), tolerance: 1);
            Assert.Equal(["RequestTimeTooSkewed", null, null], server.Requests.Entries.Select(entry => entry.ErrorCode));
            Assert.All(server.Requests.Entries, entry => Assert.Equal("SnapshotBridge", entry.UserAgent));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task ReadAsync_ClockIsOffForGood_IsSaidWithBothTimes()
    {
        const string skewed = "<Error><Code>RequestTimeTooSkewed</Code><Message>The difference between the request time and the current time is too large.</Message></Error>";
        var theirs = TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(1);
        await using var server = new ScriptedServer(
            Enumerable.Repeat(ScriptedServer.Answer("403 Forbidden", skewed, "Content-Type: application/xml", $"Date: {theirs:R}"), 10));
        // The SDK keeps what it learns of an endpoint's clock for the life of the process, and another test's server may get this
        // port: so this one goes by a name that no other client has.
        using var s3 = Client(new UriBuilder(server.Endpoint) { Host = "localhost" }.Uri);
        using var downloads = new S3Downloads(s3, TimeProvider.System);
        var source = new S3ObjectSource(s3, downloads, Bucket, new S3SourceOptions(), () => { });
        var failure = await Assert.ThrowsAsync<AwsClockSkewedException>(() => source.ReadAsync("k", "\"e\"", 10, 0, new byte[10], Token));
        Assert.InRange(failure.ClockSkew!.Value.TotalMinutes, 59, 70);
        Assert.Contains("RequestTimeTooSkewed", failure.Message, StringComparison.Ordinal);
        Assert.Contains($"{theirs:yyyy-MM-dd'T'HH:mm:ss'Z'}", failure.Message, StringComparison.Ordinal);
        Assert.Contains("ahead", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("policy", failure.Message, StringComparison.Ordinal);

        // The corrected time once, not again and again.
        Assert.Equal(2, server.Heads.Count(head => head.Contains("User-Agent: SnapshotBridge\r\n", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task PutObjectAsync_FirstAttemptSmall_WaitsForGoAheadOnlyAfterARefusal()
    {
        var answers = new[] { ScriptedServer.Answer("503 Service Unavailable"), ScriptedServer.Answer("200 OK", "", "etag: e1") };
        await using var server = new ScriptedServer(answers);
        using var storage = new OciObjectStorage(
            OciCredentials.Parse(Local.Oci.OciUser.Generate().SecretJson(), "secret"),
            new OciClientOptions { Endpoint = server.Endpoint, Delay = (_, _) => Task.CompletedTask });
        var put = new OciPutOptions { ContentType = "text/plain", CreateOnly = true };
        var written = await storage.PutObjectAsync(new OciBucket("ns", "b"), "o", new byte[2 << 20], put, DateTimeOffset.MaxValue, Token);
        Assert.Equal(OciWriteOutcome.Stored, written.Outcome);
        Assert.DoesNotContain("Expect:", server.Heads[0], StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Expect: 100-continue", server.Heads[1], StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task SendAsync_RepeatedAfterALongPause_IsSignedForTheTimeOfEachAttempt()
    {
        var answers = new[]
        {
            ScriptedServer.Answer("503 Service Unavailable", "", "Retry-After: 400"), ScriptedServer.Answer("500 Internal Server Error", "", "Retry-After: 400"),
            ScriptedServer.Answer("200 OK", "", "etag: e1"),
        };
        await using var server = new ScriptedServer(answers);
        var time = new LeapingTime();
        using var storage = new OciObjectStorage(
            OciCredentials.Parse(Local.Oci.OciUser.Generate().SecretJson(), "secret"),
            new OciClientOptions { Endpoint = server.Endpoint, Time = time, Delay = (wait, _) => time.Pass(wait) });
        var put = new OciPutOptions { ContentType = "text/plain", CreateOnly = true };
        await storage.PutObjectAsync(new OciBucket("ns", "b"), "o", "text"u8.ToArray(), put, time.GetUtcNow() + TimeSpan.FromHours(1), Token);

        // OCI refuses a Date that is five minutes old, and a signature over another Date.
        AssertLater([.. server.Heads.Select(head => DateTimeOffset.Parse(HeaderOf(head, "Date"), CultureInfo.InvariantCulture))], TimeSpan.FromSeconds(399));
        Assert.Equal(3, server.Heads.Select(SignatureOf).Distinct().Count());
    }

    [Fact]
    public async Task ReadAsync_RepeatedAfterPauses_IsSignedForTheTimeOfEachAttempt()
    {
        var refused = ScriptedServer.Answer("503 Slow Down", "", "Retry-After: 50");
        await using var server = new ScriptedServer(refused, refused, ScriptedServer.Answer("200 OK", "0123456789", "ETag: \"e\""));
        using var s3 = Client(server.Endpoint);
        var time = new SteppingTime();
        using var downloads = new S3Downloads(s3, time);
        var source = new S3ObjectSource(s3, downloads, Bucket, new S3SourceOptions { Time = time }, () => { });
        await source.ReadAsync("k", "\"e\"", 10, 0, new byte[10], Token);
        AssertLater(
            [.. server.Heads.Select(head => DateTimeOffset.ParseExact(
                HeaderOf(head, "x-amz-date"), "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal))],
            TimeSpan.FromSeconds(49));
        Assert.Equal(3, server.Heads.Select(SignatureOf).Distinct().Count());
    }

    private static void AssertLater(DateTimeOffset[] times, TimeSpan pause)
    {
        Assert.Equal(3, times.Length);
        Assert.All(times.Zip(times.Skip(1)), pair => Assert.True(pair.Second - pair.First >= pause, $"{pair.First:O}, {pair.Second:O}"));
    }

    private static string HeaderOf(string head, string name) =>
        head.Split("\r\n").Single(line => line.StartsWith(name + ": ", StringComparison.OrdinalIgnoreCase))[(name.Length + 2)..];

    private static string SignatureOf(string head) => head.Split("\r\n").Single(line => line.StartsWith("Authorization:", StringComparison.OrdinalIgnoreCase));

    private static AmazonS3Client Client(Uri endpoint, AWSCredentials? credentials = null)
    {
        credentials ??= new BasicAWSCredentials("AKIATEST", "secret");
        return new AmazonS3Client(credentials, new AmazonS3Config
        {
            ServiceURL = endpoint.ToString(), AuthenticationRegion = "us-east-1", ForcePathStyle = true, MaxErrorRetry = 1, DefaultAWSCredentials = credentials,
        });
    }

    /// <summary>A clock that jumps ahead by whatever is waited for.</summary>
    private sealed class SteppingTime(TimeSpan ahead = default) : TimeProvider
    {
        private readonly List<TimeSpan> _waits = [];
        private TimeSpan _ahead = ahead;

        public IReadOnlyList<TimeSpan> Waits => _waits;

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _ahead;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (state is CancellationTokenSource)
            {
                // A limit: nobody waits for it.
                return base.CreateTimer(callback, state, dueTime, period);
            }

            _waits.Add(dueTime);
            _ahead += dueTime;
            return base.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }

    /// <summary>A clock that is put ahead; its timers are the real ones.</summary>
    private sealed class LeapingTime : TimeProvider
    {
        private TimeSpan _ahead;

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _ahead;

        public Task Pass(TimeSpan wait)
        {
            _ahead += wait;
            return Task.CompletedTask;
        }
    }
}
