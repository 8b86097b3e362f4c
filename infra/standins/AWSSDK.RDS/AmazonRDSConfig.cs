using Amazon.Runtime;
using Amazon.Runtime.Endpoints;
using Amazon.Util.Internal;
using SnapshotBridge.StandIns.Aws;

namespace Amazon.RDS;

/// <summary>Where and how the client reaches the service.</summary>
public class AmazonRDSConfig : ClientConfig
{
    private static readonly string _userAgent = InternalSDKUtils.BuildUserAgentString("RDS", "standin");

    public AmazonRDSConfig()
        : base(ServiceDefaults.Provider)
    {
        base.ServiceId = ServiceId;
        AuthenticationServiceName = "rds";
        EndpointProvider = new EndpointProvider("rds");
    }

    /// <summary>The name that the endpoint variable is made of: <c>AWS_ENDPOINT_URL_RDS</c>.</summary>
    public static new string ServiceId => "RDS";

    public override string RegionEndpointServiceName => "rds";

    public override string ServiceVersion => "2014-10-31";

    public override string UserAgent => _userAgent;

    public override Endpoint DetermineServiceOperationEndpoint(ServiceOperationEndpointParameters parameters) =>
        EndpointProvider.ResolveEndpoint(SnapshotBridge.StandIns.Aws.EndpointProvider.Parameters(this, parameters.AlternateEndpoint?.SystemName));
}
