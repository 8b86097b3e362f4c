using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using SnapshotBridge.Local.Aws.EventBridge;
using SnapshotBridge.Local.Aws.Rds;
using SnapshotBridge.Local.Aws.S3;
using SnapshotBridge.Local.Aws.SecretsManager;
using SnapshotBridge.Local.Aws.Signing;

namespace SnapshotBridge.Local.Aws;

/// <summary>How the AWS side of a local run is set up.</summary>
public sealed record AwsEndpointsOptions
{
    /// <summary>An existing folder for the objects' bytes.</summary>
    public required string Folder { get; init; }

    /// <summary>The access key that functions and clients sign with; by default a fresh one with a random secret.</summary>
    public AwsAccessKey AccessKey { get; init; } = new("AKIALOCALSNAPSHOTBRG", RandomNumberGenerator.GetHexString(40, lowercase: true));

    /// <summary>The region of everything.</summary>
    public string Region { get; init; } = "us-east-1";

    /// <summary>The account of everything.</summary>
    public string AccountId { get; init; } = "123456789012";

    /// <summary>The port of S3; 0 for any.</summary>
    public int S3Port { get; init; }

    /// <summary>The port of RDS; 0 for any.</summary>
    public int RdsPort { get; init; }

    /// <summary>The port of Secrets Manager; 0 for any.</summary>
    public int SecretsPort { get; init; }

    /// <summary>The port of EventBridge; 0 for any.</summary>
    public int EventsPort { get; init; }

    /// <summary>Roles, keys and times of RDS. Region, account, clock and logger are set to those given here.</summary>
    public RdsStoreOptions Rds { get; init; } = new();

    /// <summary>Which checksum some objects are stored with.</summary>
    public IReadOnlyList<S3ChecksumRule> ChecksumRules { get; init; } = [];

    /// <summary>The clock of all servers.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Receives what goes wrong inside the servers.</summary>
    public ILogger? Logger { get; init; }
}

/// <summary>S3, RDS, Secrets Manager and EventBridge of one local run.</summary>
public sealed class AwsEndpoints : IAsyncDisposable
{
    private readonly AwsEndpointsOptions _options;

    private AwsEndpoints(AwsEndpointsOptions options, S3Server s3, RdsStore rdsStore, RdsServer rds, SecretsServer secrets, EventsServer events)
    {
        _options = options;
        S3 = s3;
        RdsStore = rdsStore;
        Rds = rds;
        Secrets = secrets;
        Events = events;
    }

    /// <summary>S3 with its faults and its request log.</summary>
    public S3Server S3 { get; }

    /// <summary>The objects.</summary>
    public S3Store S3Store => S3.Store;

    /// <summary>RDS.</summary>
    public RdsServer Rds { get; }

    /// <summary>Snapshots, export tasks, events; takes the export engine.</summary>
    public RdsStore RdsStore { get; }

    /// <summary>Secrets Manager.</summary>
    public SecretsServer Secrets { get; }

    /// <summary>EventBridge: what functions send, not what AWS's own services do.</summary>
    public EventsServer Events { get; }

    /// <summary>The access key that all of them accept.</summary>
    public AwsAccessKey AccessKey => _options.AccessKey;

    /// <summary>The region that requests are signed for.</summary>
    public string Region => _options.Region;

    /// <summary>The account that ARNs name.</summary>
    public string AccountId => _options.AccountId;

    /// <summary>Starts all servers.</summary>
    /// <exception cref="IOException">A port is taken; nothing is left running.</exception>
    public static async Task<AwsEndpoints> StartAsync(AwsEndpointsOptions options, CancellationToken cancellationToken = default)
    {
        var s3Store = new S3Store(new S3StoreOptions { Folder = options.Folder, ChecksumRules = options.ChecksumRules, Clock = options.Clock });
        var rdsStore = new RdsStore(
            options.Rds with { Region = options.Region, AccountId = options.AccountId, Clock = options.Clock, Logger = options.Logger }, s3Store);
        S3Server? s3 = null;
        RdsServer? rds = null;
        SecretsServer? secrets = null;
        try
        {
            s3 = await S3Server.StartAsync(s3Store, ForS3(options), cancellationToken);
            rds = await RdsServer.StartAsync(rdsStore, For(options, options.RdsPort), cancellationToken);
            var secretsStore = new SecretsStore(options.Region, options.AccountId, options.Clock);
            secrets = await SecretsServer.StartAsync(secretsStore, For(options, options.SecretsPort), cancellationToken);
            var events = await EventsServer.StartAsync(For(options, options.EventsPort), cancellationToken);
            return new AwsEndpoints(options, s3, rdsStore, rds, secrets, events);
        }
        catch
        {
            if (secrets is not null)
                await secrets.DisposeAsync();
            if (rds is not null)
                await rds.DisposeAsync();
            if (s3 is not null)
                await s3.DisposeAsync();
            await rdsStore.DisposeAsync();
            s3Store.Dispose();
            throw;
        }
    }

    /// <summary>The environment with which the AWS SDKs and the AWS CLI find and may use these servers. It holds the secret key.</summary>
    public IReadOnlyDictionary<string, string> Environment()
    {
        var environment = new Dictionary<string, string>
        {
            ["AWS_REGION"] = Region,
            ["AWS_DEFAULT_REGION"] = Region,
            ["AWS_ACCESS_KEY_ID"] = AccessKey.AccessKeyId,
            ["AWS_SECRET_ACCESS_KEY"] = AccessKey.SecretAccessKey,
            ["AWS_ENDPOINT_URL_S3"] = S3.Endpoint.AbsoluteUri,
            ["AWS_ENDPOINT_URL_RDS"] = Rds.Endpoint.AbsoluteUri,
            ["AWS_ENDPOINT_URL_SECRETS_MANAGER"] = Secrets.Endpoint.AbsoluteUri,
            ["AWS_ENDPOINT_URL_EVENTBRIDGE"] = Events.Endpoint.AbsoluteUri,
        };
        if (AccessKey.SessionToken is { } token)
            environment["AWS_SESSION_TOKEN"] = token;
        return environment;
    }

    /// <summary>Stops everything and deletes the objects.</summary>
    public async ValueTask DisposeAsync()
    {
        await RdsStore.DisposeAsync();
        await Rds.DisposeAsync();
        await Secrets.DisposeAsync();
        await Events.DisposeAsync();
        await S3.DisposeAsync();
        S3Store.Dispose();
    }

    private static AwsServerOptions For(AwsEndpointsOptions options, int port) => new()
    {
        Port = port,
        AccessKeys = [options.AccessKey],
        Region = options.Region,
        AccountId = options.AccountId,
        Clock = options.Clock,
        Logger = options.Logger,
    };

    private static S3ServerOptions ForS3(AwsEndpointsOptions options) => new()
    {
        Port = options.S3Port,
        AccessKeys = [options.AccessKey],
        Region = options.Region,
        AccountId = options.AccountId,
        Clock = options.Clock,
        Logger = options.Logger,
    };
}
