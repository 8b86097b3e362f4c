using SnapshotBridge.Configuration;
using SnapshotBridge.Exports;

namespace SnapshotBridge.Planning;

/// <summary>PlanCopy's settings.</summary>
public sealed record PlanCopyOptions
{
    /// <summary>OCI takes object names of up to 1,024 characters; half of that is left for what RDS names.</summary>
    private const int MaxPrefixLength = 512;

    public required ExportLocation Location { get; init; }

    /// <summary>This function's AWS region: a request names a snapshot of it.</summary>
    public string Region { get; init; } = "";

    /// <summary>The folder of all exports in the OCI bucket: empty, or with a trailing slash.</summary>
    public string DestinationPrefix { get; init; } = "";

    /// <summary>
    /// How many bytes one batch copies at most; 4 GiB by default, which a function copies well within its time. Batches are
    /// smaller where that gives more functions a share, and larger where there would be more than 10,000; a single larger
    /// file is a batch alone, or, beyond <see cref="SliceBytes"/>, cut into slices.
    /// </summary>
    public long BatchBytes { get; init; } = 4L << 30;

    /// <summary>How many objects one batch copies at most; 500 by default. More, up to 10,000, where there would be more than 10,000 batches.</summary>
    public int BatchObjects { get; init; } = 500;

    /// <summary>
    /// Files up to this size are copied by one batch; 1 GiB by default. Larger ones that are also larger than a batch are cut
    /// into slices: each costs some requests more than a batch of whole files, which only pays for much data.
    /// </summary>
    public long SliceBytes { get; init; } = 1L << 30;

    /// <summary>How many batches are copied at a time; 20 by default.</summary>
    public int MaxConcurrency { get; init; } = 20;

    /// <exception cref="InvalidOptionsException">Settings are missing or invalid; all are named.</exception>
    public static PlanCopyOptions Read(EnvironmentReader environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        var options = new PlanCopyOptions
        {
            Location = ExportLocation.Read(environment),
            Region = environment.Required("AWS_REGION"),
            DestinationPrefix = Prefix(environment),
            BatchBytes = environment.Number("BATCH_BYTES", 4L << 30, 1L << 20, 1L << 40),
            // Two parts at least.
            SliceBytes = environment.Number("SLICE_BYTES", 1L << 30, 32L << 20, 1L << 40),
            // A batch's document is read whole by CopyTable.
            BatchObjects = (int)environment.Number("BATCH_OBJECTS", 500, 1, 10_000),
            // Step Functions runs at most 10,000 children of a Distributed Map at a time.
            MaxConcurrency = (int)environment.Number("MAX_CONCURRENCY", 20, 1, 10_000),
        };
        environment.ThrowIfInvalid("PlanCopy");
        return options;
    }

    private static string Prefix(EnvironmentReader environment)
    {
        var given = environment.Optional("DESTINATION_PREFIX");
        if (given is null)
        {
            return "";
        }

        var prefix = $"{given.TrimEnd('/')}/";
        if (prefix.Length == 1 || prefix[0] == '/' || prefix.Contains("//", StringComparison.Ordinal) || prefix.Any(char.IsControl) || prefix.Length > MaxPrefixLength)
        {
            environment.Problem("DESTINATION_PREFIX", given, $"must be a folder such as landing/ of at most {MaxPrefixLength} characters, or not be set");
        }

        return prefix;
    }
}
