using System.Globalization;

namespace SnapshotBridge.Loading.Publishing;

/// <summary>The bookkeeping about versions and views, and what the server says of both.</summary>
internal sealed class PublishLedger(IHeatWaveSession session, LoadLedger loads, StringComparer names)
{
    // A statement of a few hundred rows is far below the smallest max_allowed_packet in use.
    private const int RowsPerStatement = 200;

    /// <summary>What stands in a public schema, and what is known of it.</summary>
    public async Task<PublicState> StateAsync(string publicSchema, CancellationToken cancellationToken)
    {
        var definitions = (await session.QueryAsync(
                new Sql("SELECT TABLE_NAME, VIEW_DEFINITION FROM information_schema.VIEWS WHERE TABLE_SCHEMA = @schema", ("schema", publicSchema)),
                $"read the views of schema {publicSchema}",
                cancellationToken))
            .ToDictionary(row => row.Text(0)!, row => row.Text(1), names);
        var notes = await session.QueryAsync(
            new Sql("SELECT view_name, version_schema, source, digest, definition FROM `snapshotbridge`.`views` WHERE public_schema = @schema", ("schema", publicSchema)),
            "read the bookkeeping of views",
            cancellationToken);
        return new PublicState(
            [.. (await loads.ExistingAsync([publicSchema], cancellationToken)).Select(table => new PublicObject(table, definitions.GetValueOrDefault(table.Table)))],
            [.. notes.Select(row => new NotedView(row.Text(0)!, row.Text(1)!, row.Text(2)!, row.Text(3)!, row.Text(4)))],
            await loads.MarksAsync([publicSchema], cancellationToken),
            names);
    }

    /// <summary>Whether a view of ours stands under a name.</summary>
    public async Task<bool> IsOurViewAsync(string publicSchema, string name, CancellationToken cancellationToken)
    {
        var state = await StateAsync(publicSchema, cancellationToken);
        return state.Objects.Any(item => names.Equals(item.Name, name) && state.NoteOf(item) is not null);
    }

    /// <summary>The columns of a version's tables that queries can use: those that are declared NOT SECONDARY, or invisible, are not among them.</summary>
    public async Task<ILookup<string, string>> ColumnsAsync(string schema, CancellationToken cancellationToken)
    {
        var rows = await session.QueryAsync(
            new Sql(
                "SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = @schema AND EXTRA NOT LIKE '%NOT SECONDARY%' AND EXTRA NOT LIKE '%INVISIBLE%' "
                + "ORDER BY TABLE_NAME, ORDINAL_POSITION",
                ("schema", schema)),
            $"read the columns of schema {schema}",
            cancellationToken);
        return rows.ToLookup(row => row.Text(0)!, row => row.Text(1)!, names);
    }

    /// <summary>All versions of a public schema that are ours.</summary>
    public async Task<IReadOnlyList<LoadedVersion>> VersionsAsync(string publicSchema, CancellationToken cancellationToken)
    {
        var rows = await session.QueryAsync(
            new Sql(
                "SELECT version_schema, public_schema, export_task_id, taken_at, switched_at, TIMESTAMPDIFF(SECOND, touched_at, UTC_TIMESTAMP(6)) FROM `snapshotbridge`.`versions` WHERE public_schema = @schema",
                ("schema", publicSchema)),
            "read the bookkeeping of versions",
            cancellationToken);
        return [.. rows.Select(row => new LoadedVersion(
            row.Text(0)!, row.Text(1)!, row.Text(2)!, row.Number(3)!.Value, row.Number(4), TimeSpan.FromSeconds(row.Number(5) ?? 0)))];
    }

    /// <summary>The public schema that the ledger knows a version's schema under; null where it does not know it.</summary>
    public async Task<string?> PublicSchemaOfAsync(string version, CancellationToken cancellationToken)
    {
        var rows = await session.QueryAsync(
            new Sql("SELECT public_schema FROM `snapshotbridge`.`versions` WHERE version_schema = @version", ("version", version)), "look for a version", cancellationToken);
        return rows.Count == 0 ? null : rows[0].Text(0);
    }

    public async Task<bool> SchemaExistsAsync(string schema, CancellationToken cancellationToken) =>
        (await session.QueryAsync(
            new Sql("SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = @schema", ("schema", schema)), $"look for the schema {schema}", cancellationToken)).Count > 0;

    /// <summary>Notes a version before its schema is created, or that a run works on it again.</summary>
    public async Task TouchAsync(string version, string publicSchema, string exportTaskId, long takenAt, CancellationToken cancellationToken) =>
        await session.ExecuteAsync(
            new Sql(
                "INSERT INTO `snapshotbridge`.`versions` (version_schema, public_schema, export_task_id, taken_at, touched_at) VALUES (@version, @public, @export, @taken, UTC_TIMESTAMP(6)) "
                + "ON DUPLICATE KEY UPDATE touched_at = UTC_TIMESTAMP(6)",
                ("version", version),
                ("public", publicSchema),
                ("export", exportTaskId),
                ("taken", takenAt)),
            "note a version",
            cancellationToken);

    /// <summary>Notes that a run still works on the versions of an export: no other one takes them for left behind.</summary>
    public async Task KeepAsync(string exportTaskId, CancellationToken cancellationToken) =>
        await session.ExecuteAsync(
            new Sql("UPDATE `snapshotbridge`.`versions` SET touched_at = UTC_TIMESTAMP(6) WHERE export_task_id = @export", ("export", exportTaskId)),
            "note that versions are worked on",
            cancellationToken);

    /// <summary>Notes that views serve a version from now on.</summary>
    public async Task SwitchedAsync(string version, CancellationToken cancellationToken) =>
        await session.ExecuteAsync(
            new Sql("UPDATE `snapshotbridge`.`versions` SET switched_at = FLOOR(UNIX_TIMESTAMP()) WHERE version_schema = @version", ("version", version)),
            "note a switch",
            cancellationToken);

    /// <summary>Notes views: without a definition before they are created, with it once the server has told it.</summary>
    public async Task NoteAsync(string publicSchema, IReadOnlyList<NotedView> views, CancellationToken cancellationToken)
    {
        foreach (var chunk in views.Chunk(RowsPerStatement))
        {
            var parameters = new List<(string, object?)> { ("public", publicSchema) };
            var rows = chunk.Select((view, index) =>
            {
                var number = index.ToString(CultureInfo.InvariantCulture);
                parameters.AddRange([($"n{number}", view.Name), ($"v{number}", view.Version), ($"d{number}", view.Digest), ($"s{number}", view.Source), ($"t{number}", view.Definition)]);
                return $"(@public, @n{number}, @v{number}, @d{number}, @s{number}, @t{number})";
            });
            await session.ExecuteAsync(
                new Sql(
                    $"REPLACE INTO `snapshotbridge`.`views` (public_schema, view_name, version_schema, digest, source, definition) VALUES {string.Join(", ", rows)}",
                    [.. parameters]),
                "note views",
                cancellationToken);
        }
    }

    /// <summary>Forgets that views of a schema were on their way through a gate.</summary>
    public async Task ForgetMarksOfGatesAsync(string publicSchema, CancellationToken cancellationToken) =>
        await session.ExecuteAsync(
            new Sql("DELETE FROM `snapshotbridge`.`views` WHERE public_schema = @public AND LEFT(definition, 1) = '`'", ("public", publicSchema)),
            "forget views that went through a gate",
            cancellationToken);

    /// <summary>
    /// Marks a table of ours under the name that it is about to get, so that a killed run still knows it. By its age and
    /// not by its exact creation time, which MariaDB sets anew when it renames a table.
    /// </summary>
    public async Task MarkReplacedAsync(string schema, string table, string replaced, long createdAt, CancellationToken cancellationToken) =>
        await session.ExecuteAsync(
            new Sql(
                "REPLACE INTO `snapshotbridge`.`tables` (target_schema, target_table, export_task_id, load_id, par_name, marked_at, table_created_at, rows_verified, verified_at) "
                + "SELECT target_schema, @replaced, export_task_id, load_id, par_name, @created, NULL, rows_verified, verified_at FROM `snapshotbridge`.`tables` "
                + "WHERE target_schema = @schema AND target_table = @table",
                ("schema", schema),
                ("table", table),
                ("replaced", replaced),
                ("created", createdAt)),
            "mark a table that a view replaces",
            cancellationToken);

    /// <summary>Forgets the mark of a table that stands under another name now.</summary>
    public async Task ForgetTableAsync(string schema, string table, CancellationToken cancellationToken) =>
        await session.ExecuteAsync(
            new Sql("DELETE FROM `snapshotbridge`.`tables` WHERE target_schema = @schema AND target_table = @table", ("schema", schema), ("table", table)),
            "forget a table that a view replaced",
            cancellationToken);

    /// <summary>
    /// A view, of any schema that we may look into, that reads a version. A server that keeps names in small letters writes
    /// them so into definitions, and compares those letter by letter; where it tells case apart, too much is kept at worst.
    /// </summary>
    public async Task<string?> ReaderOfAsync(string version, CancellationToken cancellationToken)
    {
        var rows = await session.QueryAsync(
            new Sql(
                "SELECT CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) FROM information_schema.VIEWS WHERE LOCATE(LOWER(@quoted), LOWER(VIEW_DEFINITION)) > 0 LIMIT 1",
                ("quoted", $"{SqlText.Identifier(version)}.")),
            $"look for views that read {version}",
            cancellationToken);
        return rows.Count == 0 ? null : rows[0].Text(0);
    }

    /// <summary>Forgets a dropped version, its tables and its views. The version last: a killed run finds it again.</summary>
    public async Task ForgetVersionAsync(string version, CancellationToken cancellationToken)
    {
        foreach (var statement in (string[])
            [
                "DELETE FROM `snapshotbridge`.`tables` WHERE target_schema = @version",
                "DELETE FROM `snapshotbridge`.`views` WHERE version_schema = @version",
                "DELETE FROM `snapshotbridge`.`versions` WHERE version_schema = @version",
            ])
        {
            await session.ExecuteAsync(new Sql(statement, ("version", version)), "forget a dropped version", cancellationToken);
        }
    }
}
