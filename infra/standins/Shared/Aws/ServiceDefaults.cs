using Amazon.Runtime;
using Amazon.Runtime.Internal;

namespace SnapshotBridge.StandIns.Aws;

/// <summary>The SDK's default configuration modes, which every service package carries.</summary>
internal static class ServiceDefaults
{
    public static IDefaultConfigurationProvider Provider { get; } = new DefaultConfigurationProvider(
    [
        Mode(DefaultConfigurationMode.Standard, 3100),
        Mode(DefaultConfigurationMode.InRegion, 1100),
        Mode(DefaultConfigurationMode.CrossRegion, 3100),
        Mode(DefaultConfigurationMode.Mobile, 30000),
        Mode(DefaultConfigurationMode.Auto, 1100),
    ]);

    private static DefaultConfiguration Mode(DefaultConfigurationMode mode, int connectMilliseconds) => new()
    {
        Name = mode,
        RetryMode = RequestRetryMode.Standard,
        S3UsEast1RegionalEndpoint = S3UsEast1RegionalEndpointValue.Regional,
        ConnectTimeout = TimeSpan.FromMilliseconds(connectMilliseconds),
        TlsNegotiationTimeout = TimeSpan.FromMilliseconds(connectMilliseconds),
    };
}

/// <summary>The name by which shared settings (endpoint variables, profiles) know the service.</summary>
internal sealed class ServiceMetadata(string serviceId) : IServiceMetadata
{
    public string ServiceId => serviceId;

    public IDictionary<string, string> OperationNameMapping { get; } = new Dictionary<string, string>();
}
