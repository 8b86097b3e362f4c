using System.Text.RegularExpressions;
using SnapshotBridge.Configuration;
using SnapshotBridge.Loading;
using SnapshotBridge.Oci;
using SnapshotBridge.Reporting;
using SnapshotBridge.Requests;

namespace SnapshotBridge.LoadTables;

/// <summary>How the connection to HeatWave is protected. The names are the driver's.</summary>
public enum HeatWaveSslMode
{
    /// <summary>No TLS.</summary>
    None,

    /// <summary>TLS where the server offers it, with any certificate.</summary>
    Preferred,

    /// <summary>TLS with any certificate: whoever stands in between can read along.</summary>
    Required,

    /// <summary>TLS with a certificate of a trusted authority, for any host.</summary>
    VerifyCA,

    /// <summary>TLS with a certificate of a trusted authority for this host.</summary>
    VerifyFull,
}

/// <summary>The environment of LoadTables, read once.</summary>
public sealed partial record LoadTablesOptions
{
    /// <summary>The bus that every account has.</summary>
    public const string DefaultEventBus = "default";

    /// <summary>The bucket of the export and of our documents.</summary>
    public required string ExportBucket { get; init; }

    /// <summary>This function's AWS region: a request names a snapshot of it.</summary>
    public required string AwsRegion { get; init; }

    public required string OciRegion { get; init; }

    public required Uri OciEndpoint { get; init; }

    /// <summary>True where OCI_ENDPOINT overrides the region's: then a PAR's address is made with it as well.</summary>
    public required bool OciEndpointIsCustom { get; init; }

    /// <summary>The Object Storage namespace; null asks the service.</summary>
    public string? OciNamespace { get; init; }

    public required string OciBucket { get; init; }

    public required string OciSecretId { get; init; }

    public required string HeatWaveHost { get; init; }

    public required uint HeatWavePort { get; init; }

    public required string HeatWaveSecretId { get; init; }

    public required HeatWaveSslMode HeatWaveSslMode { get; init; }

    /// <summary>A file with the certificate authority to trust, beside the system's; null for the system's alone.</summary>
    public string? HeatWaveCaFile { get; init; }

    /// <summary>The event bus, by name or ARN, that is told of a run's end.</summary>
    public string EventBus { get; init; } = DefaultEventBus;

    public required LoadSettings Settings { get; init; }

    /// <exception cref="InvalidOptionsException">Variables are missing or wrong; all of them are named.</exception>
    public static LoadTablesOptions Read(EnvironmentReader environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        var bucket = environment.Required("EXPORT_BUCKET");
        var region = environment.Required("OCI_REGION");
        if (region.Length > 0 && !OciClientOptions.IsRegion(region))
        {
            environment.Problem("OCI_REGION", region, "must be a region identifier such as eu-frankfurt-1");
        }

        var endpointText = environment.Optional("OCI_ENDPOINT");
        Uri? endpoint = null;
        if (endpointText is not null
            && (!Uri.TryCreate(endpointText, UriKind.Absolute, out endpoint) || endpoint.Scheme is not ("https" or "http") || endpoint.PathAndQuery != "/"))
        {
            environment.Problem("OCI_ENDPOINT", endpointText, "must be the root of a server, such as https://objectstorage.eu-frankfurt-1.oraclecloud.com");
        }

        var caFile = environment.Optional("HEATWAVE_CA_FILE");
        if (caFile is not null && !File.Exists(caFile))
        {
            environment.Problem("HEATWAVE_CA_FILE", caFile, "there is no such file in the function's package or layers");
        }

        var oci = (Namespace: environment.Optional("OCI_NAMESPACE"), Bucket: environment.Required("OCI_BUCKET"), Secret: environment.Required("OCI_SECRET_ID"));
        var heatWave = (
            Host: environment.Required("HEATWAVE_HOST"),
            Port: environment.Number("HEATWAVE_PORT", 3306, 1, 65535),
            Secret: environment.Required("HEATWAVE_SECRET_ID"),
            Ssl: environment.OneOf("HEATWAVE_SSL_MODE", HeatWaveSslMode.VerifyFull));
        var parHours = environment.Number("PAR_HOURS", 24, BridgeRequest.MinParHours, BridgeRequest.MaxParHours);
        var mode = environment.OneOf("LOAD_MODE", LoadMode.Auto);
        var defaults = new LoadChoices
        {
            Types = environment.OneOf("COLUMN_TYPES", TypeMode.Faithful),
            Publish = environment.OneOf("PUBLISH", PublishMode.Replace),
            KeepVersions = (int)environment.Number("KEEP_VERSIONS", 1, BridgeRequest.MinKeepVersions, BridgeRequest.MaxKeepVersions),
            Verify = environment.OneOf("VERIFY", VerifyMode.Rows),
            ParLifetime = TimeSpan.FromHours(parHours),
            ParAfterLoad = environment.OneOf("PAR_AFTER_LOAD", ParAfterLoad.Keep),
        };
        var pricesText = environment.Optional("LIST_PRICES");
        if (ListPrices.TryParse(pricesText, out var prices) is { } wrongPrices)
        {
            environment.Problem("LIST_PRICES", pricesText!, wrongPrices);
        }

        var eventBus = environment.Optional("EVENT_BUS") ?? DefaultEventBus;
        if (!EventBusShape().IsMatch(eventBus))
        {
            environment.Problem("EVENT_BUS", eventBus, "must be an event bus's name (up to 256 letters, digits and . - _ /) or its ARN");
        }

        var awsRegion = environment.Required("AWS_REGION");
        environment.ThrowIfInvalid("LoadTables");

        return new LoadTablesOptions
        {
            ExportBucket = bucket,
            AwsRegion = awsRegion,
            OciRegion = region,
            OciEndpoint = endpoint ?? OciClientOptions.EndpointOf(region),
            OciEndpointIsCustom = endpoint is not null,
            OciNamespace = oci.Namespace,
            OciBucket = oci.Bucket,
            OciSecretId = oci.Secret,
            HeatWaveHost = heatWave.Host,
            HeatWavePort = (uint)heatWave.Port,
            HeatWaveSecretId = heatWave.Secret,
            HeatWaveSslMode = heatWave.Ssl,
            HeatWaveCaFile = caFile,
            EventBus = eventBus,
            Settings = new LoadSettings { Mode = mode, Defaults = defaults, Prices = prices },
        };
    }

    // EventBridge API Reference, PutEventsRequestEntry, EventBusName.
    [GeneratedRegex(@"^(arn:aws[a-z-]*:events:[a-z0-9-]+:[0-9]{12}:event-bus/)?[/.\-_A-Za-z0-9]{1,256}\z", RegexOptions.CultureInvariant)]
    private static partial Regex EventBusShape();
}
