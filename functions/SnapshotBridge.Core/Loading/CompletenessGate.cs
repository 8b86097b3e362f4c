using SnapshotBridge.Copying;
using SnapshotBridge.Planning;

namespace SnapshotBridge.Loading;

/// <summary>
/// Whether the destination holds exactly what the export held: nothing is loaded before. An object whose ETag is the one
/// that CopyTable saw after it had compared the checksums is that very object, so the listing carries the proof over.
/// </summary>
public static class CompletenessGate
{
    /// <summary>Differences between the plan and the proofs of its batches; none when every table's objects and bytes agree.</summary>
    public static IReadOnlyList<string> CompareProof(CopyPlan plan, IReadOnlyList<CopiedObject> copied)
    {
        var problems = new List<string>();
        foreach (var twice in copied.GroupBy(item => item.DestinationName, StringComparer.Ordinal).Where(group => group.Count() > 1))
        {
            problems.Add($"{twice.Key} is proved {twice.Count()} times");
        }

        var byTable = copied.ToLookup(item => item.Table);
        for (var index = 0; index < plan.Tables.Count; index++)
        {
            var table = plan.Tables[index];
            var objects = byTable[index].Count();
            var bytes = byTable[index].Sum(item => item.SizeBytes);
            if (objects != table.Objects || bytes != table.Bytes)
            {
                problems.Add($"{table.FullName} has {table.Objects} objects with {table.Bytes} bytes in the plan and {objects} with {bytes} proved");
            }

            problems.AddRange(byTable[index]
                .Where(item => !item.DestinationName.StartsWith(table.DestinationPrefix, StringComparison.Ordinal))
                .Select(item => $"{item.DestinationName} does not stand below {table.DestinationPrefix}"));
        }

        problems.AddRange(copied.Where(item => item.Table < 0 || item.Table >= plan.Tables.Count).Select(item => $"{item.DestinationName} belongs to no table of the plan"));
        return problems;
    }

    /// <summary>
    /// Differences between what was proved and what a listing of the run's folder shows: missing objects, other sizes,
    /// other ETags, and objects below a table's folder that nobody copied, which HeatWave would load as well.
    /// </summary>
    public static IReadOnlyList<string> CompareListing(IReadOnlyList<string> tablePrefixes, IReadOnlyCollection<CopiedObject> copied, IReadOnlyCollection<SinkListing> listing)
    {
        var found = new Dictionary<string, SinkListing>(listing.Count, StringComparer.Ordinal);
        foreach (var item in listing)
        {
            found[item.Name] = item;
        }

        var problems = new List<string>();
        var expected = new HashSet<string>(copied.Count, StringComparer.Ordinal);
        foreach (var item in copied)
        {
            expected.Add(item.DestinationName);
            if (!found.TryGetValue(item.DestinationName, out var there))
            {
                problems.Add($"{item.DestinationName} is missing");
            }
            else if (there.SizeBytes != item.SizeBytes)
            {
                problems.Add($"{item.DestinationName} has {there.SizeBytes} bytes instead of {item.SizeBytes}");
            }
            else if (there.ETag.Trim('"') != item.DestinationETag.Trim('"'))
            {
                problems.Add($"{item.DestinationName} was replaced after its copy (ETag {there.ETag} instead of {item.DestinationETag})");
            }
        }

        var folders = tablePrefixes.ToHashSet(StringComparer.Ordinal);
        problems.AddRange(found.Keys
            .Where(name => !expected.Contains(name) && IsBelowAny(name, folders))
            .Order(StringComparer.Ordinal)
            .Select(name => $"{name} is not part of the export"));
        return problems;
    }

    /// <summary>Cuts the name at each slash: thousands of tables cost no more than the depth of one name.</summary>
    private static bool IsBelowAny(string name, HashSet<string> folders)
    {
        for (var slash = name.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = name.IndexOf('/', slash + 1))
        {
            if (folders.Contains(name[..(slash + 1)]))
            {
                return true;
            }
        }

        return false;
    }
}
