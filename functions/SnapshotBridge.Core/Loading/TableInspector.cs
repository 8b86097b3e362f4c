using SnapshotBridge.Loading.Declarations;

namespace SnapshotBridge.Loading;

/// <summary>Asks the server what it serves under a table's name.</summary>
internal sealed class TableInspector(IHeatWaveSession session, ServerProbe probe)
{
    public async Task<ServedTable> InspectAsync(string schema, string table, CancellationToken cancellationToken)
    {
        (string, object?)[] name = [("schema", schema), ("table", table)];
        // EXTRA names columns that exist but are not in HeatWave's memory and so cannot be queried there.
        var columns = await session.QueryAsync(
            new Sql("SELECT COLUMN_NAME, COLUMN_TYPE, EXTRA LIKE '%NOT SECONDARY%' FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = @schema AND TABLE_NAME = @table ORDER BY ORDINAL_POSITION", name),
            $"read the columns of {schema}.{table}",
            cancellationToken);
        var exists = columns.Count > 0 || (await session.QueryAsync(
            new Sql("SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = @schema AND TABLE_NAME = @table", name),
            $"look for {schema}.{table}",
            cancellationToken)).Count > 0;
        if (!exists)
        {
            return new ServedTable { Exists = false };
        }

        var (status, rapidRows) = await RapidAsync(schema, table, name, cancellationToken);
        var served = new ServedTable
        {
            Exists = true,
            Definition = [.. columns.Select(row => new DefinedColumn(row.Text(0)!, row.Text(1) ?? ""))],
            Columns = await ServedColumnsAsync([.. columns.Where(row => row.Number(2) is null or 0).Select(row => row.Text(0)!)], schema, table, name, cancellationToken),
            RapidStatus = status,
            RapidRows = rapidRows,
        };
        try
        {
            var count = await session.QueryAsync(new Sql($"SELECT COUNT(*) FROM {SqlText.Table(schema, table)}"), $"count the rows of {schema}.{table}", cancellationToken);
            return served with { Rows = count[0].Number(0) };
        }
        catch (HeatWaveStatementException exception)
        {
            // A Lakehouse table that is not loaded cannot be queried: that is this table's failure and no other's.
            return served with { CountError = $"error {exception.Number}: {exception.ServerMessage}" };
        }
    }

    private async Task<(string? Status, long? Rows)> RapidAsync(string schema, string table, (string, object?)[] name, CancellationToken cancellationToken)
    {
        if (!probe.HasRapidTables)
        {
            return (null, null);
        }

        var rows = await session.QueryAsync(
            new Sql(
                "SELECT t.LOAD_STATUS, t.NROWS FROM performance_schema.rpd_tables t JOIN performance_schema.rpd_table_id i ON i.ID = t.ID WHERE i.SCHEMA_NAME = @schema AND i.TABLE_NAME = @table",
                name),
            $"read the load status of {schema}.{table}",
            cancellationToken);
        return rows.Count == 0 ? ("absent from rpd_tables", null) : (rows[0].Text(0), rows[0].Number(1));
    }

    private async Task<IReadOnlyList<string>> ServedColumnsAsync(
        List<string> declared, string schema, string table, (string, object?)[] name, CancellationToken cancellationToken)
    {
        if (!probe.HasRapidTables)
        {
            return declared;
        }

        try
        {
            var loaded = await session.QueryAsync(
                new Sql(
                    "SELECT c.COLUMN_NAME FROM performance_schema.rpd_column_id c JOIN performance_schema.rpd_table_id i ON i.ID = c.TABLE_ID WHERE i.SCHEMA_NAME = @schema AND i.TABLE_NAME = @table",
                    name),
                $"read the loaded columns of {schema}.{table}",
                cancellationToken);
            return loaded.Count == 0 ? declared : [.. declared.Intersect(loaded.Select(row => row.Text(0)!), StringComparer.OrdinalIgnoreCase)];
        }
        catch (HeatWaveStatementException)
        {
            // Versions differ in these tables' columns; what the data dictionary says is what queries see.
            return declared;
        }
    }
}
