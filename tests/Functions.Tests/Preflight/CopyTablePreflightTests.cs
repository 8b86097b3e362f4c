using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using SnapshotBridge.CopyTable;
using SnapshotBridge.Functions.Tests.CopyTable;
using SnapshotBridge.Local.Oci;
using SnapshotBridge.Preflight;
using Xunit;

namespace SnapshotBridge.Functions.Tests.Preflight;

public sealed class CopyTablePreflightTests : IAsyncLifetime
{
    private CopyRun _run = null!;

    public async ValueTask InitializeAsync() => _run = await CopyRun.StartAsync();

    public ValueTask DisposeAsync() => _run.DisposeAsync();

    [Fact]
    public async Task HandleAsync_Preflight_ChecksAndLeavesNothing()
    {
        var answer = await RunAsync();

        answer.AssertOk("documents", "oci.secret", "oci.network", "oci.key", "oci.bucket", "oci.write", "oci.multipart");
        AssertNothingLeft();
        Assert.Contains(_run.Oci.Store.Requests, request => request.Request.ObjectName == $"landing/preflight-{Checks.Id}/copy-table/object.bin");
    }

    [Fact]
    public async Task HandleAsync_KeyThatOciDoesNotKnow_FailsWithTheRemedy()
    {
        _run.Secrets.Store.Put("oci-key", new OciUser(_run.User.Tenancy, _run.User.User, OciKeyPair.Generate()).SecretJson());

        var answer = await RunAsync();
        answer.AssertFailed("oci.key", "401 NotAuthenticated", "API keys in the OCI console");
        Assert.Equal(PreflightResult.Skipped, answer.Of("oci.write").Result);
    }

    [Fact]
    public async Task HandleAsync_ClockTenMinutesOff_NamesTheSkew()
    {
        var answer = await RunAsync(new ShiftedTime(TimeSpan.FromMinutes(10)));

        answer.AssertFailed("oci.key", "ahead of the service's", "clock");
    }

    [Theory]
    [InlineData("not json", "not valid JSON")]
    [InlineData("""{"tenancy":"ocid1.tenancy.oc1..a"}""", "\"user\" is missing")]
    [InlineData("""{"tenancy":"x","user":"y","fingerprint":"z","privateKey":"-----BEGIN","extra":1}""", "\"extra\" is not one of its fields")]
    public async Task HandleAsync_WrongSecret_FailsWithTheRemedy(string secret, string detail)
    {
        _run.Secrets.Store.Put("oci-key", secret);

        (await RunAsync()).AssertFailed("oci.secret", detail, "Store the secret anew");
    }

    [Fact]
    public async Task HandleAsync_NoBucket_FailsWithTheRemedy()
    {
        _run.OciBucketName = "no-such-bucket";

        var answer = await RunAsync();
        answer.AssertFailed("oci.bucket", "no-such-bucket", "infra/oci/policy.tf");
        Assert.Equal(PreflightResult.Skipped, answer.Of("oci.write").Result);
    }

    [Theory]
    [InlineData(OciPermissions.ObjectCreate, "oci.write")]
    [InlineData(OciPermissions.ObjectOverwrite, "oci.multipart")]
    [InlineData(OciPermissions.ObjectInspect, "oci.bucket")]
    public async Task HandleAsync_MissingPermission_FailsWithTheRemedy(OciPermissions missing, string check)
    {
        _run.User.Permissions = OciPermissions.All & ~missing;

        (await RunAsync()).AssertFailed(check, "does not exist or may not be used", "infra/oci/policy.tf");
        AssertNothingLeft();
    }

    [Fact]
    public async Task HandleAsync_MayNotDelete_SaysWhatIsLeft()
    {
        _run.User.Permissions = OciPermissions.All & ~OciPermissions.ObjectDelete;

        var answer = await RunAsync();
        answer.AssertOk("oci.write", "oci.multipart");
        answer.AssertFailed("oci.write.removed", "could not be removed", "object.bin by hand");
        answer.AssertFailed("oci.multipart.removed", "could not be removed", "the open upload of");
    }

    [Fact]
    public async Task HandleAsync_AnswerOfTheWriteIsLost_TheObjectIsRemovedAllTheSame()
    {
        _run.Oci.Faults.Add(new OciFaultAction.LoseAnswer(), request => request.Operation == OciOperation.PutObject, times: int.MaxValue);

        Assert.Equal(PreflightResult.Failed, (await RunAsync()).Of("oci.write").Result);
        AssertNothingLeft();
    }

    [Fact]
    public async Task HandleAsync_ServerGone_NamesHostAndPort()
    {
        // Held but not listened on: nobody else can be given the port meanwhile.
        using var closed = new Socket(SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var endpoint = new Uri($"http://127.0.0.1:{((IPEndPoint)closed.LocalEndPoint!).Port}");

        var answer = await RunAsync(endpoint: endpoint);
        answer.AssertFailed("oci.network", $"{endpoint.Authority} cannot be reached", "Nothing listens at");
        Assert.Equal(PreflightResult.Skipped, answer.Of("oci.key").Result);
    }

    [Fact]
    public async Task HandleAsync_Preflight_HoldsNoSecret()
    {
        var text = JsonSerializer.Serialize(await RunAsync());

        Assert.DoesNotContain("PRIVATE KEY", text, StringComparison.Ordinal);
        Assert.DoesNotContain(_run.User.Key.PrivateKeyPem.Split('\n')[3], text, StringComparison.Ordinal);
    }

    private async Task<PreflightAnswer> RunAsync(TimeProvider? time = null, Uri? endpoint = null)
    {
        using var function = _run.Function(
            options => options with
            {
                Time = time ?? TimeProvider.System,
                Endpoint = endpoint ?? options.Endpoint,
                FirstRetryCeiling = TimeSpan.FromMilliseconds(5),
                LastRetryCeiling = TimeSpan.FromMilliseconds(10),
            });
        var result = await function.HandleAsync(new CopyTableRequest { Preflight = Checks.Request() }, _run.Context(TimeSpan.FromMinutes(5)));
        Assert.False(result.Done);
        return result.Preflight!;
    }

    private void AssertNothingLeft()
    {
        Assert.Empty(_run.Oci.Store.List(CopyRun.DestinationBucket));
        Assert.Empty(_run.Oci.Store.Uploads(CopyRun.DestinationBucket));
        Assert.Empty(_run.Store.List(CopyRun.SourceBucket, "bridge/"));
    }

    /// <summary>A clock that is wrong, as the signatures see it.</summary>
    private sealed class ShiftedTime(TimeSpan shift) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + shift;
    }
}
