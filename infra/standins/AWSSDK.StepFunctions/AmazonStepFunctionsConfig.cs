using Amazon.Runtime;
using Amazon.Runtime.Endpoints;
using Amazon.Util.Internal;
using SnapshotBridge.StandIns.Aws;

namespace Amazon.StepFunctions;

/// <summary>Where and how the client reaches the service.</summary>
public class AmazonStepFunctionsConfig : ClientConfig
{
    private static readonly string _userAgent = InternalSDKUtils.BuildUserAgentString("SFN", "standin");

    public AmazonStepFunctionsConfig()
        : base(ServiceDefaults.Provider)
    {
        base.ServiceId = ServiceId;
        AuthenticationServiceName = "states";
        EndpointProvider = new EndpointProvider("states");
    }

    /// <summary>The name that the endpoint variable is made of: <c>AWS_ENDPOINT_URL_SFN</c>.</summary>
    public static new string ServiceId => "SFN";

    public override string RegionEndpointServiceName => "states";

    public override string ServiceVersion => "2016-11-23";

    public override string UserAgent => _userAgent;

    public override Endpoint DetermineServiceOperationEndpoint(ServiceOperationEndpointParameters parameters) =>
        EndpointProvider.ResolveEndpoint(SnapshotBridge.StandIns.Aws.EndpointProvider.Parameters(this, parameters.AlternateEndpoint?.SystemName));
}
