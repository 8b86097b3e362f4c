using System.Text;
using SnapshotBridge.Copying;
using SnapshotBridge.Errors;
using SnapshotBridge.Local.Oci;
using SnapshotBridge.Oci;
using Xunit;

namespace SnapshotBridge.Local.Tests.Oci;

/// <summary>Our client against the endpoint: every operation and every rule of the service, without faults.</summary>
public sealed class OciObjectStorageTests
{
    [Fact]
    public async Task GetNamespace_WithoutAnyPermission_ReturnsIt()
    {
        await using var lab = await OciLab.StartAsync(permissions: OciPermissions.None);

        Assert.Equal("testns", await lab.Client.GetNamespaceAsync(OciLab.Soon, OciLab.Token));
    }

    [Fact]
    public async Task GetBucket_Existing_ReturnsIt()
    {
        await using var lab = await OciLab.StartAsync();

        await lab.Client.HeadBucketAsync(lab.Bucket, OciLab.Soon, OciLab.Token);
        var bucket = await lab.Client.GetBucketAsync(lab.Bucket, OciLab.Soon, OciLab.Token);

        Assert.Equal(("testns", OciLab.BucketName), (bucket.NamespaceName, bucket.BucketName));
    }

    [Fact]
    public async Task HeadBucket_Missing_NamesBucketNamespaceRegionAndBothCauses()
    {
        await using var lab = await OciLab.StartAsync();

        var failure = await Assert.ThrowsAsync<OciBucketNotFoundException>(
            () => lab.Client.HeadBucketAsync(lab.Bucket with { BucketName = "typo" }, OciLab.Soon, OciLab.Token));

        foreach (var named in new[] { "'typo'", "'testns'", "us-ashburn-1", "policy lacks the permission" })
        {
            Assert.Contains(named, failure.Message, StringComparison.Ordinal);
        }

        Assert.Equal(4, lab.RequestsOf(OciOperation.GetBucket).Count);
    }

    [Fact]
    public async Task GetBucket_WrongNamespace_IsNotRetried()
    {
        await using var lab = await OciLab.StartAsync();

        await Assert.ThrowsAsync<OciBucketNotFoundException>(() => lab.Client.GetBucketAsync(lab.Bucket with { NamespaceName = "other" }, OciLab.Soon, OciLab.Token));

        Assert.Single(lab.Store.Requests);
    }

    [Theory]
    [InlineData("plain.parquet")]
    [InlineData("run/world/world.city/1/part-00000-0.gz.parquet")]
    [InlineData("a b+c%2Fd?e#f&g=h;i:j@k,l!m'n(o)p*q~r")]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("a//b/../c/")]
    [InlineData("üñí/日本/😀")]
    [InlineData("\"quoted\\back")]
    public async Task PutHeadGetListDelete_AnyName_KeepsNameBytesAndChecksum(string name)
    {
        await using var lab = await OciLab.StartAsync();
        var body = OciLab.Bytes(70_001);

        var put = await lab.PutAsync(name, body, createOnly: true);
        var head = await lab.Client.HeadObjectAsync(lab.Bucket, name, OciLab.Soon, OciLab.Token);
        var listed = await lab.Client.ListObjectsAsync(lab.Bucket, name, OciLab.Soon, OciLab.Token).SingleAsync(OciLab.Token);

        Assert.Equal(OciWriteOutcome.Stored, put.Outcome);
        Assert.Equal(Crc32C.Compute(body), put.Crc32C);
        Assert.Equal((70_001L, put.ETag, put.Crc32C), (head!.SizeBytes, head.ETag, head.Crc32C));
        Assert.Equal((name, 70_001L, put.ETag), (listed.Name, listed.SizeBytes, listed.ETag));
        Assert.Equal(body, await lab.GetAsync(name));
        Assert.Equal(OciDeleteOutcome.Deleted, await lab.Client.DeleteObjectAsync(lab.Bucket, name, put.ETag, OciLab.Soon, OciLab.Token));
        Assert.Empty(lab.Store.List(OciLab.BucketName));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData((1 << 20) - 1)]
    [InlineData(1 << 20)]
    [InlineData((5 << 20) + 3)]
    public async Task PutObject_AnySize_ArrivesWhole(int size)
    {
        await using var lab = await OciLab.StartAsync();
        var body = OciLab.Bytes(size);

        await lab.PutAsync("x", body);

        Assert.Equal(body, lab.Store.Read(OciLab.BucketName, "x"));
        Assert.Equal(body, await lab.GetAsync("x"));
    }

    [Fact]
    public async Task PutObject_Metadata_ComesBackInHead()
    {
        await using var lab = await OciLab.StartAsync();
        var metadata = new Dictionary<string, string> { ["sb-run"] = "run-1", ["sb-src-etag"] = "\"abc-3\"" };

        await lab.Client.PutObjectAsync(lab.Bucket, "x", OciLab.Bytes(3), new OciPutOptions { Metadata = metadata, ContentType = "application/json" }, OciLab.Soon, OciLab.Token);

        var head = await lab.Client.HeadObjectAsync(lab.Bucket, "x", OciLab.Soon, OciLab.Token);
        Assert.Equal(metadata, head!.Metadata);
        Assert.Equal("application/json", head.ContentType);
    }

    [Fact]
    public async Task PutObject_TooMuchMetadata_IsRejectedWithCode()
    {
        await using var lab = await OciLab.StartAsync();
        var options = new OciPutOptions { Metadata = new Dictionary<string, string> { ["big"] = new('x', 4000) } };

        var failure = await Assert.ThrowsAsync<OciRequestRejectedException>(() => lab.Client.PutObjectAsync(lab.Bucket, "x", OciLab.Bytes(3), options, OciLab.Soon, OciLab.Token));

        Assert.Equal((400, "MetadataTooLarge"), (failure.Status, failure.Code));
        Assert.NotNull(failure.RequestId);
    }

    [Fact]
    public async Task PutObject_MetadataThatNoHeaderCarries_IsRefusedBeforeItIsSent()
    {
        await using var lab = await OciLab.StartAsync();
        var options = new OciPutOptions { Metadata = new Dictionary<string, string> { ["name"] = "zürich" } };

        await Assert.ThrowsAsync<ArgumentException>(() => lab.Client.PutObjectAsync(lab.Bucket, "x", OciLab.Bytes(3), options, OciLab.Soon, OciLab.Token));
        await Assert.ThrowsAsync<ArgumentException>(() => lab.Client.CreateMultipartUploadAsync(lab.Bucket, "x", options, OciLab.Soon, OciLab.Token));

        Assert.Empty(lab.Store.Requests);
    }

    [Theory]
    [InlineData(1024, true)]
    [InlineData(1025, false)]
    public async Task PutObject_NameAtTheLimit_IsJudgedInUtf8Bytes(int bytes, bool isAccepted)
    {
        await using var lab = await OciLab.StartAsync();
        var name = new string('é', bytes / 2) + (bytes % 2 == 1 ? "x" : "");
        Assert.Equal(bytes, Encoding.UTF8.GetByteCount(name));

        var failure = await Record.ExceptionAsync(() => lab.PutAsync(name, OciLab.Bytes(1)));

        Assert.Equal(isAccepted, failure is null);
        Assert.Equal(isAccepted ? null : "InvalidObjectName", (failure as OciRequestRejectedException)?.Code);
    }

    [Fact]
    public async Task PutObject_CreateOnlyAndTaken_LeavesTheObjectAndSendsNoBody()
    {
        await using var lab = await OciLab.StartAsync();
        var first = await lab.PutAsync("x", OciLab.Bytes(10));
        lab.Store.ClearRequests();

        var second = await lab.PutAsync("x", OciLab.Bytes(2 << 20, seed: 2), createOnly: true);

        Assert.Equal((OciWriteOutcome.PreconditionFailed, false), (second.Outcome, second.AnswerWasLost));
        Assert.Contains("IfNoneMatchFailed", second.Detail, StringComparison.Ordinal);
        Assert.Equal(first.ETag, lab.Store.Find(OciLab.BucketName, "x")!.ETag);
        Assert.Equal(0, Assert.Single(lab.Store.Requests).BodyBytesReceived);
    }

    [Fact]
    public async Task PutAndDelete_StaleETag_SurvivesAndCurrentETagWorks()
    {
        await using var lab = await OciLab.StartAsync();
        var first = await lab.PutAsync("x", OciLab.Bytes(10));
        var second = await lab.PutAsync("x", OciLab.Bytes(11), ifMatch: first.ETag);

        Assert.Equal(OciWriteOutcome.Stored, second.Outcome);
        Assert.Equal(OciWriteOutcome.PreconditionFailed, (await lab.PutAsync("x", OciLab.Bytes(12), ifMatch: first.ETag)).Outcome);
        Assert.Equal(OciDeleteOutcome.PreconditionFailed, await lab.Client.DeleteObjectAsync(lab.Bucket, "x", first.ETag, OciLab.Soon, OciLab.Token));
        Assert.Equal(OciLab.Bytes(11), lab.Store.Read(OciLab.BucketName, "x"));
        Assert.Equal(OciDeleteOutcome.Deleted, await lab.Client.DeleteObjectAsync(lab.Bucket, "x", second.ETag, OciLab.Soon, OciLab.Token));
        Assert.Equal(OciDeleteOutcome.NotFound, await lab.Client.DeleteObjectAsync(lab.Bucket, "x", second.ETag, OciLab.Soon, OciLab.Token));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(32)]
    public async Task PutObject_RacingCreators_ExactlyOneWins(int racers)
    {
        await using var lab = await OciLab.StartAsync();
        var bodies = Enumerable.Range(0, racers).Select(i => OciLab.Bytes(200_000, seed: i)).ToArray();

        var results = await Task.WhenAll(bodies.Select(body => Task.Run(() => lab.PutAsync("x", body, createOnly: true), OciLab.Token)));

        var winner = Assert.Single(Enumerable.Range(0, racers), i => results[i].Outcome == OciWriteOutcome.Stored);
        Assert.Equal(racers - 1, results.Count(result => result.Outcome == OciWriteOutcome.PreconditionFailed));
        Assert.Equal(bodies[winner], lab.Store.Read(OciLab.BucketName, "x"));
    }

    [Fact]
    public async Task PutObject_WrongChecksum_IsRefusedAndNothingStored()
    {
        await using var lab = await OciLab.StartAsync();
        var body = OciLab.Bytes(1000);

        var result = await lab.Client.PutObjectAsync(lab.Bucket, "x", body, new OciPutOptions { Crc32C = Crc32C.Compute(body) ^ 1 }, OciLab.Soon, OciLab.Token);

        Assert.Equal(OciWriteOutcome.ChecksumMismatch, result.Outcome);
        Assert.Empty(lab.Store.List(OciLab.BucketName));
        Assert.Single(lab.Store.Requests);
    }

    [Theory]
    [InlineData(0, 1, 0, 1)]
    [InlineData(10, 20, 10, 20)]
    [InlineData(990, 100, 990, 10)]
    [InlineData(5, null, 5, 995)]
    [InlineData(null, 8, 992, 8)]
    [InlineData(null, 5000, 0, 1000)]
    public async Task GetObject_Range_ReturnsThoseBytesAndTheWholeSize(int? offset, int? length, int start, int count)
    {
        await using var lab = await OciLab.StartAsync();
        var body = OciLab.Bytes(1000);
        await lab.PutAsync("x", body);

        await using var content = await lab.Client.GetObjectAsync(lab.Bucket, "x", new OciRange(offset, length), null, OciLab.Soon, OciLab.Token);

        Assert.Equal(1000, content!.Info.SizeBytes);
        Assert.Equal(body[start..(start + count)], await OciLab.ReadAsync(content));
    }

    [Fact]
    public async Task GetObject_MissingStaleOrBeyondTheEnd_IsTold()
    {
        await using var lab = await OciLab.StartAsync();
        await lab.PutAsync("x", OciLab.Bytes(10));

        Assert.Null(await lab.Client.GetObjectAsync(lab.Bucket, "y", null, null, OciLab.Soon, OciLab.Token));
        Assert.Null(await lab.Client.HeadObjectAsync(lab.Bucket, "y", OciLab.Soon, OciLab.Token));
        await Assert.ThrowsAsync<OciRequestRejectedException>(() => lab.Client.GetObjectAsync(lab.Bucket, "x", null, "stale", OciLab.Soon, OciLab.Token));
        var beyond = await Assert.ThrowsAsync<OciRequestRejectedException>(() => lab.Client.GetObjectAsync(lab.Bucket, "x", OciRange.From(10), null, OciLab.Soon, OciLab.Token));
        Assert.Equal(416, beyond.Status);
    }

    [Fact]
    public async Task ListObjects_ManyPages_EveryNameOnceInByteOrder()
    {
        await using var lab = await OciLab.StartAsync();
        string[] awkward = ["run/Z", "run/a", "run/\uFFFD", "run/😀", "run/ü", "run/a/b", "run/a b"];
        var names = Enumerable.Range(0, 2100).Select(i => $"run/part-{i:D5}").Concat(awkward).ToArray();
        foreach (var name in names.Concat(["rum", "runs"]))
        {
            lab.Store.Put(OciLab.BucketName, name, "x"u8);
        }

        var listed = await lab.Client.ListObjectsAsync(lab.Bucket, "run/", OciLab.Soon, OciLab.Token).Select(item => item.Name).ToListAsync(OciLab.Token);

        var expected = names.OrderBy(name => Convert.ToHexString(Encoding.UTF8.GetBytes(name)), StringComparer.Ordinal);
        Assert.Equal(expected, listed);
        Assert.Equal(3, lab.RequestsOf(OciOperation.ListObjects).Count);
    }

    [Fact]
    public async Task Multipart_OutOfOrderWithGapsAndRepeats_LastWinsAndWholeCrcIsRight()
    {
        await using var lab = await OciLab.StartAsync();
        var (one, four, nine) = (OciLab.Bytes(300_000, 1), OciLab.Bytes(2 << 20, 4), OciLab.Bytes(77, 9));
        var uploadId = await lab.StartUploadAsync("big");

        var ninth = await lab.PartAsync("big", uploadId, 9, nine);
        await lab.PartAsync("big", uploadId, 4, OciLab.Bytes(500, 5));
        var first = await lab.PartAsync("big", uploadId, 1, one);
        var fourth = await lab.PartAsync("big", uploadId, 4, four);
        var listed = await lab.Client.ListMultipartUploadPartsAsync(lab.Bucket, "big", uploadId, OciLab.Soon, OciLab.Token);
        var commit = await lab.CommitAsync("big", uploadId, [ninth, first, fourth]);

        byte[] whole = [.. one, .. four, .. nine];
        Assert.Equal([(1, 300_000L, first.ETag!), (4, 2L << 20, fourth.ETag!), (9, 77L, ninth.ETag!)], listed!.Select(part => (part.PartNumber, part.SizeBytes, part.ETag)));
        Assert.Equal((OciWriteOutcome.Stored, Crc32C.Compute(whole)), (commit.Outcome, commit.Crc32C));
        Assert.Equal(whole, lab.Store.Read(OciLab.BucketName, "big"));
        var head = await lab.Client.HeadObjectAsync(lab.Bucket, "big", OciLab.Soon, OciLab.Token);
        Assert.Equal((commit.ETag, commit.Crc32C, (long)whole.Length), (head!.ETag, head.Crc32C, head.SizeBytes));
        Assert.EndsWith("-3", lab.Store.Find(OciLab.BucketName, "big")!.MultipartMd5, StringComparison.Ordinal);
        Assert.Empty(lab.Store.Uploads(OciLab.BucketName));
        Assert.Null(await lab.Client.ListMultipartUploadPartsAsync(lab.Bucket, "big", uploadId, OciLab.Soon, OciLab.Token));
    }

    [Fact]
    public async Task Commit_ForgottenOrForeignPart_IsRejectedAndTheUploadStaysOpen()
    {
        await using var lab = await OciLab.StartAsync();
        var uploadId = await lab.StartUploadAsync("big");
        var one = await lab.PartAsync("big", uploadId, 1, OciLab.Bytes(10));
        var two = await lab.PartAsync("big", uploadId, 2, OciLab.Bytes(10));

        var forgotten = await Assert.ThrowsAsync<OciRequestRejectedException>(() => lab.CommitAsync("big", uploadId, [one]));
        var foreign = await Assert.ThrowsAsync<OciRequestRejectedException>(() => lab.CommitAsync("big", uploadId, [one, two with { ETag = "other" }]));
        var missing = await Assert.ThrowsAsync<OciRequestRejectedException>(() => lab.CommitAsync("big", uploadId, [one, two, two with { PartNumber = 3 }]));
        var none = await Assert.ThrowsAsync<OciRequestRejectedException>(() => lab.CommitAsync("big", uploadId, [], 1, 2));
        var both = await Assert.ThrowsAsync<OciRequestRejectedException>(() => lab.CommitAsync("big", uploadId, [one, two], 2));

        Assert.All([forgotten, foreign, missing, none, both], failure => Assert.Equal("InvalidUploadPart", failure.Code));
        Assert.Empty(lab.Store.List(OciLab.BucketName));
        Assert.Equal(OciWriteOutcome.Stored, (await lab.CommitAsync("big", uploadId, [one], 2)).Outcome);
        Assert.Equal(10, lab.Store.Find(OciLab.BucketName, "big")!.SizeBytes);
    }

    [Fact]
    public async Task Commit_NameTakenMeanwhile_FailsThePreconditionAndKeepsBoth()
    {
        await using var lab = await OciLab.StartAsync();
        var uploadId = await lab.StartUploadAsync("big");
        var one = await lab.PartAsync("big", uploadId, 1, OciLab.Bytes(10));
        await lab.PutAsync("big", OciLab.Bytes(5));

        Assert.Equal(OciWriteOutcome.PreconditionFailed, (await lab.CommitAsync("big", uploadId, [one])).Outcome);
        Assert.Equal(5, lab.Store.Find(OciLab.BucketName, "big")!.SizeBytes);
        Assert.Single(lab.Store.Uploads(OciLab.BucketName));
        Assert.True(await lab.Client.AbortMultipartUploadAsync(lab.Bucket, "big", uploadId, OciLab.Soon, OciLab.Token));
        Assert.False(await lab.Client.AbortMultipartUploadAsync(lab.Bucket, "big", uploadId, OciLab.Soon, OciLab.Token));
        Assert.Equal(OciWriteOutcome.UploadNotFound, (await lab.PartAsync("big", uploadId, 2, OciLab.Bytes(1))).Outcome);
    }

    [Fact]
    public async Task Commit_Twice_OneStoresAndOneFindsNoUpload()
    {
        await using var lab = await OciLab.StartAsync();
        var uploadId = (await lab.Client.CreateMultipartUploadAsync(lab.Bucket, "big", new OciPutOptions(), OciLab.Soon, OciLab.Token)).UploadId!;
        var one = await lab.PartAsync("big", uploadId, 1, OciLab.Bytes(3 << 20));
        Task<OciPutResult> Commit() => lab.Client.CommitMultipartUploadAsync(
            lab.Bucket, "big", uploadId, [new OciCommitPart(1, one.ETag!)], [], createOnly: false, OciLab.Soon, OciLab.Token);

        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(Commit, OciLab.Token)));

        Assert.Single(results, result => result.Outcome == OciWriteOutcome.Stored);
        Assert.Equal(7, results.Count(result => result.Outcome == OciWriteOutcome.UploadNotFound));
    }

    [Fact]
    public async Task Multipart_MoreThanAPageOfPartsAndUploads_AllAreListed()
    {
        await using var lab = await OciLab.StartAsync();
        var uploadId = await lab.StartUploadAsync("big");
        await Parallel.ForEachAsync(Enumerable.Range(1, 1001), OciLab.Token, async (number, _) => await lab.PartAsync("big", uploadId, number, new byte[] { (byte)number }));
        await lab.StartUploadAsync("other");

        var parts = await lab.Client.ListMultipartUploadPartsAsync(lab.Bucket, "big", uploadId, OciLab.Soon, OciLab.Token);
        var uploads = await lab.Client.ListMultipartUploadsAsync(lab.Bucket, OciLab.Soon, OciLab.Token).ToListAsync(OciLab.Token);

        Assert.Equal(Enumerable.Range(1, 1001), parts!.Select(part => part.PartNumber));
        Assert.Equal(2, lab.RequestsOf(OciOperation.ListMultipartUploadParts).Count);
        Assert.Equal(["big", "other"], uploads.Select(upload => upload.ObjectName));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10_001)]
    public async Task UploadPart_NumberOutsideTheService_IsRejected(int number)
    {
        await using var lab = await OciLab.StartAsync();
        var uploadId = await lab.StartUploadAsync("big");

        var failure = await Assert.ThrowsAsync<OciRequestRejectedException>(() => lab.PartAsync("big", uploadId, number, OciLab.Bytes(1)));

        Assert.Equal("InvalidUploadPart", failure.Code);
    }

    public static TheoryData<string, OciPermissions> Permissions => new()
    {
        { "put", OciPermissions.ObjectCreate },
        { "overwrite", OciPermissions.ObjectOverwrite },
        { "multipart", OciPermissions.ObjectOverwrite },
        { "head", OciPermissions.ObjectInspect },
        { "list", OciPermissions.ObjectInspect },
        { "get", OciPermissions.ObjectRead },
        { "delete", OciPermissions.ObjectDelete },
        { "uploads", OciPermissions.BucketRead },
    };

    [Theory]
    [MemberData(nameof(Permissions))]
    public async Task AnyOperation_PermissionMissing_LooksLikeAMissingBucket(string operation, OciPermissions missing)
    {
        await using var lab = await OciLab.StartAsync();
        await lab.PutAsync("x", OciLab.Bytes(10));
        lab.User.Permissions &= ~missing;

        Func<Task> call = operation switch
        {
            "put" => () => lab.PutAsync("new", OciLab.Bytes(1)),
            "overwrite" => () => lab.PutAsync("x", OciLab.Bytes(1)),
            "multipart" => () => lab.StartUploadAsync("big"),
            "head" => () => lab.Client.HeadObjectAsync(lab.Bucket, "x", OciLab.Soon, OciLab.Token),
            "list" => () => lab.Client.ListObjectsAsync(lab.Bucket, "", OciLab.Soon, OciLab.Token).ToListAsync(OciLab.Token).AsTask(),
            "get" => () => lab.GetAsync("x"),
            "delete" => () => lab.Client.DeleteObjectAsync(lab.Bucket, "x", null, OciLab.Soon, OciLab.Token),
            _ => () => lab.Client.ListMultipartUploadsAsync(lab.Bucket, OciLab.Soon, OciLab.Token).ToListAsync(OciLab.Token).AsTask(),
        };

        await Assert.ThrowsAsync<OciBucketNotFoundException>(call);
    }
}
