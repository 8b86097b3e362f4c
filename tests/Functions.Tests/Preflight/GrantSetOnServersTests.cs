using MySqlConnector;
using SnapshotBridge.Local.Databases.Servers;
using SnapshotBridge.Preflight;
using Xunit;

namespace SnapshotBridge.Functions.Tests.Preflight;

/// <summary>What is read out of SHOW GRANTS is what the servers then allow, with wildcards and with partial_revokes, where there are none.</summary>
public sealed class GrantSetOnServersTests
{
    private static readonly string[] Schemas = ["shop", "shop_eu", "shopXeu", @"shop\_eu", "s%p", "shop__20260131031000_1f0c9a"];

    private static readonly string[] Granted = ["`shop`", "`shop_eu`", @"`shop\_eu`", "`s%p`", @"`s\%p`", "`sh%`", @"`shop\_\_%`", "*"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("mariadb", null)]
    [InlineData("mysql", "--partial-revokes=OFF")]
    [InlineData("mysql", "--partial-revokes=ON")]
    public async Task Missing_GrantsOfAServer_AreWhatItRefuses(string kind, string? option)
    {
        await using var server = await StartAsync(kind, option);
        await using var administrator = await OpenAsync(server, server.User, server.Password);
        foreach (var schema in Schemas)
        {
            await ExecuteAsync(administrator, $"CREATE DATABASE `{schema}`");
            await ExecuteAsync(administrator, $"CREATE TABLE `{schema}`.t (a INT)");
        }

        // MariaDB ranks two names with wildcards in another way than MySQL, whose way is HeatWave's.
        var granted = kind == "mariadb" ? Granted.Where(name => name != "`s%p`").ToList() : [.. Granted];
        var differences = new List<string>();
        foreach (var select in granted)
        {
            foreach (var insert in granted)
            {
                await CompareAsync(server, administrator, select, insert, option != "--partial-revokes=ON", differences);
            }
        }

        Assert.Empty(differences);
    }

    private static async Task CompareAsync(MySqlServer server, MySqlConnection administrator, string select, string insert, bool hasWildcards, List<string> differences)
    {
        await ExecuteAsync(administrator, "DROP USER IF EXISTS 'asked'@'%'");
        await ExecuteAsync(administrator, "CREATE USER 'asked'@'%' IDENTIFIED BY 'a-password'");
        await ExecuteAsync(administrator, $"GRANT SELECT ON {select}.* TO 'asked'@'%'");
        await ExecuteAsync(administrator, $"GRANT INSERT ON {insert}.* TO 'asked'@'%'");

        await using var user = await OpenAsync(server, "asked", "a-password");
        var lines = new List<string>();
        await using (var command = new MySqlCommand("SHOW GRANTS FOR CURRENT_USER()", user))
        await using (var reader = await command.ExecuteReaderAsync(Token))
        {
            while (await reader.ReadAsync(Token))
            {
                lines.Add(reader.GetString(0));
            }
        }

        var held = GrantSet.Parse(lines, hasWildcards);
        foreach (var schema in Schemas)
        {
            List<string> refused = [];
            if (!await IsAllowedAsync(user, $"SELECT 1 FROM `{schema}`.t"))
            {
                refused.Add("SELECT");
            }

            if (!await IsAllowedAsync(user, $"INSERT INTO `{schema}`.t VALUES (1)"))
            {
                refused.Add("INSERT");
            }

            var read = held.Missing(schema, ["SELECT", "INSERT"]);
            if (!refused.SequenceEqual(read))
            {
                differences.Add($"SELECT on {select}, INSERT on {insert}: of schema {schema} the server refuses '{string.Join(", ", refused)}', read was '{string.Join(", ", read)}'");
            }
        }
    }

    private static async Task<bool> IsAllowedAsync(MySqlConnection connection, string sql)
    {
        try
        {
            await ExecuteAsync(connection, sql);
            return true;
        }
        catch (MySqlException e) when (e.Number is 1142 or 1044)
        {
            return false;
        }
    }

    private static async Task<MySqlServer> StartAsync(string kind, string? option)
    {
        var binary = kind == "mariadb"
            ? new[] { "/usr/sbin", "/usr/local/sbin", "/usr/bin" }.Select(folder => Path.Combine(folder, "mariadbd")).FirstOrDefault(File.Exists)
            : Environment.GetEnvironmentVariable("SNAPSHOTBRIDGE_MYSQLD");
        Assert.SkipWhen(binary is null, kind == "mariadb" ? "MariaDB is not installed (apt-get install mariadb-server-core)." : "No MySQL server is named by SNAPSHOTBRIDGE_MYSQLD.");
        return await MySqlServer.StartAsync(new MySqlServerOptions { Binary = binary, ExtraArguments = option is null ? [] : [option] }, Token);
    }

    private static async Task<MySqlConnection> OpenAsync(MySqlServer server, string user, string password)
    {
        var settings = server.ConnectionString();
        settings.UserID = user;
        settings.Password = password;
        var connection = new MySqlConnection(settings.ConnectionString);
        await connection.OpenAsync(Token);
        return connection;
    }

    private static async Task ExecuteAsync(MySqlConnection connection, string sql)
    {
        await using var command = new MySqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Token);
    }
}
