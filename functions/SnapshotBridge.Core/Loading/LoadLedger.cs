namespace SnapshotBridge.Loading;

/// <summary>The bookkeeping on the server, over one connection. See <see cref="LedgerSql"/>.</summary>
internal sealed class LoadLedger(IHeatWaveSession session)
{
    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        // Each invocation comes here, and even CREATE … IF NOT EXISTS takes locks on the schema that workers use.
        var there = (await session.QueryAsync(
            new Sql("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'snapshotbridge'"), "look for the bookkeeping schema snapshotbridge", cancellationToken))
            .Select(row => row.Text(0)!).ToList();
        foreach (var statement in LedgerSql.Create.Where(statement => !LedgerSql.Creates(statement, there)))
        {
            await session.ExecuteAsync(new Sql(statement), "create the bookkeeping schema snapshotbridge", cancellationToken);
        }
    }

    /// <summary>
    /// Whether a worker of the queue that earlier versions of this bookkeeping had is still loading: it ends by itself, and what
    /// it has loaded is known by its mark.
    /// </summary>
    public async Task<bool> EarlierQueueWorksAsync(CancellationToken cancellationToken)
    {
        var there = await session.QueryAsync(
            new Sql("SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'snapshotbridge' AND TABLE_NAME = 'workers'"), "look for an earlier queue", cancellationToken);
        return there.Count > 0 && (await session.QueryAsync(
            new Sql("SELECT 1 FROM `snapshotbridge`.`workers` WHERE IS_USED_LOCK(CONCAT('sb.', worker_id)) IS NOT NULL LIMIT 1"), "look for the workers of an earlier queue", cancellationToken)).Count > 0;
    }

    /// <summary>Takes a named lock for as long as the connection lives, waiting for at most so many seconds.</summary>
    public async Task<bool> TryLockAsync(string name, int seconds, CancellationToken cancellationToken)
    {
        var rows = await session.QueryAsync(new Sql("SELECT GET_LOCK(@name, @seconds)", ("name", name), ("seconds", seconds)), "take a lock", cancellationToken);
        return rows[0].Number(0) == 1;
    }

    public async Task UnlockAsync(string name, CancellationToken cancellationToken) =>
        await session.QueryAsync(new Sql("SELECT RELEASE_LOCK(@name)", ("name", name)), "give a lock back", cancellationToken);

    /// <summary>
    /// All marks of our tables in these schemas, the oldest first: a server that compares names without case may have two of one
    /// table, of which the later counts.
    /// </summary>
    /// <param name="schemas">The schemas.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="table">Only those of this name, in any case; null for all.</param>
    public async Task<IReadOnlyList<TableMark>> MarksAsync(IReadOnlyList<string> schemas, CancellationToken cancellationToken, string? table = null)
    {
        var marks = new List<TableMark>();
        foreach (var schema in schemas)
        {
            var rows = await session.QueryAsync(
                new Sql(
                    "SELECT target_schema, target_table, export_task_id, load_id, par_name, marked_at, table_created_at, rows_verified FROM `snapshotbridge`.`tables` WHERE target_schema = @schema"
                    + (table is null ? "" : " AND LOWER(target_table) = LOWER(@table)") + " ORDER BY marked_at",
                    ("schema", schema),
                    ("table", table)),
                "read the bookkeeping of earlier loads",
                cancellationToken);
            marks.AddRange(rows.Select(row => new TableMark(
                row.Text(0)!, row.Text(1)!, row.Text(2)!, row.Text(3)!, row.Text(4)!, row.Number(5)!.Value, row.Number(6), row.Number(7))));
        }

        return marks;
    }

    /// <summary>The tables and views that stand in these schemas.</summary>
    /// <param name="schemas">The schemas.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="table">Only those that the server takes for this name; null for all.</param>
    public async Task<IReadOnlyList<ExistingTable>> ExistingAsync(IReadOnlyList<string> schemas, CancellationToken cancellationToken, string? table = null)
    {
        var tables = new List<ExistingTable>();
        foreach (var schema in schemas)
        {
            var rows = await session.QueryAsync(
                new Sql(
                    "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, FLOOR(UNIX_TIMESTAMP(CREATE_TIME)) FROM information_schema.TABLES WHERE TABLE_SCHEMA = @schema"
                    + (table is null ? "" : " AND TABLE_NAME = @table"),
                    ("schema", schema),
                    ("table", table)),
                $"list the tables of schema {schema}",
                cancellationToken);
            tables.AddRange(rows.Select(row => new ExistingTable(row.Text(0)!, row.Text(1)!, row.Text(2) == "BASE TABLE", row.Number(3))));
        }

        return tables;
    }

    /// <summary>Marks a table without rows as ours, before it is created. No PAR belongs to it.</summary>
    public async Task MarkEmptyAsync(string schema, string table, string exportTaskId, CancellationToken cancellationToken) =>
        await session.ExecuteAsync(
            new Sql(
                "REPLACE INTO `snapshotbridge`.`tables` (target_schema, target_table, export_task_id, load_id, par_name, marked_at) VALUES (@schema, @table, @export, @load, '', FLOOR(UNIX_TIMESTAMP()))",
                ("schema", schema),
                ("table", table),
                ("export", exportTaskId),
                ("load", Publishing.EmptyTables.LoadId)),
            "mark an empty table",
            cancellationToken);

    /// <summary>Notes that a table was found right, and what the server says about it.</summary>
    public async Task VerifiedAsync(string schema, string table, string loadId, long rows, CancellationToken cancellationToken) =>
        await session.ExecuteAsync(
            new Sql(
                "UPDATE `snapshotbridge`.`tables` SET rows_verified = @rows, verified_at = UTC_TIMESTAMP(6), table_created_at = "
                + "(SELECT FLOOR(UNIX_TIMESTAMP(MAX(CREATE_TIME))) FROM information_schema.TABLES WHERE TABLE_SCHEMA = @schema AND TABLE_NAME = @table) "
                + "WHERE target_schema = @schema AND target_table = @table AND load_id = @load",
                ("rows", rows),
                ("schema", schema),
                ("table", table),
                ("load", loadId)),
            "note a verified table",
            cancellationToken);

    /// <summary>A table that was noted as verified is not: its values differ. It stays ours, and the next attempt loads it anew.</summary>
    public async Task DoubtAsync(string schema, string table, CancellationToken cancellationToken) =>
        await session.ExecuteAsync(
            new Sql(
                "UPDATE `snapshotbridge`.`tables` SET rows_verified = NULL, verified_at = NULL WHERE target_schema = @schema AND target_table = @table",
                ("schema", schema),
                ("table", table)),
            "note a table whose values differ",
            cancellationToken);

    /// <summary>
    /// After a load that failed: the mark narrows to the table that it left, or goes. A table that somebody else makes
    /// later under the same name is theirs.
    /// </summary>
    public async Task FailedAsync(string schema, string table, string loadId, long? createdAt, CancellationToken cancellationToken)
    {
        const string Where = "WHERE target_schema = @schema AND target_table = @table AND load_id = @load";
        (string, object?)[] parameters = [("schema", schema), ("table", table), ("load", loadId), ("created", createdAt)];
        await session.ExecuteAsync(
            new Sql(createdAt is null ? $"DELETE FROM `snapshotbridge`.`tables` {Where}" : $"UPDATE `snapshotbridge`.`tables` SET table_created_at = @created {Where}", parameters),
            "note what a failed load left",
            cancellationToken);
    }

    public async Task DropAsync(string schema, string table, CancellationToken cancellationToken)
    {
        await session.ExecuteAsync(new Sql(DropTable(schema, table)), $"drop table {schema}.{table}", cancellationToken);
        await session.ExecuteAsync(
            new Sql("DELETE FROM `snapshotbridge`.`tables` WHERE target_schema = @schema AND target_table = @table", ("schema", schema), ("table", table)),
            "forget a dropped table",
            cancellationToken);
    }

    /// <summary>
    /// The names of the PARs that verified tables of an export were loaded through, and those whose loads have ended well and
    /// are still to be judged: they need them again after some restarts.
    /// </summary>
    public async Task<IReadOnlySet<string>> ParsInUseAsync(string exportTaskId, CancellationToken cancellationToken)
    {
        var rows = await session.QueryAsync(
            new Sql(
                "SELECT DISTINCT t.par_name FROM `snapshotbridge`.`tables` t LEFT JOIN `snapshotbridge`.`queue` q ON q.load_id = t.load_id "
                + "WHERE t.export_task_id = @export AND (t.verified_at IS NOT NULL OR (q.state = 'ended' AND q.errno IS NULL AND t.table_created_at IS NULL))",
                ("export", exportTaskId)),
            "read which PARs are in use",
            cancellationToken);
        return rows.Select(row => row.Text(0)!).ToHashSet(StringComparer.Ordinal);
    }

    internal static string DropTable(string schema, string table) => $"DROP TABLE IF EXISTS {SqlText.Table(schema, table)}";
}
