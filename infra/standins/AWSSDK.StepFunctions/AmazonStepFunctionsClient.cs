using Amazon.Runtime;
using Amazon.Runtime.Internal;
using SnapshotBridge.StandIns.Aws;

namespace Amazon.StepFunctions;

/// <summary>The client, on the request pipeline of AWSSDK.Core: credentials, signing, retries and endpoints are the SDK's own.</summary>
public partial class AmazonStepFunctionsClient : AmazonServiceClient, IAmazonStepFunctions
{
    public AmazonStepFunctionsClient()
        : base(new AmazonStepFunctionsConfig())
    {
    }

    public AmazonStepFunctionsClient(RegionEndpoint region)
        : base(new AmazonStepFunctionsConfig { RegionEndpoint = region })
    {
    }

    public AmazonStepFunctionsClient(AmazonStepFunctionsConfig config)
        : base(config)
    {
    }

    public AmazonStepFunctionsClient(AWSCredentials credentials)
        : this(credentials, new AmazonStepFunctionsConfig())
    {
    }

    public AmazonStepFunctionsClient(AWSCredentials credentials, RegionEndpoint region)
        : this(credentials, new AmazonStepFunctionsConfig { RegionEndpoint = region })
    {
    }

    public AmazonStepFunctionsClient(AWSCredentials credentials, AmazonStepFunctionsConfig clientConfig)
        : base(credentials, clientConfig)
    {
    }

    public AmazonStepFunctionsClient(string awsAccessKeyId, string awsSecretAccessKey)
        : this(awsAccessKeyId, awsSecretAccessKey, new AmazonStepFunctionsConfig())
    {
    }

    public AmazonStepFunctionsClient(string awsAccessKeyId, string awsSecretAccessKey, RegionEndpoint region)
        : this(awsAccessKeyId, awsSecretAccessKey, new AmazonStepFunctionsConfig { RegionEndpoint = region })
    {
    }

    public AmazonStepFunctionsClient(string awsAccessKeyId, string awsSecretAccessKey, AmazonStepFunctionsConfig clientConfig)
        : base(awsAccessKeyId, awsSecretAccessKey, clientConfig)
    {
    }

    public AmazonStepFunctionsClient(string awsAccessKeyId, string awsSecretAccessKey, string awsSessionToken)
        : this(awsAccessKeyId, awsSecretAccessKey, awsSessionToken, new AmazonStepFunctionsConfig())
    {
    }

    public AmazonStepFunctionsClient(string awsAccessKeyId, string awsSecretAccessKey, string awsSessionToken, RegionEndpoint region)
        : this(awsAccessKeyId, awsSecretAccessKey, awsSessionToken, new AmazonStepFunctionsConfig { RegionEndpoint = region })
    {
    }

    public AmazonStepFunctionsClient(string awsAccessKeyId, string awsSecretAccessKey, string awsSessionToken, AmazonStepFunctionsConfig clientConfig)
        : base(awsAccessKeyId, awsSecretAccessKey, awsSessionToken, clientConfig)
    {
    }

    protected override IServiceMetadata ServiceMetadata => new ServiceMetadata(AmazonStepFunctionsConfig.ServiceId);

    static ClientConfig IAmazonService.CreateDefaultClientConfig() => new AmazonStepFunctionsConfig();

    static IAmazonService IAmazonService.CreateDefaultServiceClient(AWSCredentials awsCredentials, ClientConfig clientConfig) =>
        new AmazonStepFunctionsClient(awsCredentials, (AmazonStepFunctionsConfig)clientConfig);

    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline) => Pipeline.Customize(pipeline);
}
