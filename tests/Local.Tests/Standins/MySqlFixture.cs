using MySqlConnector;
using SnapshotBridge.Local.Databases.Servers;
using Xunit;

namespace SnapshotBridge.Local.Tests.Standins;

/// <summary>One private server for the driver tests; without a server program they are skipped.</summary>
public sealed class MySqlFixture : IAsyncLifetime
{
    private MySqlServer? _server;

    /// <summary>Whether the driver is our stand-in rather than the package.</summary>
    public static bool IsStandIn =>
        Array.Exists(typeof(MySqlConnection).Assembly.GetReferencedAssemblies(), a => a.Name == "MySql.Data");

    public MySqlServer Server
    {
        get
        {
            Assert.SkipWhen(_server is null, "No MySQL-protocol server program is installed.");
            return _server!;
        }
    }

    public async ValueTask InitializeAsync()
    {
        if (MySqlBinary.TryFind() is null)
            return;
        _server = await MySqlServer.StartAsync(new MySqlServerOptions { Tls = true }, CancellationToken.None);
        await using var connection = new MySqlConnection(Options(database: "").ConnectionString);
        await connection.OpenAsync();
        await using var create = new MySqlCommand("CREATE DATABASE driver CHARACTER SET utf8mb4", connection);
        await create.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    /// <summary>How to reach the server, with limits that only end what hangs: on a busy machine even a KILL takes its time.</summary>
    public MySqlConnectionStringBuilder Options(string database = "driver") => new()
    {
        ConnectionTimeout = 300,
        DefaultCommandTimeout = 300,
        CancellationTimeout = 300,
        Server = Server.Host,
        Port = (uint)Server.Port,
        UserID = Server.User,
        Password = Server.Password,
        Database = database,
    };

    public async Task<MySqlConnection> OpenAsync(Action<MySqlConnectionStringBuilder>? configure = null)
    {
        var options = Options();
        configure?.Invoke(options);
        var connection = new MySqlConnection(options.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        return connection;
    }
}
