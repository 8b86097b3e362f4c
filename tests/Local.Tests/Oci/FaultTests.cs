using System.Net;
using System.Net.Sockets;
using SnapshotBridge.Copying;
using SnapshotBridge.Errors;
using SnapshotBridge.Local.Oci;
using SnapshotBridge.Oci;
using SnapshotBridge.TestKit;
using Xunit;

namespace SnapshotBridge.Local.Tests.Oci;

/// <summary>Our client against an endpoint that misbehaves.</summary>
public sealed class FaultTests
{
    private static readonly Func<OciRequestInfo, bool> Puts = request => request.Operation == OciOperation.PutObject;

    public static TheoryData<string> PassingFaults => ["429", "503", "500", "502", "408", "409", "504", "404"];

    [Theory]
    [MemberData(nameof(PassingFaults))]
    public async Task PutObject_FaultPasses_StoresAfterRetry(string kind)
    {
        await using var lab = await OciLab.StartAsync();
        var rule = lab.Faults.Add(Fault(kind), Puts, times: 3);
        var body = OciLab.Bytes(2 << 20);

        var result = await lab.PutAsync("x", body, createOnly: true);

        Assert.Equal(OciWriteOutcome.Stored, result.Outcome);
        Assert.Equal(body, lab.Store.Read(OciLab.BucketName, "x"));
        Assert.Equal(3, rule.Triggered);
        Assert.Equal([1, 2, 3], lab.Retries.Select(retry => retry.Attempt));
        Assert.All(lab.Retries, retry => Assert.Equal(kind is "429" or "503", retry.IsThrottle));

        // Refused before the go-ahead: the three failed attempts cost no transfer.
        Assert.Equal(body.Length, lab.RequestsOf(OciOperation.PutObject).Sum(request => request.BodyBytesReceived));
    }

    [Theory]
    [InlineData("429", typeof(TransferThrottledException))]
    [InlineData("503", typeof(TransferThrottledException))]
    [InlineData("500", typeof(TransferInterruptedException))]
    [InlineData("502", typeof(TransferInterruptedException))]
    [InlineData("504", typeof(TransferInterruptedException))]
    public async Task PutObject_FaultStays_EightAttemptsThenATypedError(string kind, Type expected)
    {
        await using var lab = await OciLab.StartAsync();
        lab.Faults.Add(Fault(kind), Puts, times: int.MaxValue);

        var failure = await Assert.ThrowsAsync(expected, () => lab.PutAsync("run/x", OciLab.Bytes(10)));

        Assert.Equal(8, lab.RequestsOf(OciOperation.PutObject).Count);
        Assert.Contains("run/x", failure.Message, StringComparison.Ordinal);
        Assert.Contains(kind, failure.Message, StringComparison.Ordinal);
        Assert.Contains("8 attempts", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(409, "NotAuthorizedOrResourceAlreadyExists")]
    [InlineData(501, "NotImplemented")]
    [InlineData(400, "InvalidParameter")]
    [InlineData(403, "NotAllowed")]
    [InlineData(413, "RequestEntityTooLarge")]
    public async Task PutObject_FinalRefusal_IsNotRetriedAndKeepsCodeMessageAndRequestId(int status, string code)
    {
        await using var lab = await OciLab.StartAsync();
        lab.Faults.Add(OciFaultAction.Error(status, code, "Because of this."), Puts);

        var failure = await Assert.ThrowsAsync<OciRequestRejectedException>(() => lab.PutAsync("x", OciLab.Bytes(10)));

        Assert.Equal((status, code, lab.Store.Requests.Single().RequestId), (failure.Status, failure.Code, failure.RequestId));
        Assert.Contains("Because of this.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PutObject_BucketNotFoundFourTimes_IsBelieved()
    {
        await using var lab = await OciLab.StartAsync();
        lab.Faults.Add(OciFaultAction.SpuriousBucketNotFound(), Puts, times: int.MaxValue);

        await Assert.ThrowsAsync<OciBucketNotFoundException>(() => lab.PutAsync("x", OciLab.Bytes(10)));

        Assert.Equal(4, lab.Store.Requests.Count);
    }

    [Fact]
    public async Task HeadObject_SpuriousNotFoundWithoutBody_IsNotTakenForAMissingObject()
    {
        await using var lab = await OciLab.StartAsync();
        var put = await lab.PutAsync("x", OciLab.Bytes(10));
        lab.Faults.Add(OciFaultAction.SpuriousBucketNotFound(), request => request.Operation == OciOperation.HeadObject, times: 2);

        var head = await lab.Client.HeadObjectAsync(lab.Bucket, "x", OciLab.Soon, OciLab.Token);

        Assert.Equal(put.ETag, head!.ETag);
    }

    [Fact]
    public async Task PutObject_RetryAfter_IsWaitedForAndJitteredOnTop()
    {
        var waits = new List<TimeSpan>();
        await using var lab = await OciLab.StartAsync(
            options => options with { Randomizer = () => 0.5, Delay = (wait, _) => { waits.Add(wait); return Task.CompletedTask; } });
        lab.Faults.Add(OciFaultAction.TooManyRequests(TimeSpan.FromSeconds(7)), Puts);
        lab.Faults.Add(OciFaultAction.ServiceUnavailable(TimeSpan.FromSeconds(11)), Puts, skip: 1);

        await lab.PutAsync("x", OciLab.Bytes(10));

        Assert.Equal([7.25, 11.5], waits.Select(wait => wait.TotalSeconds));
    }

    [Fact]
    public async Task PutObject_Jitter_DoublesItsCeilingUpToThirtySeconds()
    {
        var waits = new List<TimeSpan>();
        await using var lab = await OciLab.StartAsync(options => options with
        {
            Randomizer = () => 1,
            MaxAttempts = 9,
            Delay = (wait, _) => { waits.Add(wait); return Task.CompletedTask; },
        });
        lab.Faults.Add(OciFaultAction.InternalError(), Puts, times: int.MaxValue);

        await Assert.ThrowsAsync<TransferInterruptedException>(() => lab.PutAsync("x", OciLab.Bytes(10)));

        Assert.Equal([0.5, 1, 2, 4, 8, 16, 30, 30], waits.Select(wait => wait.TotalSeconds));
    }

    [Fact]
    public async Task PutObject_RetryAfterBeyondTheDeadline_GivesUpWithoutWaiting()
    {
        await using var lab = await OciLab.StartAsync();
        lab.Faults.Add(OciFaultAction.TooManyRequests(TimeSpan.FromHours(1)), Puts);

        await Assert.ThrowsAsync<TransferThrottledException>(() => lab.PutAsync("x", OciLab.Bytes(10)));

        Assert.Single(lab.Store.Requests);
    }

    [Fact]
    public async Task PutObject_DeadlinePassed_SendsNothing()
    {
        await using var lab = await OciLab.StartAsync();

        await Assert.ThrowsAsync<TransferInterruptedException>(() => lab.Client.PutObjectAsync(
            lab.Bucket, "x", OciLab.Bytes(10), new OciPutOptions(), DateTimeOffset.UtcNow.AddSeconds(-1), OciLab.Token));

        Assert.Empty(lab.Store.Requests);
    }

    [Fact]
    public async Task PutObject_DeadlineWithinAnAttempt_EndsIt()
    {
        var time = new ManualTime(DateTimeOffset.UtcNow);
        await using var lab = await OciLab.StartAsync(options => options with { Time = time });
        var rule = lab.Faults.Add(new OciFaultAction.Delay(Timeout.InfiniteTimeSpan), Puts, times: int.MaxValue);

        var put = lab.Client.PutObjectAsync(
            lab.Bucket, "x", OciLab.Bytes(10), new OciPutOptions(), time.GetUtcNow().AddMinutes(1), OciLab.Token);
        await ArrivedAsync(rule);
        time.Advance(TimeSpan.FromMinutes(1));

        // Its own end, and not the stall that is noticed later.
        var failure = await Assert.ThrowsAsync<TransferInterruptedException>(() => put);
        Assert.Contains("time for it ran out", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PutObject_ServiceStalls_TriesAgain()
    {
        // Only the first attempt sees time pass: the second begins when the clock stands again.
        var time = new ManualTime(DateTimeOffset.UtcNow);
        var again = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var lab = await OciLab.StartAsync(options => options with { StallTimeout = TimeSpan.FromSeconds(4), Time = time, Delay = (_, _) => again.Task });
        lab.Faults.Add(new OciFaultAction.Delay(Timeout.InfiniteTimeSpan), Puts);

        // More than the server's buffers take, and a collection at any time: a stall must stay a stall.
        var put = lab.PutAsync("x", OciLab.Bytes(12 << 20));
        while (lab.Retries.IsEmpty && !put.IsCompleted)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);
            time.Advance(TimeSpan.FromSeconds(1));
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        again.SetResult();
        var result = await put;

        Assert.Equal(OciWriteOutcome.Stored, result.Outcome);
        Assert.Contains("nothing moved", Assert.Single(lab.Retries).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PutObject_SlowButMoving_IsNotTakenForAStall()
    {
        var time = new ManualTime(DateTimeOffset.UtcNow);
        await using var lab = await OciLab.StartAsync(options => options with { StallTimeout = TimeSpan.FromSeconds(3), Time = time });

        // Two of the three seconds pass after each piece.
        var began = time.GetTimestamp();
        time.TimerSetAnew = () => time.Advance(TimeSpan.FromSeconds(2));
        var result = await lab.PutAsync("x", OciLab.Bytes(24 << 20));

        Assert.Equal(OciWriteOutcome.Stored, result.Outcome);
        Assert.Empty(lab.Retries);
        Assert.True(time.GetElapsedTime(began) > TimeSpan.FromSeconds(30), $"{time.GetElapsedTime(began)}");
    }

    [Fact]
    public async Task PutObject_Cancelled_EndsAtOnceAsCancelled()
    {
        await using var lab = await OciLab.StartAsync();
        var rule = lab.Faults.Add(new OciFaultAction.Delay(Timeout.InfiniteTimeSpan), Puts, times: int.MaxValue);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(OciLab.Token);

        var put = lab.Client.PutObjectAsync(lab.Bucket, "x", OciLab.Bytes(10), new OciPutOptions(), OciLab.Soon, cancel.Token);
        await ArrivedAsync(rule);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => put);
    }

    [Fact]
    public async Task PutObject_ByteFlippedOnTheWay_IsRefusedBeforeTheObjectExists()
    {
        await using var lab = await OciLab.StartAsync();
        lab.Faults.Add(new OciFaultAction.FlipBeforeCheck(500_000), Puts);

        var refused = await lab.PutAsync("x", OciLab.Bytes(1 << 20));
        Assert.Equal(OciWriteOutcome.ChecksumMismatch, refused.Outcome);
        Assert.Empty(lab.Store.List(OciLab.BucketName));

        Assert.Equal(OciWriteOutcome.Stored, (await lab.PutAsync("x", OciLab.Bytes(1 << 20))).Outcome);
    }

    [Fact]
    public async Task PutObject_ByteFlippedInTheStore_ShowsInTheReportedChecksum()
    {
        await using var lab = await OciLab.StartAsync();
        lab.Faults.Add(new OciFaultAction.FlipAfterCheck(500_000), Puts);
        var body = OciLab.Bytes(1 << 20);

        var result = await lab.PutAsync("x", body);

        var stored = lab.Store.Read(OciLab.BucketName, "x");
        Assert.Equal(OciWriteOutcome.Stored, result.Outcome);
        Assert.NotEqual(Crc32C.Compute(body), result.Crc32C);
        Assert.Equal(Crc32C.Compute(stored), result.Crc32C);
        Assert.Equal(500_000, body.Zip(stored).Index().Single(pair => pair.Item.First != pair.Item.Second).Index);
    }

    [Fact]
    public async Task PutObject_AnswerLost_SecondAttemptSaysThatItMayBeOurs()
    {
        await using var lab = await OciLab.StartAsync();
        lab.Faults.Add(new OciFaultAction.LoseAnswer(), Puts);
        var body = OciLab.Bytes(100_000);

        var result = await lab.PutAsync("x", body, createOnly: true);

        Assert.Equal((OciWriteOutcome.PreconditionFailed, true), (result.Outcome, result.AnswerWasLost));
        var head = await lab.Client.HeadObjectAsync(lab.Bucket, "x", OciLab.Soon, OciLab.Token);
        Assert.Equal(Crc32C.Compute(body), head!.Crc32C);
        Assert.True(lab.RequestsOf(OciOperation.PutObject)[0].AnswerLost);
    }

    [Fact]
    public async Task PutObject_ConnectionCutMidBody_IsSentAgainAndCounted()
    {
        await using var lab = await OciLab.StartAsync();
        lab.Faults.Add(new OciFaultAction.ResetRequest(AfterBytes: 1 << 20), Puts);
        var body = OciLab.Bytes(4 << 20);

        var result = await lab.PutAsync("x", body, createOnly: true);

        Assert.Equal((OciWriteOutcome.Stored, true), (result.Outcome, result.AnswerWasLost));
        Assert.Equal(body, lab.Store.Read(OciLab.BucketName, "x"));
        var sent = lab.RequestsOf(OciOperation.PutObject).Sum(request => request.BodyBytesReceived);
        Assert.InRange(sent, body.Length + (1 << 20), (2 * body.Length) - 1);
    }

    [Fact]
    public async Task Commit_AnswerLost_SecondAttemptFindsNoUploadAndSaysThatItMayBeOurs()
    {
        await using var lab = await OciLab.StartAsync();
        lab.Faults.Add(new OciFaultAction.LoseAnswer(), request => request.Operation == OciOperation.CommitMultipartUpload);
        var uploadId = (await lab.Client.CreateMultipartUploadAsync(lab.Bucket, "big", new OciPutOptions(), OciLab.Soon, OciLab.Token)).UploadId!;
        var one = await lab.PartAsync("big", uploadId, 1, OciLab.Bytes(10));

        var result = await lab.Client.CommitMultipartUploadAsync(
            lab.Bucket, "big", uploadId, [new OciCommitPart(1, one.ETag!)], [], createOnly: false, OciLab.Soon, OciLab.Token);

        Assert.Equal((OciWriteOutcome.UploadNotFound, true), (result.Outcome, result.AnswerWasLost));
        Assert.Equal(OciLab.Bytes(10), lab.Store.Read(OciLab.BucketName, "big"));
    }

    [Fact]
    public async Task Commit_PartLost_IsRejected()
    {
        await using var lab = await OciLab.StartAsync();
        lab.Faults.Add(new OciFaultAction.LosePart(), request => request.PartNumber == 2);
        var uploadId = await lab.StartUploadAsync("big");
        var one = await lab.PartAsync("big", uploadId, 1, OciLab.Bytes(10));
        var two = await lab.PartAsync("big", uploadId, 2, OciLab.Bytes(10));

        var failure = await Assert.ThrowsAsync<OciRequestRejectedException>(() => lab.CommitAsync("big", uploadId, [one, two]));

        Assert.Equal("InvalidUploadPart", failure.Code);
        Assert.Empty(lab.Store.List(OciLab.BucketName));
    }

    [Fact]
    public async Task Add_WithoutPredicate_PassesOverRequestsThatTheFaultCannotActOn()
    {
        await using var lab = await OciLab.StartAsync();
        var rule = lab.Faults.Add(new OciFaultAction.SwapParts(1, 2));

        await lab.PutAsync("x", OciLab.Bytes(1));

        Assert.Equal(0, rule.Triggered);
    }

    [Fact]
    public async Task Commit_PartsSwapped_ShowsInTheWholeChecksum()
    {
        await using var lab = await OciLab.StartAsync();
        lab.Faults.Add(new OciFaultAction.SwapParts(1, 2));
        var (first, second) = (OciLab.Bytes(1000, 1), OciLab.Bytes(1000, 2));
        var uploadId = await lab.StartUploadAsync("big");
        var one = await lab.PartAsync("big", uploadId, 1, first);
        var two = await lab.PartAsync("big", uploadId, 2, second);

        var result = await lab.CommitAsync("big", uploadId, [one, two]);

        Assert.Equal(Crc32C.Compute([.. second, .. first]), result.Crc32C);
        Assert.NotEqual(Crc32C.Compute([.. first, .. second]), result.Crc32C);
    }

    [Fact]
    public async Task Commit_PartRepeated_ShowsInTheWholeChecksum()
    {
        await using var lab = await OciLab.StartAsync();
        lab.Faults.Add(new OciFaultAction.RepeatPart(1, 2));
        var first = OciLab.Bytes(1000, 1);
        var uploadId = await lab.StartUploadAsync("big");
        var one = await lab.PartAsync("big", uploadId, 1, first);
        var two = await lab.PartAsync("big", uploadId, 2, OciLab.Bytes(1000, 2));

        var result = await lab.CommitAsync("big", uploadId, [one, two]);

        Assert.Equal(Crc32C.Compute([.. first, .. first]), result.Crc32C);
    }

    [Fact]
    public async Task UploadPart_ByteFlippedInTheStore_ShowsInTheWholeChecksum()
    {
        await using var lab = await OciLab.StartAsync();
        lab.Faults.Add(new OciFaultAction.FlipAfterCheck(3), request => request.PartNumber == 2);
        var body = OciLab.Bytes(1000);
        var uploadId = await lab.StartUploadAsync("big");
        var one = await lab.PartAsync("big", uploadId, 1, body);
        var two = await lab.PartAsync("big", uploadId, 2, body);

        var result = await lab.CommitAsync("big", uploadId, [one, two]);

        Assert.NotEqual(Crc32C.Compute([.. body, .. body]), result.Crc32C);
        Assert.Equal(Crc32C.Compute(lab.Store.Read(OciLab.BucketName, "big")), result.Crc32C);
    }

    [Fact]
    public async Task GetObject_ConnectionCutMidBody_IsATypedErrorAfterTheBytesThatArrived()
    {
        await using var lab = await OciLab.StartAsync();
        var body = OciLab.Bytes(1 << 20);
        await lab.PutAsync("x", body);
        lab.Faults.Add(new OciFaultAction.ResetResponse(AfterBytes: 300_000), request => request.Operation == OciOperation.GetObject);
        await using var content = await lab.Client.GetObjectAsync(lab.Bucket, "x", null, null, OciLab.Soon, OciLab.Token);

        using var arrived = new MemoryStream();
        await Assert.ThrowsAsync<TransferInterruptedException>(() => content!.Stream.CopyToAsync(arrived, OciLab.Token));

        var rest = await lab.GetAsync("x", OciRange.From(arrived.Length));
        byte[] both = [.. arrived.ToArray(), .. rest];
        Assert.Equal(body, both);
    }

    [Fact]
    public async Task GetNamespace_NobodyListens_IsATypedErrorThatNamesTheHost()
    {
        // Bound, so that nobody else gets the port, and not listening.
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)silent.LocalEndPoint!).Port;
        await using var lab = await OciLab.StartAsync(options => options with { Endpoint = new Uri($"http://127.0.0.1:{port}"), MaxAttempts = 3 });

        var failure = await Assert.ThrowsAsync<TransferInterruptedException>(() => lab.Client.GetNamespaceAsync(OciLab.Soon, OciLab.Token));

        Assert.Contains($"127.0.0.1:{port}", failure.Message, StringComparison.Ordinal);
        Assert.Contains("3 attempts", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetObject_BodyStalls_IsATypedError()
    {
        var time = new ManualTime(DateTimeOffset.UtcNow);
        await using var lab = await OciLab.StartAsync(options => options with { StallTimeout = TimeSpan.FromSeconds(4), Time = time });
        await lab.PutAsync("x", OciLab.Bytes(1 << 20));

        // One piece, and then nothing for minutes.
        lab.Faults.Add(new OciFaultAction.Bandwidth(1000), request => request.Operation == OciOperation.GetObject);
        await using var content = await lab.Client.GetObjectAsync(lab.Bucket, "x", null, null, OciLab.Soon, OciLab.Token);

        var reading = OciLab.ReadAsync(content!);
        while (!reading.IsCompleted)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TestContext.Current.CancellationToken);
            time.Advance(TimeSpan.FromSeconds(1));
        }

        var failure = await Assert.ThrowsAsync<TransferInterruptedException>(() => reading);

        Assert.Contains("stalled", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetNamespace_ConnectionNeverAccepted_IsATypedError()
    {
        // A listener whose queue is full: further connections are not answered.
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        var waiting = Enumerable.Range(0, 4).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false }).ToList();
        waiting.ForEach(socket => Assert.Throws<SocketException>(() => socket.Connect(listener.LocalEndPoint!)));

        await using var lab = await OciLab.StartAsync(options => options with
        {
            Endpoint = new Uri($"http://{listener.LocalEndPoint}"),
            ConnectTimeout = TimeSpan.FromSeconds(0.5),
            StallTimeout = TimeSpan.FromSeconds(30),
            MaxAttempts = 2,
        });

        var failure = await Assert.ThrowsAsync<TransferInterruptedException>(() => lab.Client.GetNamespaceAsync(OciLab.Soon, OciLab.Token));

        Assert.Contains("no connection to 127.0.0.1", failure.Message, StringComparison.Ordinal);
        waiting.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task GetNamespace_HtmlInsteadOfJson_SaysSo()
    {
        await using var lab = await OciLab.StartAsync();
        lab.Faults.Add(new OciFaultAction.Answer(200, null, "<html>captive portal</html>", "text/html"));

        var failure = await Assert.ThrowsAsync<OciRequestRejectedException>(() => lab.Client.GetNamespaceAsync(OciLab.Soon, OciLab.Token));

        Assert.Contains("not the JSON", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>Waits until the service has a request that the rule acts on.</summary>
    private static async Task ArrivedAsync(OciFaultRule rule)
    {
        while (rule.Triggered == 0)
        {
            await Task.Delay(5, OciLab.Token);
        }
    }

    private static OciFaultAction Fault(string kind) => kind switch
    {
        "429" => OciFaultAction.TooManyRequests(),
        "503" => OciFaultAction.ServiceUnavailable(),
        "500" => OciFaultAction.InternalError(),
        "502" => OciFaultAction.BadGateway(),
        "404" => OciFaultAction.SpuriousBucketNotFound(),
        "409" => OciFaultAction.Error(409, "ConcurrentObjectUpdate", "The object is being updated."),
        "408" => OciFaultAction.Error(408, "RequestTimeout", "The request took too long."),
        "504" => OciFaultAction.Error(504, "GatewayTimeout", "No answer in time."),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
