using Amazon.Runtime;
using Amazon.Runtime.Internal;
using SnapshotBridge.StandIns.Aws;

namespace Amazon.RDS;

/// <summary>The client, on the request pipeline of AWSSDK.Core: credentials, signing, retries and endpoints are the SDK's own.</summary>
public partial class AmazonRDSClient : AmazonServiceClient, IAmazonRDS
{
    public AmazonRDSClient()
        : base(new AmazonRDSConfig())
    {
    }

    public AmazonRDSClient(RegionEndpoint region)
        : base(new AmazonRDSConfig { RegionEndpoint = region })
    {
    }

    public AmazonRDSClient(AmazonRDSConfig config)
        : base(config)
    {
    }

    public AmazonRDSClient(AWSCredentials credentials)
        : this(credentials, new AmazonRDSConfig())
    {
    }

    public AmazonRDSClient(AWSCredentials credentials, RegionEndpoint region)
        : this(credentials, new AmazonRDSConfig { RegionEndpoint = region })
    {
    }

    public AmazonRDSClient(AWSCredentials credentials, AmazonRDSConfig clientConfig)
        : base(credentials, clientConfig)
    {
    }

    public AmazonRDSClient(string awsAccessKeyId, string awsSecretAccessKey)
        : this(awsAccessKeyId, awsSecretAccessKey, new AmazonRDSConfig())
    {
    }

    public AmazonRDSClient(string awsAccessKeyId, string awsSecretAccessKey, RegionEndpoint region)
        : this(awsAccessKeyId, awsSecretAccessKey, new AmazonRDSConfig { RegionEndpoint = region })
    {
    }

    public AmazonRDSClient(string awsAccessKeyId, string awsSecretAccessKey, AmazonRDSConfig clientConfig)
        : base(awsAccessKeyId, awsSecretAccessKey, clientConfig)
    {
    }

    public AmazonRDSClient(string awsAccessKeyId, string awsSecretAccessKey, string awsSessionToken)
        : this(awsAccessKeyId, awsSecretAccessKey, awsSessionToken, new AmazonRDSConfig())
    {
    }

    public AmazonRDSClient(string awsAccessKeyId, string awsSecretAccessKey, string awsSessionToken, RegionEndpoint region)
        : this(awsAccessKeyId, awsSecretAccessKey, awsSessionToken, new AmazonRDSConfig { RegionEndpoint = region })
    {
    }

    public AmazonRDSClient(string awsAccessKeyId, string awsSecretAccessKey, string awsSessionToken, AmazonRDSConfig clientConfig)
        : base(awsAccessKeyId, awsSecretAccessKey, awsSessionToken, clientConfig)
    {
    }

    protected override IServiceMetadata ServiceMetadata => new ServiceMetadata(AmazonRDSConfig.ServiceId);

    static ClientConfig IAmazonService.CreateDefaultClientConfig() => new AmazonRDSConfig();

    static IAmazonService IAmazonService.CreateDefaultServiceClient(AWSCredentials awsCredentials, ClientConfig clientConfig) =>
        new AmazonRDSClient(awsCredentials, (AmazonRDSConfig)clientConfig);

    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline) => Pipeline.Customize(pipeline);
}
