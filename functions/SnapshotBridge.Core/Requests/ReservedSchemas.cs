using SnapshotBridge.Loading;

namespace SnapshotBridge.Requests;

/// <summary>Schemas that no table can be loaded into.</summary>
internal static class ReservedSchemas
{
    // Schemas that a HeatWave server keeps for itself.
    private static readonly HashSet<string> OfTheServer = new(StringComparer.OrdinalIgnoreCase)
    {
        "mysql", "information_schema", "performance_schema", "sys", "ndbinfo", "mysql_audit", "mysql_autopilot", "mysql_firewall",
        "mysql_option", "mysql_rest_service_metadata", "mysql_task_management", "mysql_tasks",
    };

    public static bool Contains(string schema) => OfTheServer.Contains(schema) || IsOurs(schema);

    /// <summary>Who keeps it.</summary>
    public static string Keeper(string schema) => IsOurs(schema) ? "SnapshotBridge" : "the server";

    private static bool IsOurs(string schema) => schema.Equals(LedgerSql.Schema, StringComparison.OrdinalIgnoreCase);
}
