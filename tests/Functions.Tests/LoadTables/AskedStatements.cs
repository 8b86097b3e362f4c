using System.Globalization;
using System.Text.RegularExpressions;
using MySqlConnector;
using SnapshotBridge.Local.Databases.Servers;
using Xunit;

namespace SnapshotBridge.Functions.Tests.LoadTables;

/// <summary>What clients asked a server, by its general log.</summary>
internal sealed partial class AskedStatements : IAsyncDisposable
{
    private readonly ScriptedHeatWave _heatWave;

    private AskedStatements(ScriptedHeatWave heatWave) => _heatWave = heatWave;

    public static async Task<AskedStatements> StartAsync(ScriptedHeatWave heatWave)
    {
        await heatWave.ExecuteAsync("SET GLOBAL log_output = 'TABLE'");
        await heatWave.ExecuteAsync("TRUNCATE mysql.general_log");
        await heatWave.ExecuteAsync("SET GLOBAL general_log = ON");
        return new AskedStatements(heatWave);
    }

    public Task ForgetAsync() => _heatWave.ExecuteAsync("TRUNCATE mysql.general_log");

    /// <summary>The statements of clients that hold a text, in their order.</summary>
    public Task<List<string>> HoldingAsync(string part) => _heatWave.ColumnAsync(
        "SELECT CONCAT(thread_id, ' ', CONVERT(argument USING utf8mb4)) FROM mysql.general_log WHERE command_type IN ('Query', 'Execute') AND LOCATE(@part, argument) > 0 AND LOCATE('general_log', argument) = 0 ORDER BY event_time", ("part", part));

    /// <summary>How many statements clients asked; those inside of a worker's event are not theirs.</summary>
    public async Task<int> CountAsync() => int.Parse(
        (await _heatWave.ColumnAsync(
            "SELECT COUNT(*) FROM mysql.general_log WHERE command_type IN ('Query', 'Execute') AND thread_id NOT IN (SELECT thread_id FROM mysql.general_log WHERE argument LIKE 'GET DIAGNOSTICS%')"))[0],
        CultureInfo.InvariantCulture);

    /// <summary>Every count of a table of this schema, and the connection that asked for it.</summary>
    public async Task<IReadOnlyList<(long Connection, string Table)>> CountsAsync(string schema) =>
    [
        .. (await HoldingAsync($"SELECT COUNT(*) FROM `{schema}`."))
            .Select(text => Count().Match(text))
            .Select(match => (long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), match.Groups[2].Value)),
    ];

    public async ValueTask DisposeAsync() => await _heatWave.ExecuteAsync("SET GLOBAL general_log = OFF");

    [GeneratedRegex(@"^(\d+) .*`([^`]+)`$")]
    private static partial Regex Count();
}

/// <summary>A table that nobody can read for a while.</summary>
internal sealed class HeldTable : IAsyncDisposable
{
    private readonly MySqlConnection _connection;

    private HeldTable(MySqlConnection connection) => _connection = connection;

    public static async Task<HeldTable> LockAsync(ScriptedHeatWave heatWave, string schema, string table)
    {
        MySqlServer server = heatWave.Server;
        var connection = new MySqlConnection($"Server={server.Host};Port={server.Port};User ID={server.User};Password={server.Password};SslMode=None;ConnectionTimeout=120;DefaultCommandTimeout=0;AllowPublicKeyRetrieval=true;Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new MySqlCommand($"LOCK TABLES `{schema}`.`{table}` WRITE", connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return new HeldTable(connection);
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
