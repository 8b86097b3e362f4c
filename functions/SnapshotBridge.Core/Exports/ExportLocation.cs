using SnapshotBridge.Configuration;

namespace SnapshotBridge.Exports;

/// <summary>The bucket and folder that hold all exports.</summary>
/// <param name="Bucket">The S3 bucket.</param>
/// <param name="Prefix">The folder, with a trailing slash; <c>exports/</c> by default.</param>
public sealed record ExportLocation(string Bucket, string Prefix)
{
    /// <summary>Reads <c>EXPORT_BUCKET</c> and <c>EXPORT_PREFIX</c>; problems are noted in the reader.</summary>
    public static ExportLocation Read(EnvironmentReader environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        var bucket = environment.Required("EXPORT_BUCKET");
        var prefix = environment.Optional("EXPORT_PREFIX") ?? "exports/";
        var trimmed = prefix.TrimEnd('/');
        if (trimmed.Length == 0 || trimmed[0] == '/' || trimmed.Contains("//", StringComparison.Ordinal))
        {
            environment.Problem("EXPORT_PREFIX", prefix, "must be a folder such as exports/");
        }
        else if (trimmed.Contains(':', StringComparison.Ordinal))
        {
            environment.Problem("EXPORT_PREFIX", prefix, "RDS takes no ':' in it");
        }
        else if (trimmed == "bridge" || trimmed.StartsWith("bridge/", StringComparison.Ordinal))
        {
            environment.Problem("EXPORT_PREFIX", prefix, "bridge/ holds our own documents; choose another folder");
        }

        return new ExportLocation(bucket, $"{trimmed}/");
    }

    /// <summary>One export task's folder, with a trailing slash.</summary>
    public string Folder(string exportTaskId) => $"{Prefix}{exportTaskId}/";

    /// <summary>The export task that a key belongs to, or null for a key outside every task's folder.</summary>
    public string? TaskOf(string key)
    {
        if (!key.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        var end = key.IndexOf('/', Prefix.Length);
        return end > Prefix.Length ? key[Prefix.Length..end] : null;
    }
}
