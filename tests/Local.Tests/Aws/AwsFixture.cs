using Amazon.EventBridge;
using Amazon.RDS;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.SecretsManager;
using SnapshotBridge.Local.Aws;
using SnapshotBridge.Local.Aws.Rds;
using SnapshotBridge.Local.Aws.S3;
using Xunit;

namespace SnapshotBridge.Local.Tests.Aws;

/// <summary>Endpoints of one test with a bucket, and the vendor's clients pointed at them.</summary>
internal sealed class AwsFixture : IAsyncDisposable
{
    public const string Bucket = "export-bucket";

    private readonly string _folder;
    private readonly List<IDisposable> _clients = [];

    private AwsFixture(string folder, AwsEndpoints endpoints)
    {
        _folder = folder;
        Endpoints = endpoints;
    }

    public AwsEndpoints Endpoints { get; }

    public S3Store Store => Endpoints.S3Store;

    public S3Faults Faults => Endpoints.S3.Faults;

    public static async Task<AwsFixture> StartAsync(Func<AwsEndpointsOptions, AwsEndpointsOptions>? change = null)
    {
        var folder = Directory.CreateTempSubdirectory("local-aws-").FullName;
        var options = new AwsEndpointsOptions { Folder = folder, Rds = new RdsStoreOptions { StartingTime = TimeSpan.FromMilliseconds(20) } };
        var endpoints = await AwsEndpoints.StartAsync(change?.Invoke(options) ?? options, TestContext.Current.CancellationToken);
        endpoints.S3Store.CreateBucket(Bucket);
        return new AwsFixture(folder, endpoints);
    }

    public AmazonS3Client S3(Action<AmazonS3Config>? change = null, AWSCredentials? credentials = null)
        => Own(new AmazonS3Client(credentials ?? Credentials(), Configure(new AmazonS3Config { ForcePathStyle = true }, Endpoints.S3.Endpoint, change)));

    public AmazonRDSClient Rds(AWSCredentials? credentials = null, int retries = 0)
        => Own(new AmazonRDSClient(
            credentials ?? Credentials(), Configure(new AmazonRDSConfig(), Endpoints.Rds.Endpoint, config => config.MaxErrorRetry = retries)));

    public AmazonSecretsManagerClient Secrets(AWSCredentials? credentials = null)
        => Own(new AmazonSecretsManagerClient(
            credentials ?? Credentials(), Configure(new AmazonSecretsManagerConfig(), Endpoints.Secrets.Endpoint, null)));

    public AmazonEventBridgeClient Events(AWSCredentials? credentials = null)
        => Own(new AmazonEventBridgeClient(
            credentials ?? Credentials(), Configure(new AmazonEventBridgeConfig(), Endpoints.Events.Endpoint, null)));

    public AWSCredentials Credentials() => new BasicAWSCredentials(Endpoints.AccessKey.AccessKeyId, Endpoints.AccessKey.SecretAccessKey);

    public static AWSCredentials WrongSecret(AwsEndpoints endpoints) => new BasicAWSCredentials(endpoints.AccessKey.AccessKeyId, "not-the-secret");

    public static AWSCredentials UnknownKey() => new BasicAWSCredentials("AKIANOBODYKNOWSTHIS0", "whatever");

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            client.Dispose();
        await Endpoints.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static T Configure<T>(T config, Uri endpoint, Action<T>? change)
        where T : ClientConfig
    {
        config.ServiceURL = endpoint.AbsoluteUri;
        config.AuthenticationRegion = "us-east-1";
        config.MaxErrorRetry = 0;
        change?.Invoke(config);
        return config;
    }

    private T Own<T>(T client)
        where T : IDisposable
    {
        _clients.Add(client);
        return client;
    }
}
