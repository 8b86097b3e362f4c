using SnapshotBridge.Loading;

namespace SnapshotBridge.Preflight;

/// <summary>Privileges that the loading user needs on one schema, or on everything where it is <c>*</c>.</summary>
/// <param name="Schema">The schema.</param>
/// <param name="Privileges">MySQL's names of them, in capitals.</param>
public sealed record RequiredGrant(string Schema, IReadOnlyList<string> Privileges)
{
    /// <summary>As <c>infra/oci/heatwave.sql</c> grants them; a test compares the two.</summary>
    public static IReadOnlyList<RequiredGrant> OfServer { get; } =
    [
        new("*", ["PROCESS"]),
        new("sys", ["EXECUTE"]),
        new("performance_schema", ["SELECT"]),
        new(LedgerSql.Schema, ["SELECT", "INSERT", "UPDATE", "DELETE", "CREATE"]),
    ];

    /// <summary>Needed beside the others where loads run as events.</summary>
    public static RequiredGrant OfEvents { get; } = new(LedgerSql.Schema, ["EVENT"]);

    /// <summary>Needed on every schema that is loaded into, and on the versions of it: see <see cref="Loading.Publishing.VersionName"/>.</summary>
    public static IReadOnlyList<string> OfTargetSchemas { get; } = ["SELECT", "INSERT", "CREATE", "ALTER", "DROP", "CREATE VIEW", "SHOW VIEW"];
}
