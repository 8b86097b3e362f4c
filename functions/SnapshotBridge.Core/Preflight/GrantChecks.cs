using SnapshotBridge.Loading;
using SnapshotBridge.Loading.Publishing;
using SnapshotBridge.Requests;

namespace SnapshotBridge.Preflight;

/// <summary>Whether the loading user has what <c>infra/oci/heatwave.sql</c> grants, for the way in which the deployment loads.</summary>
/// <param name="mode">How loads run.</param>
/// <param name="publish">How tables reach their readers where a request does not say.</param>
internal sealed class GrantChecks(LoadMode mode, PublishMode publish)
{
    public async Task<Finding> RunAsync(IHeatWaveSession session, CancellationToken cancellationToken)
    {
        var rows = await session.QueryAsync(new Sql("SHOW GRANTS FOR CURRENT_USER()"), "read its own grants", cancellationToken);
        var lines = rows.Select(row => row.Text(0)!).ToList();
        var hasWildcards = await HasWildcardsAsync(session, cancellationToken);
        var held = GrantSet.Parse(lines, hasWildcards);

        var needed = mode == LoadMode.Connection ? RequiredGrant.OfServer : [.. RequiredGrant.OfServer, RequiredGrant.OfEvents];
        var missing = needed
            .Select(grant => (grant.Schema, Privileges: held.Missing(grant.Schema, grant.Privileges)))
            .Where(grant => grant.Privileges.Count > 0)
            .Select(grant => $"{string.Join(", ", grant.Privileges)} ON {grant.Schema}.*")
            .ToList();
        var targets = lines.Select(line => TargetSchema(line, hasWildcards)).OfType<string>().Distinct(StringComparer.Ordinal)
            .Where(schema => held.Missing(schema, RequiredGrant.OfTargetSchemas).Count == 0).ToList();
        var switched = targets.Where(schema => MissingForSwap(held, schema) is null).ToList();
        if (targets.Count == 0)
        {
            missing.Add($"{string.Join(", ", RequiredGrant.OfTargetSchemas)} on any target schema");
        }
        else if (publish == PublishMode.Swap && switched.Count == 0)
        {
            missing.Add($"for publish swap {MissingForSwap(held, targets[0])}");
        }

        return missing.Count == 0
            ? Found(targets, switched)
            : Finding.Failed($"missing: {string.Join("; ", missing)}", Remedy(lines, hasWildcards, missing[^1].StartsWith("for publish swap", StringComparison.Ordinal)));
    }

    /// <summary>With partial revokes a % in a grant stands for itself: MySQL Reference Manual, "Privilege Restriction Using Partial Revokes".</summary>
    public static async Task<bool> HasWildcardsAsync(IHeatWaveSession session, CancellationToken cancellationToken)
    {
        var setting = await session.QueryAsync(new Sql("SHOW GLOBAL VARIABLES LIKE 'partial_revokes'"), "read how grants are meant", cancellationToken);
        return !setting.Any(row => string.Equals(row.Text(1), "ON", StringComparison.OrdinalIgnoreCase));
    }

    private Finding Found(List<string> targets, List<string> switched)
    {
        var text = $"all that heatwave.sql grants; loads into {Few.Of(targets)}";
        if (switched.Count == targets.Count)
        {
            return Finding.Ok($"{text}, also with publish swap");
        }

        text += switched.Count == 0 ? ", with publish replace alone" : $", with publish swap into {Few.Of(switched)} alone";
        return publish == PublishMode.Replace
            ? Finding.Ok(text)
            : Finding.Warning(text, $"A run that loads into another schema fails. {Remedies.Grants}");
    }

    private static string Remedy(List<string> lines, bool hasWildcards, bool isForSwap)
    {
        var remedy = Remedies.Grants;
        if (lines.Exists(line => line.StartsWith("GRANT `", StringComparison.Ordinal)))
        {
            remedy += " Its roles are not looked into: grant to the user itself, or make the role a default one.";
        }

        return !hasWildcards && (isForSwap || lines.Exists(line => line.Contains("\\_", StringComparison.Ordinal) || line.Contains("\\%", StringComparison.Ordinal)))
            ? remedy + " partial_revokes is ON on this server, so that % and _ in a grant, and a backslash before them, stand for themselves: see what the file says about it."
            : remedy;
    }

    /// <summary>What is missing for views in a schema and for its versions; null where nothing is.</summary>
    private static string? MissingForSwap(GrantSet held, string schema)
    {
        var views = held.Missing(schema, RequiredGrant.OfPublicSchemas);
        var versions = held.Missing($"{VersionName.Stem(schema)}__20260131031000_1f0c9a", RequiredGrant.OfTargetSchemas);
        string?[] missing =
        [
            views.Count == 0 ? null : $"{string.Join(", ", views)} ON {schema}.*",
            versions.Count == 0 ? null : $"{string.Join(", ", versions)} on its versions ({VersionName.Stem(schema)}__%)",
        ];
        return missing.Any(part => part is not null) ? string.Join(" and ", missing.OfType<string>()) : null;
    }

    /// <summary>The schema that a line grants on, where it may be one to load into.</summary>
    private static string? TargetSchema(string line, bool hasWildcards)
    {
        var start = line.IndexOf(" ON ", StringComparison.Ordinal);
        var end = start < 0 ? -1 : line.IndexOf(".* TO ", start, StringComparison.Ordinal);
        if (end >= 0 && hasWildcards && line[start..end].Replace("\\%", "", StringComparison.Ordinal).Contains('%', StringComparison.Ordinal))
        {
            // A pattern, such as that of a target schema's versions.
            return null;
        }

        var schema = end < 0 ? "" : line[(start + 4)..end].Trim('`');
        schema = hasWildcards ? schema.Replace("\\_", "_", StringComparison.Ordinal).Replace("\\%", "%", StringComparison.Ordinal) : schema;
        return schema is "" or "sys" or "performance_schema" or LedgerSql.Schema ? null : schema;
    }
}
