namespace SnapshotBridge.Loading;

/// <summary>What the ledger says about a table that we created.</summary>
/// <param name="Schema">The schema it stands in.</param>
/// <param name="Table">Its name.</param>
/// <param name="ExportTaskId">The export that it was loaded from.</param>
/// <param name="LoadId">The load that created it.</param>
/// <param name="ParName">The PAR that it was loaded through.</param>
/// <param name="MarkedAt">When the mark was set, just before the load: seconds since 1970, the server's clock.</param>
/// <param name="TableCreatedAt">The verified table's own creation time; null when it was not verified.</param>
/// <param name="RowsVerified">The rows that were counted; null when it was not verified.</param>
public sealed record TableMark(
    string Schema, string Table, string ExportTaskId, string LoadId, string ParName, long MarkedAt, long? TableCreatedAt, long? RowsVerified);

/// <summary>A table or view that stands on the server.</summary>
public sealed record ExistingTable(string Schema, string Table, bool IsBaseTable, long? CreatedAt);

/// <summary>Whether a table may be dropped. In doubt it may not.</summary>
public static class Ownership
{
    /// <summary>Why a table is not loaded whose name is taken.</summary>
    public static string Theirs(string schema, string table) =>
        $"target table {schema}.{table} exists and was not created by SnapshotBridge; drop or rename it, or give the schema another name in targetSchemas";

    /// <summary>
    /// Ours is a table that the ledger knows and whose creation time fits: the noted one where it was verified, else not
    /// before the mark. A table that somebody dropped and made anew under the same name is theirs.
    /// </summary>
    public static bool IsOurs(ExistingTable table, TableMark? mark) =>
        mark is not null
        && table is { IsBaseTable: true, CreatedAt: { } created }
        && (mark.TableCreatedAt is { } noted ? created == noted : created >= mark.MarkedAt);
}
