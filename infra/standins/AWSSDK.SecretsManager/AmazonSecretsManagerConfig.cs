using Amazon.Runtime;
using Amazon.Runtime.Endpoints;
using Amazon.Util.Internal;
using SnapshotBridge.StandIns.Aws;

namespace Amazon.SecretsManager;

/// <summary>Where and how the client reaches the service.</summary>
public class AmazonSecretsManagerConfig : ClientConfig
{
    private static readonly string _userAgent = InternalSDKUtils.BuildUserAgentString("Secrets Manager", "standin");

    public AmazonSecretsManagerConfig()
        : base(ServiceDefaults.Provider)
    {
        base.ServiceId = ServiceId;
        AuthenticationServiceName = "secretsmanager";
        EndpointProvider = new EndpointProvider("secretsmanager");
    }

    /// <summary>The name that the endpoint variable is made of: <c>AWS_ENDPOINT_URL_SECRETS_MANAGER</c>.</summary>
    public static new string ServiceId => "Secrets Manager";

    public override string RegionEndpointServiceName => "secretsmanager";

    public override string ServiceVersion => "2017-10-17";

    public override string UserAgent => _userAgent;

    public override Endpoint DetermineServiceOperationEndpoint(ServiceOperationEndpointParameters parameters) =>
        EndpointProvider.ResolveEndpoint(SnapshotBridge.StandIns.Aws.EndpointProvider.Parameters(this, parameters.AlternateEndpoint?.SystemName));
}
