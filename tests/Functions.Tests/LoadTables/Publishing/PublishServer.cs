using MySqlConnector;
using SnapshotBridge.Loading;
using SnapshotBridge.LoadTables;
using SnapshotBridge.Local.Databases.Servers;
using Xunit;

namespace SnapshotBridge.Functions.Tests.LoadTables.Publishing;

/// <summary>A private server for the tests of publishing: MariaDB, or MySQL where SNAPSHOTBRIDGE_MYSQLD names one.</summary>
public sealed class PublishServer : IAsyncLifetime
{
    private MySqlServer? _server;

    private MySqlServer Server => _server ?? throw new InvalidOperationException("The server is not started.");

    public async ValueTask InitializeAsync()
    {
        _server = await MySqlServer.StartAsync(new MySqlServerOptions { User = "loader" }, TestContext.Current.CancellationToken);
        foreach (var statement in LedgerSql.Create)
        {
            await ExecuteAsync(statement);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    internal async Task<string> VersionAsync() => (await ColumnAsync("SELECT VERSION()"))[0];

    internal async Task<bool> IsMySqlAsync() => !(await VersionAsync()).Contains("MariaDB", StringComparison.Ordinal);

    internal Task<IHeatWaveSession> OpenAsync() => OpenAsync(Server.User, Server.Password);

    internal Task<IHeatWaveSession> OpenAsync(string user, string password)
    {
        var login = new HeatWaveCredentials { Username = user, Password = password };
        return new MySqlHeatWaveServer(Server.Host, (uint)Server.Port, HeatWaveSslMode.None, null, (_, _) => Task.FromResult(login)).OpenAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>A connection of a reader, who knows nothing of the product.</summary>
    internal async Task<MySqlConnection> ReaderAsync(string? user = null, string? password = null)
    {
        var connection = new MySqlConnection(
            $"Server={Server.Host};Port={Server.Port};User ID={user ?? Server.User};Password={password ?? Server.Password};SslMode=None;ConnectionTimeout=120;DefaultCommandTimeout=0;AllowPublicKeyRetrieval=true;Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        return connection;
    }

    internal async Task ExecuteAsync(string sql)
    {
        await using var connection = await ReaderAsync();
        await using var command = new MySqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    internal async Task<List<string>> ColumnAsync(string sql)
    {
        await using var connection = await ReaderAsync();
        return await ColumnAsync(connection, sql);
    }

    internal static async Task<List<string>> ColumnAsync(MySqlConnection connection, string sql)
    {
        await using var command = new MySqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var values = new List<string>();
        while (await reader.ReadAsync())
        {
            values.Add(Convert.ToString(reader.GetValue(0), System.Globalization.CultureInfo.InvariantCulture) ?? "");
        }

        return values;
    }
}
