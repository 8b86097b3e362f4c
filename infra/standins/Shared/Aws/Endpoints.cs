using Amazon.Runtime;
using Amazon.Runtime.Credentials.Internal;
using Amazon.Runtime.Endpoints;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Auth;
using Amazon.Runtime.Internal.Endpoints.StandardLibrary;

namespace SnapshotBridge.StandIns.Aws;

/// <summary>A configured address as it is, else the service's regional one.</summary>
internal sealed class EndpointProvider(string hostPrefix) : IEndpointProvider
{
    public Endpoint ResolveEndpoint(EndpointParameters parameters)
    {
        if (parameters["Endpoint"] is string { Length: > 0 } configured)
            return new Endpoint(configured);
        if (parameters["Region"] is not string { Length: > 0 } region)
            throw new AmazonClientException("Invalid Configuration: Missing Region");

        var partition = Fn.Partition(region);
        var fips = parameters["UseFIPS"] is true ? "-fips" : "";
        var suffix = parameters["UseDualStack"] is true ? partition.dualStackDnsSuffix : partition.dnsSuffix;
        return new Endpoint($"https://{hostPrefix}{fips}.{region}.{suffix}");
    }

    /// <summary>What the endpoint depends on, from the client's configuration.</summary>
    public static EndpointParameters Parameters(IClientConfig config, string alternateRegion) => new()
    {
        ["Region"] = alternateRegion ?? config.RegionEndpoint?.SystemName ?? config.AuthenticationRegion,
        ["UseDualStack"] = config.UseDualstackEndpoint,
        ["UseFIPS"] = config.UseFIPSEndpoint,
        ["Endpoint"] = config.ServiceURL,
    };
}

/// <summary>Gives each request its endpoint.</summary>
internal sealed class EndpointHandler : BaseEndpointResolver
{
    protected override EndpointParameters MapEndpointsParameters(IRequestContext requestContext) =>
        EndpointProvider.Parameters(requestContext.ClientConfig, requestContext.Request.AlternateEndpoint?.SystemName);
}

/// <summary>Signs every request with Signature Version 4, as all of these services want it.</summary>
internal sealed class SigV4Handler : BaseAuthResolverHandler
{
    protected override List<IAuthSchemeOption> ResolveAuthOptions(IExecutionContext executionContext) => AuthSchemeOption.DEFAULT_SIGV4;
}

internal static class Pipeline
{
    /// <summary>Replaces the SDK's general endpoint step by the service's, and adds the choice of the signer.</summary>
    public static void Customize(RuntimePipeline pipeline)
    {
        pipeline.RemoveHandler<EndpointResolver>();
        pipeline.AddHandlerAfter<Marshaller>(new EndpointHandler());
        pipeline.AddHandlerAfter<EndpointHandler>(new SigV4Handler());
    }
}
