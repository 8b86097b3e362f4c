using System.Globalization;
using MySqlConnector;
using SnapshotBridge.Local.Databases.HeatWave;

namespace SnapshotBridge.Local.Scenarios;

/// <summary>The administrator's own look at the server, and what an administrator may have done to it.</summary>
internal static class HeatWaveLook
{
    /// <summary>Every schema, and every table with the time of its creation, but for the server's own: the same text before and after means that nothing was changed.</summary>
    public static async Task<string> InventoryAsync(this HeatWaveServer server, CancellationToken cancellationToken) => string.Join('\n', await server.TextsAsync(
        """
        SELECT SCHEMA_NAME FROM information_schema.SCHEMATA
        UNION ALL
        SELECT CONCAT(TABLE_SCHEMA, '.', TABLE_NAME, ' ', TABLE_TYPE, ' ', COALESCE(CREATE_TIME, '')) FROM information_schema.TABLES
        WHERE TABLE_SCHEMA NOT IN ('information_schema', 'performance_schema', 'mysql', 'sys', 'snapshotbridge')
        ORDER BY 1
        """,
        cancellationToken));

    /// <summary>When a table was created, as the server says; null where there is none.</summary>
    public static async Task<string?> CreatedAsync(this HeatWaveServer server, string schema, string table, CancellationToken cancellationToken) => (await server.TextsAsync(
        $"SELECT CREATE_TIME FROM information_schema.TABLES WHERE TABLE_SCHEMA = '{schema}' AND TABLE_NAME = '{table}'", cancellationToken)).SingleOrDefault();

    /// <summary>How often each load of the queue was begun, by <c>schema.table</c>.</summary>
    public static async Task<IReadOnlyDictionary<string, int>> StartsAsync(this HeatWaveServer server, CancellationToken cancellationToken)
    {
        var rows = await server.TextsAsync("SELECT CONCAT(SUM(starts), ' ', target_schema, '.', target_table) FROM snapshotbridge.queue GROUP BY target_schema, target_table", cancellationToken);
        return rows.Select(row => row.Split(' ', 2)).ToDictionary(parts => parts[1], parts => int.Parse(parts[0], CultureInfo.InvariantCulture), StringComparer.Ordinal);
    }

    public static async Task ExecuteAsync(this HeatWaveServer server, string sql, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(server, cancellationToken);
        await using var command = new MySqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The first column of all rows, as text.</summary>
    public static async Task<IReadOnlyList<string>> TextsAsync(this HeatWaveServer server, string sql, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(server, cancellationToken);
        await using var command = new MySqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var texts = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            texts.Add(Convert.ToString(reader.GetValue(0), CultureInfo.InvariantCulture) ?? "");
        }

        return texts;
    }

    private static async Task<MySqlConnection> OpenAsync(HeatWaveServer server, CancellationToken cancellationToken)
    {
        var connection = new MySqlConnection(new MySqlConnectionStringBuilder(server.ConnectionString) { Pooling = false }.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}
