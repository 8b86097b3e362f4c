using System.Globalization;
using SnapshotBridge.Local.Databases.Sql;

namespace SnapshotBridge.Local.Databases.HeatWave.Declared;

/// <summary>What HeatWave knows of tables: their declaration, and the state of their load.</summary>
internal sealed class RapidCatalogue(JobChannel channel)
{
    public const string Loading = "LOADING_RPDGSTABSTATE";
    public const string Available = "AVAIL_RPDGSTABSTATE";
    public const string NotLoaded = "NOLOAD_RPDGSTABSTATE";

    /// <summary>The table's declaration, or null where there is no such table.</summary>
    public async Task<DeclaredTable?> FindAsync(string schema, string table, CancellationToken cancellationToken)
    {
        var comments = await channel.QueryAsync(
            "SELECT CONVERT(TABLE_COMMENT USING utf8mb4) FROM information_schema.TABLES WHERE TABLE_SCHEMA=@p0 AND TABLE_NAME=@p1 AND TABLE_TYPE='BASE TABLE'",
            reader => reader.GetString(0), cancellationToken, schema, table);
        if (comments.Count == 0)
        {
            return null;
        }

        var columns = await channel.QueryAsync(
            $"SELECT CONVERT(COLUMN_NAME USING utf8mb4), CONVERT(COLUMN_TYPE USING utf8mb4), IS_NULLABLE='YES', CONVERT(EXTRA USING utf8mb4) FROM {RapidViews.InformationSchema}.COLUMNS WHERE TABLE_SCHEMA=@p0 AND TABLE_NAME=@p1 ORDER BY ORDINAL_POSITION",
            reader => new DeclaredTableColumn(
                reader.GetString(0),
                new DeclaredType(reader.GetString(1)),
                Convert.ToInt32(reader.GetValue(2), CultureInfo.InvariantCulture) != 0,
                reader.GetString(3).Contains("NOT SECONDARY", StringComparison.Ordinal)),
            cancellationToken, schema, table);
        return new DeclaredTable(schema, table, TableMark.Parse(comments[0]), columns);
    }

    /// <summary>Notes that a load begins, and forgets tables that are gone.</summary>
    /// <exception cref="LakehouseException">The table is loaded already, or being loaded.</exception>
    public async Task BeginAsync(string id, CancellationToken cancellationToken)
    {
        await channel.ExecuteAsync(
            $"DELETE FROM sys.sb_rapid_tables WHERE id <> @p0 AND load_status <> '{Loading}' AND NOT EXISTS (SELECT 1 FROM information_schema.TABLES t WHERE t.TABLE_COMMENT LIKE CONCAT('{TableMark.Prefix}', CONVERT(sys.sb_rapid_tables.id USING utf8mb4), ':%'))",
            cancellationToken, id);
        var inserted = await channel.ExecuteAsync($"INSERT IGNORE INTO sys.sb_rapid_tables (id, load_status, started_at) VALUES (@p0, '{Loading}', NOW(6))", cancellationToken, id);
        if (inserted == 0 && await channel.ExecuteAsync(
            $"UPDATE sys.sb_rapid_tables SET load_status='{Loading}', load_progress=0, nrows=0, size_bytes=0, started_at=NOW(6), ended_at=NULL WHERE id=@p0 AND load_status='{NotLoaded}'",
            cancellationToken, id) == 0)
        {
            throw new LakehouseException(LakehouseException.OperationFailed, "Secondary engine operation failed. The table is loaded or being loaded.");
        }
    }

    public Task ProgressAsync(string id, double percent, CancellationToken cancellationToken) =>
        channel.ExecuteAsync("UPDATE sys.sb_rapid_tables SET load_progress=@p1 WHERE id=@p0", cancellationToken, id, percent);

    public async Task LoadedAsync(string id, long rows, long bytes, IEnumerable<string> columns, CancellationToken cancellationToken)
    {
        await channel.ExecuteAsync("DELETE FROM sys.sb_rapid_columns WHERE id=@p0", cancellationToken, id);
        foreach (var column in columns)
        {
            await channel.ExecuteAsync("INSERT INTO sys.sb_rapid_columns (id, column_name) VALUES (@p0, @p1)", cancellationToken, id, column);
        }

        await channel.ExecuteAsync(
            $"UPDATE sys.sb_rapid_tables SET load_status='{Available}', load_progress=100, nrows=@p1, size_bytes=@p2, ended_at=NOW(6) WHERE id=@p0", cancellationToken, id, rows, bytes);
    }

    public Task FailedAsync(string id, CancellationToken cancellationToken) =>
        channel.ExecuteAsync($"UPDATE sys.sb_rapid_tables SET load_status='{NotLoaded}', load_progress=0, nrows=0, size_bytes=0, ended_at=NOW(6) WHERE id=@p0", cancellationToken, id);

    /// <summary>Loads that a restart broke off.</summary>
    public Task ForgetInterruptedAsync(CancellationToken cancellationToken) =>
        channel.ExecuteAsync($"UPDATE sys.sb_rapid_tables SET load_status='{NotLoaded}', load_progress=0, nrows=0, size_bytes=0 WHERE load_status='{Loading}'", cancellationToken);

    /// <summary>Takes a table out of memory; the rows of a Lakehouse table are nowhere else.</summary>
    /// <exception cref="LakehouseException">There is no such table.</exception>
    public async Task UnloadAsync(DeclaredLoadRequest request, CancellationToken cancellationToken)
    {
        var table = await FindAsync(request.Schema, request.Table, cancellationToken);
        if (table?.Mark is not { } mark)
        {
            throw new LakehouseException(LakehouseException.OperationFailed, "Secondary engine operation failed. No secondary engine is defined.");
        }

        if (mark.Engine == TableMark.Lakehouse)
        {
            await channel.ExecuteAsync($"TRUNCATE TABLE {SqlText.Name(table.Schema, table.Name)}", cancellationToken);
        }

        await channel.ExecuteAsync("DELETE FROM sys.sb_rapid_columns WHERE id=@p0", cancellationToken, mark.Id);
        await channel.ExecuteAsync("DELETE FROM sys.sb_rapid_tables WHERE id=@p0", cancellationToken, mark.Id);
    }

    /// <summary>The cluster's free memory in bytes.</summary>
    public async Task<long> FreeBytesAsync(CancellationToken cancellationToken) =>
        Convert.ToInt64(
            await channel.ScalarAsync($"SELECT CAST(SUM(MEMORY_TOTAL - MEMORY_USAGE) AS SIGNED) FROM {RapidViews.PerformanceSchema}.rpd_nodes", cancellationToken), CultureInfo.InvariantCulture);
}
