namespace SnapshotBridge.Loading;

/// <summary>
/// The second look at what a load replaces, by the worker itself just before it drops it. A table is found to be ours when it
/// is queued, which may be days before its turn comes; whoever has made one of the same name meanwhile keeps it, and that
/// load alone fails. The rules are those of <see cref="Ownership"/> and <see cref="Publishing.PublicState.NoteOf"/>.
/// </summary>
internal static class DropGuard
{
    /// <summary>ER_TABLE_EXISTS_ERROR: what the load's CREATE TABLE would say.</summary>
    public const int ErrorNumber = 1050;

    /// <summary>What the load fails with. A server cuts the message of a SIGNAL after 128 characters.</summary>
    public const string Message = "what stands there now was not created by SnapshotBridge, but since the load was queued; drop or rename it";

    /// <summary>The session variable that a step's statement sets to the number of things under the name that are not ours.</summary>
    public const string Variable = "@snapshotbridge_theirs";

    /// <summary>Looks at a table that is about to be dropped.</summary>
    public static LoadStep Table(string schema, string table)
    {
        const string Created = "FLOOR(UNIX_TIMESTAMP(t.CREATE_TIME))";
        return Look(
            schema,
            table,
            "t.TABLE_TYPE = 'BASE TABLE' AND EXISTS (SELECT 1 FROM `snapshotbridge`.`tables` m "
            + $"WHERE m.target_schema = {SqlText.Literal(schema)} AND LOWER(m.target_table) = LOWER({SqlText.Literal(table)}) "
            + $"AND IF(m.table_created_at IS NULL, {Created} >= m.marked_at, {Created} = m.table_created_at))");
    }

    /// <summary>Looks at a view that is about to be dropped.</summary>
    public static LoadStep View(string schema, string view)
    {
        const string Definition = "CONVERT(v.VIEW_DEFINITION USING utf8mb4) COLLATE utf8mb4_bin";
        return Look(
            schema,
            view,
            $"EXISTS (SELECT 1 FROM information_schema.VIEWS v JOIN `snapshotbridge`.`views` n ON n.public_schema = {SqlText.Literal(schema)} AND LOWER(n.view_name) = LOWER({SqlText.Literal(view)}) "
            + $"WHERE v.TABLE_SCHEMA = {SqlText.Literal(schema)} AND v.TABLE_NAME = {SqlText.Literal(view)} "
            + $"AND ({Definition} = n.definition OR (LEFT(n.definition, 1) = '`' AND LOCATE(LOWER(n.definition), LOWER({Definition})) > 0)))");
    }

    // Schema and name as literals: MariaDB's information_schema would open every table of the server for a join.
    private static LoadStep Look(string schema, string name, string isOurs) => new(
        LoadStepKind.Guard,
        $"SELECT COUNT(*) INTO {Variable} FROM information_schema.TABLES t WHERE t.TABLE_SCHEMA = {SqlText.Literal(schema)} AND t.TABLE_NAME = {SqlText.Literal(name)} AND NOT ({isOurs})",
        null);
}
