using System.Text.RegularExpressions;

namespace SnapshotBridge.Preflight;

/// <summary>What <c>SHOW GRANTS</c> says, as far as whole schemas are concerned: the only level that our grants have.</summary>
public sealed partial class GrantSet
{
    private const string All = "ALL";

    private readonly bool _hasWildcards;
    private readonly List<(string? Pattern, HashSet<string> Privileges)> _grants = [];
    private readonly List<(string Schema, HashSet<string> Privileges)> _revokes = [];

    private GrantSet(bool hasWildcards) => _hasWildcards = hasWildcards;

    /// <summary>Reads the lines of <c>SHOW GRANTS</c>. Grants on single tables or routines, of roles and of proxies say nothing about a schema.</summary>
    /// <param name="lines">The lines. A <c>REVOKE</c> among them takes a schema out of what is granted on all.</param>
    /// <param name="hasWildcards">False where the server has <c>partial_revokes=ON</c>: then <c>_</c>, <c>%</c> and a backslash before them stand for themselves.</param>
    public static GrantSet Parse(IEnumerable<string> lines, bool hasWildcards = true)
    {
        ArgumentNullException.ThrowIfNull(lines);
        var set = new GrantSet(hasWildcards);
        foreach (var match in lines.Select(line => Shape().Match(line)).Where(match => match.Success))
        {
            var schema = match.Groups["schema"].Value is "*" ? null : match.Groups["schema"].Value[1..^1].Replace("``", "`", StringComparison.Ordinal);
            var privileges = match.Groups["privileges"].Value.Split(',', StringSplitOptions.TrimEntries)
                .Select(name => name.ToUpperInvariant() is "ALL PRIVILEGES" or "ALL" ? All : name.ToUpperInvariant())
                .ToHashSet(StringComparer.Ordinal);
            if (match.Groups["verb"].Value == "GRANT")
            {
                set._grants.Add((schema, privileges));
            }
            else if (schema is not null)
            {
                set._revokes.Add((schema, privileges));
            }
        }

        return set;
    }

    /// <summary>Which of these privileges the user lacks on a schema, or on everything where the schema is <c>*</c>.</summary>
    public IReadOnlyList<string> Missing(string schema, IEnumerable<string> privileges)
    {
        var everywhere = Union(_grants.Where(grant => grant.Pattern is null).Select(grant => grant.Privileges));
        var here = OfSchema(schema);
        var revoked = Union(_revokes.Where(revoke => string.Equals(revoke.Schema, schema, StringComparison.OrdinalIgnoreCase)).Select(revoke => revoke.Privileges));
        return [.. privileges.Where(privilege => !(here.Count > 0 && here.All(held => Holds(held, privilege))) && (!Holds(everywhere, privilege) || Holds(revoked, privilege)))];
    }

    /// <summary>
    /// The grants that count for a schema: of several names that it matches the server looks at the most specific alone, a
    /// plain name before one with wildcards, and among these the one with more before its first wildcard. Which it takes of
    /// two that are alike in this is not documented: there are several then, and what all of them give is sure.
    /// </summary>
    private List<HashSet<string>> OfSchema(string schema)
    {
        var matching = _grants.Where(grant => schema != "*" && grant.Pattern is { } pattern && Matches(pattern, schema)).ToList();
        var longest = matching.Select(grant => PlainLength(grant.Pattern!)).DefaultIfEmpty().Max();
        return [.. matching.Where(grant => PlainLength(grant.Pattern!) == longest).GroupBy(grant => grant.Pattern).Select(same => Union(same.Select(grant => grant.Privileges)))];
    }

    private int PlainLength(string pattern)
    {
        var wildcard = _hasWildcards ? Wildcard().Matches(pattern).FirstOrDefault(token => token.Value is "%" or "_") : null;
        return wildcard?.Index ?? int.MaxValue;
    }

    private static HashSet<string> Union(IEnumerable<HashSet<string>> sets) => sets.SelectMany(set => set).ToHashSet(StringComparer.Ordinal);

    private static bool Holds(HashSet<string> held, string privilege) => held.Contains(All) || held.Contains(privilege);

    /// <summary>MySQL 8.4 Reference Manual, "GRANT Statement": <c>_</c> and <c>%</c> are wildcards in a schema's name unless escaped.</summary>
    private bool Matches(string pattern, string schema)
    {
        if (!_hasWildcards)
        {
            // Nothing is escaped then either: `shop\_eu` is a schema with a backslash in its name.
            return string.Equals(pattern, schema, StringComparison.OrdinalIgnoreCase);
        }

        var expression = Wildcard().Replace(pattern, token => token.Value switch
        {
            "%" => ".*",
            "_" => ".",
            "\\_" => "_",
            "\\%" => "%",
            var plain => Regex.Escape(plain),
        });
        return Regex.IsMatch(schema, $@"\A{expression}\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.Singleline);
    }

    [GeneratedRegex(@"^(?<verb>GRANT|REVOKE) (?<privileges>[A-Za-z_ ,]+?) ON (?<schema>\*|`(?:[^`]|``)+`)\.\* (?:TO|FROM) ", RegexOptions.CultureInvariant)]
    private static partial Regex Shape();

    [GeneratedRegex(@"\\[_%]|[_%]|[^_%\\]+|\\", RegexOptions.CultureInvariant)]
    private static partial Regex Wildcard();
}
