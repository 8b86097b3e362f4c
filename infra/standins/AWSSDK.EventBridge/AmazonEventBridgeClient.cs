using Amazon.Runtime;
using Amazon.Runtime.Internal;
using SnapshotBridge.StandIns.Aws;

namespace Amazon.EventBridge;

/// <summary>The client, on the request pipeline of AWSSDK.Core: credentials, signing, retries and endpoints are the SDK's own.</summary>
public partial class AmazonEventBridgeClient : AmazonServiceClient, IAmazonEventBridge
{
    public AmazonEventBridgeClient()
        : base(new AmazonEventBridgeConfig())
    {
    }

    public AmazonEventBridgeClient(RegionEndpoint region)
        : base(new AmazonEventBridgeConfig { RegionEndpoint = region })
    {
    }

    public AmazonEventBridgeClient(AmazonEventBridgeConfig config)
        : base(config)
    {
    }

    public AmazonEventBridgeClient(AWSCredentials credentials)
        : this(credentials, new AmazonEventBridgeConfig())
    {
    }

    public AmazonEventBridgeClient(AWSCredentials credentials, RegionEndpoint region)
        : this(credentials, new AmazonEventBridgeConfig { RegionEndpoint = region })
    {
    }

    public AmazonEventBridgeClient(AWSCredentials credentials, AmazonEventBridgeConfig clientConfig)
        : base(credentials, clientConfig)
    {
    }

    public AmazonEventBridgeClient(string awsAccessKeyId, string awsSecretAccessKey)
        : this(awsAccessKeyId, awsSecretAccessKey, new AmazonEventBridgeConfig())
    {
    }

    public AmazonEventBridgeClient(string awsAccessKeyId, string awsSecretAccessKey, RegionEndpoint region)
        : this(awsAccessKeyId, awsSecretAccessKey, new AmazonEventBridgeConfig { RegionEndpoint = region })
    {
    }

    public AmazonEventBridgeClient(string awsAccessKeyId, string awsSecretAccessKey, AmazonEventBridgeConfig clientConfig)
        : base(awsAccessKeyId, awsSecretAccessKey, clientConfig)
    {
    }

    public AmazonEventBridgeClient(string awsAccessKeyId, string awsSecretAccessKey, string awsSessionToken)
        : this(awsAccessKeyId, awsSecretAccessKey, awsSessionToken, new AmazonEventBridgeConfig())
    {
    }

    public AmazonEventBridgeClient(string awsAccessKeyId, string awsSecretAccessKey, string awsSessionToken, RegionEndpoint region)
        : this(awsAccessKeyId, awsSecretAccessKey, awsSessionToken, new AmazonEventBridgeConfig { RegionEndpoint = region })
    {
    }

    public AmazonEventBridgeClient(string awsAccessKeyId, string awsSecretAccessKey, string awsSessionToken, AmazonEventBridgeConfig clientConfig)
        : base(awsAccessKeyId, awsSecretAccessKey, awsSessionToken, clientConfig)
    {
    }

    protected override IServiceMetadata ServiceMetadata => new ServiceMetadata(AmazonEventBridgeConfig.ServiceId);

    static ClientConfig IAmazonService.CreateDefaultClientConfig() => new AmazonEventBridgeConfig();

    static IAmazonService IAmazonService.CreateDefaultServiceClient(AWSCredentials awsCredentials, ClientConfig clientConfig) =>
        new AmazonEventBridgeClient(awsCredentials, (AmazonEventBridgeConfig)clientConfig);

    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline) => Pipeline.Customize(pipeline);
}
