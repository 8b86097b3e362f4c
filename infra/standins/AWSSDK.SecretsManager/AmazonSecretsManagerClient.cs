using Amazon.Runtime;
using Amazon.Runtime.Internal;
using SnapshotBridge.StandIns.Aws;

namespace Amazon.SecretsManager;

/// <summary>The client, on the request pipeline of AWSSDK.Core: credentials, signing, retries and endpoints are the SDK's own.</summary>
public partial class AmazonSecretsManagerClient : AmazonServiceClient, IAmazonSecretsManager
{
    public AmazonSecretsManagerClient()
        : base(new AmazonSecretsManagerConfig())
    {
    }

    public AmazonSecretsManagerClient(RegionEndpoint region)
        : base(new AmazonSecretsManagerConfig { RegionEndpoint = region })
    {
    }

    public AmazonSecretsManagerClient(AmazonSecretsManagerConfig config)
        : base(config)
    {
    }

    public AmazonSecretsManagerClient(AWSCredentials credentials)
        : this(credentials, new AmazonSecretsManagerConfig())
    {
    }

    public AmazonSecretsManagerClient(AWSCredentials credentials, RegionEndpoint region)
        : this(credentials, new AmazonSecretsManagerConfig { RegionEndpoint = region })
    {
    }

    public AmazonSecretsManagerClient(AWSCredentials credentials, AmazonSecretsManagerConfig clientConfig)
        : base(credentials, clientConfig)
    {
    }

    public AmazonSecretsManagerClient(string awsAccessKeyId, string awsSecretAccessKey)
        : this(awsAccessKeyId, awsSecretAccessKey, new AmazonSecretsManagerConfig())
    {
    }

    public AmazonSecretsManagerClient(string awsAccessKeyId, string awsSecretAccessKey, RegionEndpoint region)
        : this(awsAccessKeyId, awsSecretAccessKey, new AmazonSecretsManagerConfig { RegionEndpoint = region })
    {
    }

    public AmazonSecretsManagerClient(string awsAccessKeyId, string awsSecretAccessKey, AmazonSecretsManagerConfig clientConfig)
        : base(awsAccessKeyId, awsSecretAccessKey, clientConfig)
    {
    }

    public AmazonSecretsManagerClient(string awsAccessKeyId, string awsSecretAccessKey, string awsSessionToken)
        : this(awsAccessKeyId, awsSecretAccessKey, awsSessionToken, new AmazonSecretsManagerConfig())
    {
    }

    public AmazonSecretsManagerClient(string awsAccessKeyId, string awsSecretAccessKey, string awsSessionToken, RegionEndpoint region)
        : this(awsAccessKeyId, awsSecretAccessKey, awsSessionToken, new AmazonSecretsManagerConfig { RegionEndpoint = region })
    {
    }

    public AmazonSecretsManagerClient(string awsAccessKeyId, string awsSecretAccessKey, string awsSessionToken, AmazonSecretsManagerConfig clientConfig)
        : base(awsAccessKeyId, awsSecretAccessKey, awsSessionToken, clientConfig)
    {
    }

    protected override IServiceMetadata ServiceMetadata => new ServiceMetadata(AmazonSecretsManagerConfig.ServiceId);

    static ClientConfig IAmazonService.CreateDefaultClientConfig() => new AmazonSecretsManagerConfig();

    static IAmazonService IAmazonService.CreateDefaultServiceClient(AWSCredentials awsCredentials, ClientConfig clientConfig) =>
        new AmazonSecretsManagerClient(awsCredentials, (AmazonSecretsManagerConfig)clientConfig);

    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline) => Pipeline.Customize(pipeline);
}
