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

    /// <summary>Needed on every schema that is loaded into.</summary>
    public static IReadOnlyList<string> OfTargetSchemas { get; } = ["SELECT", "INSERT", "CREATE", "ALTER", "DROP"];

    /// <summary>
    /// With publish swap needed beside the others on the schema that readers use; its versions then need
    /// <see cref="OfTargetSchemas"/>.
    /// </summary>
    public static IReadOnlyList<string> OfPublicSchemas { get; } = ["CREATE VIEW", "SHOW VIEW"];
}
