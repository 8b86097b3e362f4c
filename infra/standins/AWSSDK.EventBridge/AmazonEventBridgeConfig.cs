using Amazon.Runtime;
using Amazon.Runtime.Endpoints;
using Amazon.Util.Internal;
using SnapshotBridge.StandIns.Aws;

namespace Amazon.EventBridge;

/// <summary>Where and how the client reaches the service.</summary>
public class AmazonEventBridgeConfig : ClientConfig
{
    private static readonly string _userAgent = InternalSDKUtils.BuildUserAgentString("EventBridge", "standin");

    public AmazonEventBridgeConfig()
        : base(ServiceDefaults.Provider)
    {
        base.ServiceId = ServiceId;
        AuthenticationServiceName = "events";
        EndpointProvider = new EndpointProvider("events");
    }

    /// <summary>The name that the endpoint variable is made of: <c>AWS_ENDPOINT_URL_EVENTBRIDGE</c>.</summary>
    public static new string ServiceId => "EventBridge";

    public override string RegionEndpointServiceName => "events";

    public override string ServiceVersion => "2015-10-07";

    public override string UserAgent => _userAgent;

    public override Endpoint DetermineServiceOperationEndpoint(ServiceOperationEndpointParameters parameters) =>
        EndpointProvider.ResolveEndpoint(SnapshotBridge.StandIns.Aws.EndpointProvider.Parameters(this, parameters.AlternateEndpoint?.SystemName));
}
