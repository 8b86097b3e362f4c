using System.Collections.Concurrent;
using SnapshotBridge.Local.Oci;
using SnapshotBridge.Oci;
using Xunit;

namespace SnapshotBridge.Local.Tests.Oci;

/// <summary>An endpoint with one user and one bucket, and our client pointed at it; retries do not wait.</summary>
internal sealed class OciLab : IAsyncDisposable
{
    public const string BucketName = "dst";

    private static readonly Lazy<OciUser> SharedUser = new(() => OciUser.Generate());

    private OciLab(OciEndpoint endpoint, OciUser user, OciClientOptions options)
    {
        (Endpoint, User) = (endpoint, user);
        Options = options with
        {
            OnRetry = Retries.Enqueue,
            Delay = options.Delay ?? ((_, _) => Task.CompletedTask),
        };
        Credentials = OciCredentials.Parse(user.SecretJson(), "test/oci");
        Client = new OciObjectStorage(Credentials, Options);
        Pars = new ParClient(Options);
    }

    public OciEndpoint Endpoint { get; }

    public OciStore Store => Endpoint.Store;

    public OciFaults Faults => Endpoint.Faults;

    public OciUser User { get; }

    public OciClientOptions Options { get; }

    public OciCredentials Credentials { get; }

    public OciObjectStorage Client { get; }

    public ParClient Pars { get; }

    public ConcurrentQueue<OciRetry> Retries { get; } = new();

    public OciBucket Bucket { get; } = new("testns", BucketName);

    /// <summary>Late enough that no busy machine comes near it: it ends what hangs.</summary>
    public static DateTimeOffset Soon => DateTimeOffset.UtcNow.AddMinutes(10);

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<OciLab> StartAsync(Func<OciClientOptions, OciClientOptions>? configure = null, TimeProvider? serverTime = null, OciPermissions permissions = OciPermissions.All)
    {
        // One key for all tests: generating one takes longer than most of them. Permissions and registration are per endpoint.
        var user = new OciUser(SharedUser.Value.Tenancy, SharedUser.Value.User, SharedUser.Value.Key) { Permissions = permissions };
        var endpoint = await OciEndpoint.StartAsync(
            new OciEndpointOptions { Namespace = "testns", Buckets = [BucketName], Users = [user], Time = serverTime ?? TimeProvider.System }, Token);
        var options = new OciClientOptions { Endpoint = endpoint.Endpoint, Region = "us-ashburn-1", StallTimeout = TimeSpan.FromMinutes(5), ConnectTimeout = TimeSpan.FromMinutes(5) };
        return new OciLab(endpoint, user, configure is null ? options : configure(options));
    }

    public static byte[] Bytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public Task<OciPutResult> PutAsync(string name, ReadOnlyMemory<byte> body, bool createOnly = false, string? ifMatch = null) =>
        Client.PutObjectAsync(Bucket, name, body, new OciPutOptions { CreateOnly = createOnly, IfMatch = ifMatch }, Soon, Token);

    public async Task<string> StartUploadAsync(string name) =>
        (await Client.CreateMultipartUploadAsync(Bucket, name, new OciPutOptions { CreateOnly = true }, Soon, Token)).UploadId!;

    public Task<OciPartResult> PartAsync(string name, string uploadId, int number, ReadOnlyMemory<byte> body) =>
        Client.UploadPartAsync(Bucket, name, uploadId, number, body, null, Soon, Token);

    public Task<OciPutResult> CommitAsync(string name, string uploadId, IEnumerable<OciPartResult> parts, params int[] exclude) =>
        Client.CommitMultipartUploadAsync(
            Bucket, name, uploadId, parts.Select(part => new OciCommitPart(part.PartNumber, part.ETag!)), exclude, createOnly: true, Soon, Token);

    public async Task<byte[]> GetAsync(string name, OciRange? range = null)
    {
        await using var content = await Client.GetObjectAsync(Bucket, name, range, null, Soon, Token);
        return await ReadAsync(content!);
    }

    public static async Task<byte[]> ReadAsync(OciObjectContent content)
    {
        using var bytes = new MemoryStream();
        await content.Stream.CopyToAsync(bytes, Token);
        return bytes.ToArray();
    }

    public IReadOnlyList<OciRequestRecord> RequestsOf(OciOperation operation) => [.. Store.Requests.Where(request => request.Request.Operation == operation)];

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Pars.Dispose();
        await Endpoint.DisposeAsync();
    }
}
