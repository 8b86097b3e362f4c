using System.Globalization;
using SnapshotBridge.Configuration;
using SnapshotBridge.Copying;
using SnapshotBridge.Oci;

namespace SnapshotBridge.CopyTable;

/// <summary>The function's settings, read once and checked whole.</summary>
public sealed record CopyTableOptions
{
    /// <summary>The bucket that holds the exports and our documents.</summary>
    public required string ExportBucket { get; init; }

    /// <summary>The OCI region, such as <c>us-ashburn-1</c>.</summary>
    public required string OciRegion { get; init; }

    /// <summary>The Object Storage namespace; null asks the service.</summary>
    public string? OciNamespace { get; init; }

    public required string OciBucket { get; init; }

    /// <summary>The Secrets Manager secret with the API key.</summary>
    public required string OciSecretId { get; init; }

    /// <summary>The Object Storage endpoint: the region's, unless set.</summary>
    public required Uri OciEndpoint { get; init; }

    public required CopyLimits Limits { get; init; }

    /// <exception cref="InvalidOptionsException">Anything is missing or invalid; the message names all of it.</exception>
    public static CopyTableOptions Read(EnvironmentReader environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        const long mebibyte = 1 << 20;

        // Lambda itself sets the memory size (128 to 10,240 MB); elsewhere the template's default is assumed.
        var memoryMb = environment.Number("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", 1024, 128, 10_240);

        // OCI documents no smallest part any more (older pages: 10 MiB); one upload request takes at most 50 GiB, and a
        // buffer of .NET at most 2 GiB.
        var partMib = environment.Number("PART_SIZE_MIB", CopyLimits.DefaultPartSizeBytes / mebibyte, 1, 1024);
        var thresholdMib = environment.Number("MULTIPART_THRESHOLD_MIB", partMib, 1, 1024);
        var options = new CopyTableOptions
        {
            ExportBucket = environment.Required("EXPORT_BUCKET"),
            OciRegion = environment.Required("OCI_REGION"),
            OciNamespace = environment.Optional("OCI_NAMESPACE"),
            OciBucket = environment.Required("OCI_BUCKET"),
            OciSecretId = environment.Required("OCI_SECRET_ID"),
            OciEndpoint = Endpoint(environment),
            Limits = new CopyLimits
            {
                MemoryBytes = memoryMb * mebibyte,
                PartSizeBytes = partMib * mebibyte,
                MultipartThresholdBytes = thresholdMib * mebibyte,
            },
        };

        var budgetMib = options.Limits.BufferBudgetBytes / mebibyte;
        if (partMib > budgetMib)
        {
            environment.Problem("PART_SIZE_MIB", Text(partMib), $"must be at most {budgetMib}: that is what {memoryMb} MB of memory leave for buffers");
        }

        if (thresholdMib > budgetMib && thresholdMib != partMib)
        {
            environment.Problem(
                "MULTIPART_THRESHOLD_MIB", Text(thresholdMib), $"must be at most {budgetMib}: that is what {memoryMb} MB of memory leave for buffers");
        }

        environment.ThrowIfInvalid("CopyTable");
        return options;
    }

    private static Uri Endpoint(EnvironmentReader environment)
    {
        var region = environment.Optional("OCI_REGION");
        if (environment.Optional("OCI_ENDPOINT") is { } text)
        {
            if (Uri.TryCreate(text, UriKind.Absolute, out var endpoint) && endpoint.Scheme is "http" or "https" && endpoint.PathAndQuery == "/")
            {
                return endpoint;
            }

            environment.Problem("OCI_ENDPOINT", text, "must be an http or https URL without a path");
        }
        else if (region is not null && OciClientOptions.IsRegion(region))
        {
            return OciClientOptions.EndpointOf(region);
        }
        else if (region is not null)
        {
            environment.Problem("OCI_REGION", region, "must be a region identifier such as us-ashburn-1");
        }

        return new Uri("https://invalid");
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
