using System.Text.RegularExpressions;

namespace SnapshotBridge.Preflight;

/// <summary>What <c>SHOW GRANTS</c> says, as far as whole schemas are concerned: the only level that our grants have.</summary>
public sealed partial class GrantSet
{
    private readonly bool _hasWildcards;
    private readonly List<(string Pattern, HashSet<string> Privileges)> _grants = [];

    private GrantSet(bool hasWildcards) => _hasWildcards = hasWildcards;

    /// <summary>Reads the lines of <c>SHOW GRANTS</c>. Grants on single tables or routines, of roles and of proxies say nothing about a schema.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="hasWildcards">False where the server has <c>partial_revokes=ON</c>: then <c>_</c> and <c>%</c> stand for themselves.</param>
    public static GrantSet Parse(IEnumerable<string> lines, bool hasWildcards = true)
    {
        ArgumentNullException.ThrowIfNull(lines);
        var set = new GrantSet(hasWildcards);
        foreach (var match in lines.Select(line => Shape().Match(line)).Where(match => match.Success))
        {
            var schema = match.Groups["schema"].Value;
            var privileges = match.Groups["privileges"].Value.Split(',', StringSplitOptions.TrimEntries)
                .Select(name => name.ToUpperInvariant() is "ALL PRIVILEGES" or "ALL" ? "ALL" : name.ToUpperInvariant())
                .ToHashSet(StringComparer.Ordinal);
            set._grants.Add((schema == "*" ? "%" : schema.Trim('`').Replace("``", "`", StringComparison.Ordinal), privileges));
        }

        return set;
    }

    /// <summary>Which of these privileges the user lacks on a schema, or on everything where the schema is <c>*</c>.</summary>
    public IReadOnlyList<string> Missing(string schema, IEnumerable<string> privileges)
    {
        var held = _grants
            .Where(grant => schema == "*" ? grant.Pattern == "%" : Matches(grant.Pattern, schema))
            .SelectMany(grant => grant.Privileges)
            .ToHashSet(StringComparer.Ordinal);
        return held.Contains("ALL") ? [] : [.. privileges.Where(privilege => !held.Contains(privilege))];
    }

    /// <summary>MySQL 8.4 Reference Manual, "GRANT Statement": <c>_</c> and <c>%</c> are wildcards in a schema's name unless escaped.</summary>
    private bool Matches(string pattern, string schema)
    {
        if (pattern == "%")
        {
            return true;
        }

        var expression = Wildcard().Replace(pattern, token => token.Value switch
        {
            "%" when _hasWildcards => ".*",
            "_" when _hasWildcards => ".",
            "\\_" => "_",
            "\\%" => "%",
            var plain => Regex.Escape(plain),
        });
        return Regex.IsMatch(schema, $@"\A{expression}\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.Singleline);
    }

    [GeneratedRegex(@"^GRANT (?<privileges>[A-Za-z_ ,]+?) ON (?<schema>\*|`(?:[^`]|``)+`)\.\* TO ", RegexOptions.CultureInvariant)]
    private static partial Regex Shape();

    [GeneratedRegex(@"\\[_%]|[_%]|[^_%\\]+|\\", RegexOptions.CultureInvariant)]
    private static partial Regex Wildcard();
}
