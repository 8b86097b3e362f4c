using SnapshotBridge.Loading.Declarations;

namespace SnapshotBridge.Loading;

/// <summary>Asks the server what it serves under a table's name.</summary>
internal sealed class TableInspector(IHeatWaveSession session, ServerProbe probe)
{
    private const string OfTable = "i.SCHEMA_NAME = @schema";

    /// <summary>What the server serves under one name, rows counted.</summary>
    public async Task<ServedTable> InspectAsync(string schema, string table, CancellationToken cancellationToken) =>
        await CountAsync(schema, table, (await DescribeAsync(schema, [table], cancellationToken)).GetValueOrDefault(table), cancellationToken);

    /// <summary>
    /// Tables of a schema with their columns and what HeatWave's memory says of them, but for their rows: three statements,
    /// however many tables there are.
    /// </summary>
    /// <param name="schema">The schema.</param>
    /// <param name="tables">Their names: some hundreds at most.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<IReadOnlyDictionary<string, ServedTable>> DescribeAsync(string schema, IReadOnlyList<string> tables, CancellationToken cancellationToken)
    {
        (string, object?)[] name = [("schema", schema), .. tables.Select((table, index) => ($"table{index}", (object?)table))];
        var some = $"IN ({string.Join(", ", tables.Select((_, index) => $"@table{index}"))})";
        var what = tables.Count == 1 ? $"{schema}.{tables[0]}" : $"{tables.Count} tables of schema {schema}";
        // EXTRA names columns that exist but are not in HeatWave's memory and so cannot be queried there.
        var columns = await session.QueryAsync(
            new Sql(
                $"SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, EXTRA LIKE '%NOT SECONDARY%' FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = @schema AND TABLE_NAME {some} ORDER BY TABLE_NAME, ORDINAL_POSITION", name),
            $"read the columns of {what}",
            cancellationToken);
        var rapid = await RapidAsync(some, name, what, cancellationToken);
        var loaded = await LoadedColumnsAsync(some, name, what, cancellationToken);
        return columns.GroupBy(row => row.Text(0)!, probe.Names).ToDictionary(
            rows => rows.Key,
            rows =>
            {
                var declared = rows.Where(row => row.Number(3) is null or 0).Select(row => row.Text(1)!).ToList();
                var (status, rapidRows) = rapid is null ? (null, null) : rapid.TryGetValue(rows.Key, out var state) ? state : ("absent from rpd_tables", null);
                return new ServedTable
                {
                    Exists = true,
                    Definition = [.. rows.Select(row => new DefinedColumn(row.Text(1)!, row.Text(2) ?? ""))],
                    Columns = loaded.TryGetValue(rows.Key, out var served) ? [.. declared.Intersect(served, StringComparer.OrdinalIgnoreCase)] : declared,
                    RapidStatus = status,
                    RapidRows = rapidRows,
                };
            },
            probe.Names);
    }

    /// <summary>Counts the rows of a table as <see cref="DescribeAsync"/> described it.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="table">Its name.</param>
    /// <param name="described">The table; null where there is none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<ServedTable> CountAsync(string schema, string table, ServedTable? described, CancellationToken cancellationToken)
    {
        if (described is null)
        {
            return new ServedTable { Exists = false };
        }

        try
        {
            var count = await session.QueryAsync(new Sql($"SELECT COUNT(*) FROM {SqlText.Table(schema, table)}"), $"count the rows of {schema}.{table}", cancellationToken);
            return described with { Rows = count[0].Number(0) };
        }
        catch (HeatWaveStatementException exception)
        {
            // A Lakehouse table that is not loaded cannot be queried: that is this table's failure and no other's.
            return described with { CountError = $"error {exception.Number}: {exception.ServerMessage}" };
        }
    }

    private async Task<Dictionary<string, (string? Status, long? Rows)>?> RapidAsync(string some, (string, object?)[] name, string what, CancellationToken cancellationToken)
    {
        if (!probe.HasRapidTables)
        {
            return null;
        }

        var rows = await session.QueryAsync(
            new Sql($"SELECT i.TABLE_NAME, t.LOAD_STATUS, t.NROWS FROM performance_schema.rpd_tables t JOIN performance_schema.rpd_table_id i ON i.ID = t.ID WHERE {OfTable} AND i.TABLE_NAME {some}", name),
            $"read the load status of {what}",
            cancellationToken);
        return ByTable(rows, same => (same.First().Text(1), same.First().Number(2)));
    }

    private async Task<Dictionary<string, List<string>>> LoadedColumnsAsync(string some, (string, object?)[] name, string what, CancellationToken cancellationToken)
    {
        if (!probe.HasRapidTables)
        {
            return [];
        }

        try
        {
            var rows = await session.QueryAsync(
                new Sql(
                    $"SELECT i.TABLE_NAME, c.COLUMN_NAME FROM performance_schema.rpd_column_id c JOIN performance_schema.rpd_table_id i ON i.ID = c.TABLE_ID WHERE {OfTable} AND i.TABLE_NAME {some}", name),
                $"read the loaded columns of {what}",
                cancellationToken);
            return ByTable(rows, same => same.Select(row => row.Text(1)!).ToList());
        }
        catch (HeatWaveStatementException)
        {
            // Versions differ in these tables' columns; what the data dictionary says is what queries see.
            return [];
        }
    }

    private Dictionary<string, T> ByTable<T>(IReadOnlyList<SqlRow> rows, Func<IEnumerable<SqlRow>, T> value) =>
        rows.GroupBy(row => row.Text(0)!, probe.Names).ToDictionary(same => same.Key, same => value(same), probe.Names);
}
