using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using SnapshotBridge.Copying;
using SnapshotBridge.Errors;
using SnapshotBridge.Local.Oci;
using SnapshotBridge.Oci;
using Xunit;

namespace SnapshotBridge.Local.Tests.Oci;

/// <summary>Pre-authenticated requests: scope, listing, expiry, the creator's permissions, and our reading through them.</summary>
public sealed class ParTests
{
    [Fact]
    public async Task Read_WithinThePrefix_ListsHeadsAndReads()
    {
        await using var lab = await OciLab.StartAsync();
        var body = OciLab.Bytes(5000);
        await lab.PutAsync("run1/a/x y.parquet", body);
        await lab.PutAsync("run1/b", OciLab.Bytes(1));
        await lab.PutAsync("run2/c", OciLab.Bytes(1));
        var par = await CreateAsync(lab, "run1/");

        var listed = await lab.Pars.ListObjectsAsync(par, "run1/", OciLab.Soon, OciLab.Token).ToListAsync(OciLab.Token);
        var head = await lab.Pars.HeadObjectAsync(par, "run1/a/x y.parquet", OciLab.Soon, OciLab.Token);
        await using var whole = await lab.Pars.GetObjectAsync(par, "run1/a/x y.parquet", null, OciLab.Soon, OciLab.Token);
        await using var tail = await lab.Pars.GetObjectAsync(par, "run1/a/x y.parquet", OciRange.Last(8), OciLab.Soon, OciLab.Token);

        Assert.Equal([("run1/a/x y.parquet", 5000L), ("run1/b", 1L)], listed.Select(item => (item.Name, item.SizeBytes)));
        Assert.Equal(Crc32C.Compute(body), head!.Crc32C);
        Assert.Equal(body, await OciLab.ReadAsync(whole!));
        Assert.Equal(body[^8..], await OciLab.ReadAsync(tail!));
        Assert.Null(await lab.Pars.GetObjectAsync(par, "run1/missing", null, OciLab.Soon, OciLab.Token));
        Assert.All(lab.Store.Requests.Where(request => request.Request.ThroughPar), request => Assert.Null(request.User));
    }

    [Fact]
    public async Task Read_NameWithPlainSlashes_IsFoundAsWell()
    {
        await using var lab = await OciLab.StartAsync();
        await lab.PutAsync("run1/a/b.parquet", "bytes"u8.ToArray());
        var par = await CreateAsync(lab, "run1/");
        using var http = new HttpClient();

        Assert.Equal("bytes", await http.GetStringAsync(par.Reveal() + "run1/a/b.parquet", OciLab.Token));
    }

    [Theory]
    [InlineData("run2/c")]
    [InlineData("run")]
    [InlineData("c")]
    public async Task Read_OutsideThePrefix_IsRefusedAsIfThePARDidNotExist(string name)
    {
        await using var lab = await OciLab.StartAsync();
        await lab.PutAsync(name, OciLab.Bytes(1));
        var par = await CreateAsync(lab, "run1/");
        using var http = new HttpClient();

        using var raw = await http.GetAsync(par.Reveal() + Uri.EscapeDataString(name), OciLab.Token);
        Assert.Equal(HttpStatusCode.NotFound, raw.StatusCode);
        Assert.Equal("""{"code":"NotAuthenticated","message":"PAR does not exist"}""", await raw.Content.ReadAsStringAsync(OciLab.Token));
        await AssertRefusedAsync(lab, par, () => lab.Pars.GetObjectAsync(par, name, null, OciLab.Soon, OciLab.Token));
        await AssertRefusedAsync(lab, par, () => ListAsync(lab, par, "run2/"));
        await AssertRefusedAsync(lab, par, () => ListAsync(lab, par, ""));
    }

    [Fact]
    public async Task List_ParThatDeniesListing_IsRefusedButReads()
    {
        await using var lab = await OciLab.StartAsync();
        await lab.PutAsync("run1/a", OciLab.Bytes(1));
        var par = await CreateAsync(lab, "run1/", listing: "Deny");

        await AssertRefusedAsync(lab, par, () => ListAsync(lab, par, "run1/"));
        Assert.NotNull(await lab.Pars.HeadObjectAsync(par, "run1/a", OciLab.Soon, OciLab.Token));
    }

    [Fact]
    public async Task Read_ParOfOneObject_CoversExactlyThatName()
    {
        await using var lab = await OciLab.StartAsync();
        await lab.PutAsync("run1/a", OciLab.Bytes(3));
        await lab.PutAsync("run1/ab", OciLab.Bytes(3));
        var (status, answer) = await PostAsync(lab, new JsonObject { ["name"] = "n", ["objectName"] = "run1/a", ["accessType"] = "ObjectRead", ["timeExpires"] = In(1) });
        using var http = new HttpClient();

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(OciLab.Bytes(3), await http.GetByteArrayAsync((string)answer["fullPath"]!, OciLab.Token));
        using var other = await http.GetAsync((string)answer["fullPath"]! + "b", OciLab.Token);
        Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
    }

    [Fact]
    public async Task Read_AfterExpiry_IsRefused()
    {
        var time = new MovableTime();
        await using var lab = await OciLab.StartAsync(serverTime: time);
        await lab.PutAsync("run1/a", OciLab.Bytes(1));
        var par = await CreateAsync(lab, "run1/");
        Assert.Single(await ListAsync(lab, par, "run1/"));

        time.Shift = TimeSpan.FromHours(1.01);

        await AssertRefusedAsync(lab, par, () => ListAsync(lab, par, "run1/"));
    }

    [Theory]
    [InlineData("expired")]
    [InlineData("user removed")]
    [InlineData("read permission withdrawn")]
    [InlineData("fault")]
    public async Task Read_ParThatEnded_IsRefused(string why)
    {
        await using var lab = await OciLab.StartAsync();
        await lab.PutAsync("run1/a", OciLab.Bytes(1));
        var par = await CreateAsync(lab, "run1/");
        switch (why)
        {
            case "expired": lab.Store.ExpirePars(OciLab.BucketName); break;
            case "user removed": lab.Store.RemoveUser(lab.User); break;
            case "read permission withdrawn": lab.User.Permissions &= ~OciPermissions.ObjectRead; break;
            case "fault": lab.Faults.Add(OciFaultAction.ParExpired(), request => request.ThroughPar); break;
        }

        await AssertRefusedAsync(lab, par, () => lab.Pars.GetObjectAsync(par, "run1/a", null, OciLab.Soon, OciLab.Token));
    }

    [Fact]
    public async Task Delete_Par_EndsItAndItsIdNeedsEscaping()
    {
        await using var lab = await OciLab.StartAsync();
        await lab.PutAsync("run1/a", OciLab.Bytes(1));
        var par = await CreateAsync(lab, "run1/");
        var id = Assert.Single(lab.Store.Pars(OciLab.BucketName)).Id;
        Assert.Contains('/', id);

        var (listed, list) = await SendAsync(lab, HttpMethod.Get, "/p", null);
        var (got, _) = await SendAsync(lab, HttpMethod.Get, "/p/" + Uri.EscapeDataString(id), null);
        var (deleted, _) = await SendAsync(lab, HttpMethod.Delete, "/p/" + Uri.EscapeDataString(id), null);
        var (again, problem) = await SendAsync(lab, HttpMethod.Delete, "/p/" + Uri.EscapeDataString(id), null);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.NoContent, HttpStatusCode.NotFound), (listed, got, deleted, again));
        Assert.DoesNotContain("accessUri", list, StringComparison.Ordinal);
        Assert.Contains("PreauthenticatedRequestNotFound", problem, StringComparison.Ordinal);
        await AssertRefusedAsync(lab, par, () => ListAsync(lab, par, "run1/"));
    }

    public static TheoryData<string> BadPars =>
    [
        """{"accessType":"AnyObjectRead","timeExpires":"2099-01-01T00:00:00Z"}""",
        """{"name":"n","accessType":"AnyObjectPeek","timeExpires":"2099-01-01T00:00:00Z"}""",
        """{"name":"n","accessType":"ObjectRead","timeExpires":"2099-01-01T00:00:00Z"}""",
        """{"name":"n","accessType":"AnyObjectWrite","bucketListingAction":"ListObjects","timeExpires":"2099-01-01T00:00:00Z"}""",
        """{"name":"n","accessType":"ObjectRead","objectName":"a","bucketListingAction":"ListObjects","timeExpires":"2099-01-01T00:00:00Z"}""",
        """{"name":"n","accessType":"AnyObjectRead","timeExpires":"2020-01-01T00:00:00Z"}""",
        """{"name":"n","accessType":"AnyObjectRead"}""",
        """["not an object"]""",
        """{"name":""",
    ];

    [Theory]
    [MemberData(nameof(BadPars))]
    public async Task Create_Invalid_IsRefused(string body)
    {
        await using var lab = await OciLab.StartAsync();

        var (status, _) = await SendAsync(lab, HttpMethod.Post, "/p", body);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Empty(lab.Store.Pars(OciLab.BucketName));
    }

    [Theory]
    [InlineData(OciPermissions.ParManage)]
    [InlineData(OciPermissions.ObjectRead)]
    public async Task Create_WithoutPermission_LooksLikeAMissingBucket(OciPermissions missing)
    {
        await using var lab = await OciLab.StartAsync(permissions: OciPermissions.All & ~missing);

        var (status, body) = await SendAsync(lab, HttpMethod.Post, "/p", new JsonObject { ["name"] = "n", ["accessType"] = "AnyObjectRead", ["timeExpires"] = In(1) }.ToJsonString());

        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Contains("BucketNotFound", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_ThatIsEmptyByFault_ReturnsNothing()
    {
        await using var lab = await OciLab.StartAsync();
        await lab.PutAsync("run1/a", OciLab.Bytes(1));
        var par = await CreateAsync(lab, "run1/");
        lab.Faults.Add(new OciFaultAction.ListNothing(), request => request.ThroughPar);

        Assert.Empty(await ListAsync(lab, par, "run1/"));
        Assert.Single(await ListAsync(lab, par, "run1/"));
    }

    [Fact]
    public async Task List_ManyPagesAndAThrottle_ReturnsAll()
    {
        await using var lab = await OciLab.StartAsync();
        for (var i = 0; i < 1500; i++)
        {
            lab.Store.Put(OciLab.BucketName, $"run1/{i:D4}", "x"u8);
        }

        var par = await CreateAsync(lab, "run1/");
        lab.Faults.Add(OciFaultAction.ServiceUnavailable(), request => request.ThroughPar, skip: 1);

        Assert.Equal(1500, (await ListAsync(lab, par, "run1/")).Count);
    }

    [Fact]
    public async Task Par_EverywhereItIsPrinted_IsMasked()
    {
        await using var lab = await OciLab.StartAsync();
        var par = await CreateAsync(lab, "run1/");
        var token = par.Reveal().Split('/')[4];
        lab.Faults.Add(OciFaultAction.Error(400, "Strange", $"at {par.Reveal()}"), request => request.ThroughPar);
        lab.Faults.Add(OciFaultAction.InternalError(), request => request.ThroughPar, times: 8, skip: 1);

        var echoed = await Assert.ThrowsAsync<OciRequestRejectedException>(() => ListAsync(lab, par, "run1/"));
        var interrupted = await Assert.ThrowsAsync<TransferInterruptedException>(() => ListAsync(lab, par, "run1/"));
        var refused = await Assert.ThrowsAsync<ParRejectedException>(() => ListAsync(lab, par, "run2/"));

        string[] texts = [echoed.ToString(), interrupted.ToString(), refused.ToString(), par.ToString(), $"{par}", ParUrl.MaskAll($"see {par.Reveal()}x"),
            .. lab.Store.Requests.Select(request => request.ToString()), .. lab.Retries.Select(retry => retry.ToString())];
        Assert.All(texts, text => Assert.DoesNotContain(token, text, StringComparison.Ordinal));
        Assert.Contains("/p/***/n/testns/b/dst/o/", par.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://objectstorage.us-ashburn-1.oraclecloud.com/p/tok-en_1/n/ns/b/dst/o/", true)]
    [InlineData("http://127.0.0.1:99/p/t/n/ns/b/dst/o/run1/a", true)]
    [InlineData("https://host/n/ns/b/dst/o/", false)]
    [InlineData("ftp://host/p/t/n/ns/b/dst/o/", false)]
    [InlineData("https://host/p/t/n/ns/b/dst/o/?x=1", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void TryParse_Url_AcceptsOnlyWhatIsOne(string? url, bool expected)
    {
        Assert.Equal(expected, ParUrl.TryParse(url, out var par));
        Assert.Equal(expected ? ("ns", "dst") : default, (par?.NamespaceName, par?.BucketName));
    }

    private static string In(double hours) => DateTimeOffset.UtcNow.AddHours(hours).ToString("O");

    private static async Task<ParUrl> CreateAsync(OciLab lab, string prefix, string listing = "ListObjects")
    {
        var (status, answer) = await PostAsync(lab, new JsonObject
        {
            ["name"] = "test",
            ["objectName"] = prefix,
            ["accessType"] = "AnyObjectRead",
            ["bucketListingAction"] = listing,
            ["timeExpires"] = In(1),
        });
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.EndsWith("/o/", (string?)answer["accessUri"], StringComparison.Ordinal);
        return ParUrl.Parse((string)answer["fullPath"]!);
    }

    private static async Task<(HttpStatusCode Status, JsonNode Answer)> PostAsync(OciLab lab, JsonObject body)
    {
        var (status, text) = await SendAsync(lab, HttpMethod.Post, "/p", body.ToJsonString());
        return (status, JsonNode.Parse(text)!);
    }

    private static async Task<(HttpStatusCode Status, string Body)> SendAsync(OciLab lab, HttpMethod method, string path, string? body)
    {
        var uri = new Uri($"{lab.Endpoint.Endpoint.GetLeftPart(UriPartial.Authority)}/n/testns/b/dst{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(method, uri);
        ReadOnlyMemory<byte>? signed = null;
        if (body is not null)
        {
            var bytes = Encoding.UTF8.GetBytes(body);
            request.Content = new ByteArrayContent(bytes);
            request.Content.Headers.ContentType = new("application/json");
            signed = bytes;
        }

        new OciRequestSigner(lab.Credentials, TimeProvider.System).Sign(request, signed);
        using var http = new HttpClient();
        using var response = await http.SendAsync(request, OciLab.Token);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(OciLab.Token));
    }

    private static async Task<List<OciListedObject>> ListAsync(OciLab lab, ParUrl par, string prefix) =>
        await lab.Pars.ListObjectsAsync(par, prefix, OciLab.Soon, OciLab.Token).ToListAsync(OciLab.Token);

    private static async Task AssertRefusedAsync(OciLab lab, ParUrl par, Func<Task> call)
    {
        lab.Retries.Clear();
        var failure = await Assert.ThrowsAsync<ParRejectedException>(call);
        Assert.Equal(404, failure.Status);
        Assert.DoesNotContain(par.Reveal(), failure.Message, StringComparison.Ordinal);
        Assert.Empty(lab.Retries);
    }

    private sealed class MovableTime : TimeProvider
    {
        public TimeSpan Shift { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Shift;
    }
}
