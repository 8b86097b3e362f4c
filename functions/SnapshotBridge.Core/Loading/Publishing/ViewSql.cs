using System.Security.Cryptography;
using System.Text;

namespace SnapshotBridge.Loading.Publishing;

/// <summary>The statements that publish a version: views under temporary names, and the RENAME that shows them.</summary>
public static class ViewSql
{
    /// <summary>The beginning of all names that a switch uses in between; no view or table of an export may have it.</summary>
    public const string ReservedPrefix = "__snapshotbridge_";

    /// <summary>The beginning of the names of views that wait.</summary>
    internal const string WaitingPrefix = ReservedPrefix + "new_";

    /// <summary>The name under which a view waits for the switch. The server moves no view to another schema (error 1450), so it waits in the public one.</summary>
    public static string Waiting(string view) => $"{WaitingPrefix}{Digest(view)[..16]}";

    /// <summary>The name under which what a view replaced waits to be dropped.</summary>
    public static string Replaced(string view) => $"{ReservedPrefix}old_{Digest(view)[..16]}";

    /// <summary>
    /// What a view selects: every column by name. With <c>*</c> the server would fix the list at creation as well, but the
    /// statement would not say it.
    /// </summary>
    /// <exception cref="ArgumentException">There is no column to select.</exception>
    public static string Select(string version, string table, IReadOnlyList<string> columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        if (columns.Count == 0)
        {
            throw new ArgumentException($"Table {version}.{table} has no column that can be queried.", nameof(columns));
        }

        return $"SELECT {string.Join(", ", columns.Select(SqlText.Identifier))} FROM {SqlText.Table(version, table)}";
    }

    /// <summary>
    /// Creates a view under its temporary name, or replaces what a killed run left there. DEFINER: readers need SELECT on
    /// the public schema and nothing else; with INVOKER every one of them would need a grant on each version, which has
    /// another name every time. The definer is the loading user, who may read the versions and little else.
    /// </summary>
    public static string Create(string publicSchema, string view, string select) =>
        $"CREATE OR REPLACE ALGORITHM = MERGE SQL SECURITY DEFINER VIEW {SqlText.Table(publicSchema, Waiting(view))} AS {select}";

    /// <summary>Renames in one statement: the server takes all names before it changes the first. What readers that wait see then: <see cref="GateSql"/>.</summary>
    /// <exception cref="ArgumentException">There is nothing to rename.</exception>
    public static string Rename(string publicSchema, IReadOnlyList<(string From, string To)> renames)
    {
        ArgumentNullException.ThrowIfNull(renames);
        if (renames.Count == 0)
        {
            throw new ArgumentException("RENAME TABLE needs at least one name.", nameof(renames));
        }

        return $"RENAME TABLE {string.Join(", ", renames.Select(rename => $"{SqlText.Table(publicSchema, rename.From)} TO {SqlText.Table(publicSchema, rename.To)}"))}";
    }

    public static string DropView(string schema, string view) => $"DROP VIEW IF EXISTS {SqlText.Table(schema, view)}";

    /// <summary>Drops several views in one statement.</summary>
    public static string DropViews(string schema, IEnumerable<string> views) => $"DROP VIEW IF EXISTS {string.Join(", ", views.Select(view => SqlText.Table(schema, view)))}";

    /// <summary>A digest of a text, by which two of them are compared.</summary>
    internal static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
