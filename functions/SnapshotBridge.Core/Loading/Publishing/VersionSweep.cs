using System.Globalization;

namespace SnapshotBridge.Loading.Publishing;

/// <summary>A version that the ledger knows as ours.</summary>
/// <param name="Schema">Its schema.</param>
/// <param name="PublicSchema">The schema that it was loaded for.</param>
/// <param name="ExportTaskId">The export that it was loaded from.</param>
/// <param name="TakenAt">When its snapshot was taken: seconds since 1970.</param>
/// <param name="SwitchedAt">When views began to serve it last: seconds since 1970, the server's clock; null where they never did.</param>
/// <param name="Quiet">How long no run has touched it.</param>
internal sealed record LoadedVersion(string Schema, string PublicSchema, string ExportTaskId, long TakenAt, long? SwitchedAt, TimeSpan Quiet);

/// <summary>Decides which versions of a public schema are dropped after a switch.</summary>
internal static class VersionSweep
{
    /// <param name="versions">All versions of the public schema that are ours.</param>
    /// <param name="current">The version that has just been published, or is being; null where tables are replaced in the public schema itself.</param>
    /// <param name="read">Versions that any view reads.</param>
    /// <param name="loading">Schemas that a run is loading into.</param>
    /// <param name="keep">How many versions stay that were served before.</param>
    /// <param name="patience">How long a version that was never served is left to the run that may still come back to it.</param>
    public static (IReadOnlyList<LoadedVersion> Drop, IReadOnlyList<KeptVersion> Keep) Choose(
        IReadOnlyList<LoadedVersion> versions, string? current, IReadOnlySet<string> read, IReadOnlySet<string> loading, int keep, TimeSpan patience)
    {
        var drop = new List<LoadedVersion>();
        var kept = new List<KeptVersion>();
        var left = keep;
        var others = versions
            .Where(version => version.Schema != current)
            .OrderByDescending(version => version.SwitchedAt ?? long.MinValue)
            .ThenByDescending(version => version.Schema, StringComparer.Ordinal);
        foreach (var version in others)
        {
            if (read.Contains(version.Schema))
            {
                kept.Add(new KeptVersion(version.Schema, "views still read it"));
            }
            else if (loading.Contains(version.Schema) || (version.SwitchedAt is null && version.Quiet < patience))
            {
                kept.Add(new KeptVersion(version.Schema, "another run loads it"));
            }
            else if (version.SwitchedAt is not null && left > 0)
            {
                left--;
                kept.Add(new KeptVersion(version.Schema, string.Create(CultureInfo.InvariantCulture, $"keepVersions is {keep}")));
            }
            else
            {
                drop.Add(version);
            }
        }

        return (drop, kept);
    }
}
