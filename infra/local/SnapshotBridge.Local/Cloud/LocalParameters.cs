using System.Globalization;

namespace SnapshotBridge.Local.Cloud;

/// <summary>What a deployment into the local cloud is given: the template's parameters, and where the services are.</summary>
internal static class LocalParameters
{
    /// <summary>How many copy batches the large table should become: enough to show several children at work.</summary>
    private const int WantedBatches = 6;

    /// <summary>The template's parameters.</summary>
    public static Dictionary<string, string> For(LocalCloud cloud, LocalCloudOptions options)
    {
        var parameters = new Dictionary<string, string>
        {
            ["ExportBucketName"] = LocalCloud.ExportBucket,
            ["ExportKmsKeyArn"] = cloud.Aws.S3Store.KmsKeyArn,
            ["SourceDatabases"] = LocalCloud.SourceDatabase,
            ["AutomaticTrigger"] = "ENABLED",
            // Two cores run everything here: more sandboxes would only wait for each other.
            ["CopyConcurrency"] = "2",
            ["BatchBytes"] = Math.Max(1_048_576, (long)(options.SizeMb * 1_000_000 / WantedBatches)).ToString(CultureInfo.InvariantCulture),
            ["OciRegion"] = LocalCloud.OciRegion,
            ["OciBucket"] = LocalCloud.OciBucket,
            ["OciSecretId"] = LocalCloud.OciSecretName,
            ["HeatWaveHost"] = cloud.HeatWave.Host,
            ["HeatWavePort"] = cloud.HeatWave.Port.ToString(CultureInfo.InvariantCulture),
            ["HeatWaveSecretId"] = LocalCloud.HeatWaveSecretName,
            ["HeatWaveSslMode"] = "VerifyFull",
        };
        foreach (var (name, value) in options.Parameters)
        {
            parameters[name] = value;
        }

        return parameters;
    }

    /// <summary>The environment that points a function's clients at the local servers instead of the clouds'.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Endpoints(LocalCloud cloud)
    {
        foreach (var variable in cloud.Aws.Environment())
        {
            yield return variable;
        }

        yield return KeyValuePair.Create("AWS_ENDPOINT_URL_SFN", cloud.StatesEndpoint.Endpoint.AbsoluteUri);
        yield return KeyValuePair.Create("OCI_ENDPOINT", cloud.Oci.Endpoint.AbsoluteUri.TrimEnd('/'));
        if (cloud.HeatWave.CaFile is { } authority)
        {
            // The package's driver reads the file; the stand-in's driver wants it among the system's authorities.
            yield return KeyValuePair.Create("HEATWAVE_CA_FILE", authority);
            yield return KeyValuePair.Create("SSL_CERT_FILE", authority);
        }
    }
}
