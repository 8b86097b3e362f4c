using System.Text.RegularExpressions;

namespace SnapshotBridge.Requests;

/// <summary>
/// What part of a snapshot is exported: everything, or a list of databases and tables. Two requests for the same part
/// have equal scopes, however they write it.
/// </summary>
public sealed partial record ExportScope
{
    /// <summary>RDS takes at most 200 KB of <c>ExportOnly</c>: RDS User Guide, "Exporting DB snapshot data to Amazon S3".</summary>
    public const int MaxListBytes = 200_000;

    /// <summary>MySQL's and our limit for one name; PostgreSQL's is 63.</summary>
    public const int MaxNameLength = 64;

    private ExportScope(IReadOnlyList<string> entries) => Entries = entries;

    /// <summary>The whole snapshot.</summary>
    public static ExportScope Everything { get; } = new([]);

    /// <summary>Sorted, without duplicates and without what another entry contains; empty means everything.</summary>
    public IReadOnlyList<string> Entries { get; }

    public bool IsEverything => Entries.Count == 0;

    /// <summary>The scope as one text, for hashing and comparing.</summary>
    public string Normalised => string.Join('\n', Entries);

    public bool Equals(ExportScope? other) => other is not null && other.Normalised == Normalised;

    public override int GetHashCode() => Normalised.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => IsEverything ? "everything" : string.Join(", ", Entries);

    /// <summary>The scope of a list that is known to be valid, such as an existing export task's.</summary>
    public static ExportScope Of(IEnumerable<string> entries)
    {
        var distinct = new SortedSet<string>(entries, StringComparer.Ordinal);
        var kept = distinct.Where(entry => !Containers(entry).Any(distinct.Contains)).ToList();
        return kept.Count == 0 ? Everything : new ExportScope(kept);
    }

    /// <summary>Reads the entries of a request; each that RDS would refuse adds a problem.</summary>
    public static ExportScope Parse(IReadOnlyList<string> entries, string field, ICollection<string> problems)
    {
        foreach (var entry in entries)
        {
            var parts = entry.Split('.');
            if (parts.Length > 3 || parts.Any(part => part.Length == 0))
            {
                problems.Add($"{field} contains '{entry}' but an entry is database or database.table (PostgreSQL: database.schema or database.schema.table)");
            }
            else if (parts.FirstOrDefault(part => !NamePattern().IsMatch(part)) is { } odd)
            {
                problems.Add($"{field} contains '{entry}' but RDS can select only names of A-Z, a-z, 0-9, $ and _, and '{odd}' has others; export everything instead");
            }
            else if (parts.FirstOrDefault(part => part.Length > MaxNameLength) is { } longName)
            {
                problems.Add($"{field} contains '{entry}' but the name '{longName}' has {longName.Length} characters and a name has at most {MaxNameLength}");
            }
        }

        var bytes = entries.Sum(entry => (long)entry.Length + 1);
        if (bytes > MaxListBytes)
        {
            problems.Add($"{field} has {bytes} bytes but RDS takes at most {MaxListBytes}; name databases instead of tables, or export everything");
        }

        return Of(entries);
    }

    private static IEnumerable<string> Containers(string entry)
    {
        for (var dot = entry.IndexOf('.', StringComparison.Ordinal); dot > 0; dot = entry.IndexOf('.', dot + 1))
        {
            yield return entry[..dot];
        }
    }

    [GeneratedRegex(@"^[A-Za-z0-9$_]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}
