using System.Globalization;
using MySqlConnector;
using SnapshotBridge.Loading.Declarations;
using SnapshotBridge.Local.Databases.Servers;
using Xunit;

namespace SnapshotBridge.Functions.Tests.LoadTables;

/// <summary>Declarations as servers take them, whatever the session's mode and the schema's collation.</summary>
public sealed class DeclarationsOnServersTests
{
    /// <summary>Members that servers could take for one, or read wrongly.</summary>
    private static readonly string[][] Members =
    [
        ["new", "paid"],
        ["a", "A", "á", "Á", "ä"],
        ["straße", "strasse", "STRASSE"],
        ["и", "й", "И"],
        ["a", "a\u0001", "a\u200B"],
        [@"a\b", @"\", @"\\", "'", "''", @"\'", "\"", "a,b", ")", "%_"],
        ["\n", "\r\n", "\t", "\b", "\u001A", "\u007F", "line\nbreak"],
        ["", " ", "x"],
        ["表", "😀", "😁"],
    ];

    public static TheoryData<bool, string> Servers => new()
    {
        { true, "" }, { true, "NO_BACKSLASH_ESCAPES" }, { true, "ANSI_QUOTES,NO_BACKSLASH_ESCAPES" },
        { false, "" }, { false, "NO_BACKSLASH_ESCAPES" }, { false, "ANSI_QUOTES,NO_BACKSLASH_ESCAPES" },
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task Columns_MembersOfAnEnum_AreKeptApartAndAsTheyAre(bool mariaDb, string mode)
    {
        await using var server = await StartAsync(mariaDb);
        await using var connection = new MySqlConnection(server.ConnectionString().ConnectionString);
        await connection.OpenAsync(Token);
        await ExecuteAsync(connection, "CREATE DATABASE shop CHARACTER SET utf8mb4");

        for (var table = 0; table < Members.Length; table++)
        {
            // Spaces at the end are no part of a member.
            var members = Members[table].Select(member => member.TrimEnd(' ')).Distinct(StringComparer.Ordinal).ToArray();
            var declaration = Declaration(members);
            await ExecuteAsync(connection, $"SET SESSION sql_mode = 'STRICT_TRANS_TABLES{(mode.Length == 0 ? "" : $",{mode}")}'");
            await ExecuteAsync(connection, $"CREATE TABLE shop.t{table.ToString(CultureInfo.InvariantCulture)} ({DeclarationSql.Columns(declaration)})");
            await ExecuteAsync(connection, "SET SESSION sql_mode = 'STRICT_TRANS_TABLES'");

            foreach (var member in members)
            {
                await ExecuteAsync(connection, $"INSERT INTO shop.t{table} VALUES (@p0)", member);
            }

            Assert.Equal(members, await TextsAsync(connection, $"SELECT CAST(v AS CHAR) FROM shop.t{table} ORDER BY v + 0"));
            var defined = await TextsAsync(connection, $"SELECT COLUMN_TYPE FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'shop' AND TABLE_NAME = 't{table}'");
            Assert.Empty(DeclarationComparison.Differences(declaration, [new DefinedColumn("v", defined[0])]));
        }
    }

    private static TableDeclaration Declaration(string[] members)
    {
        var text = $"ENUM({string.Join(',', members.Select(member => $"'{member.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal)}'"))})";
        var type = SqlType.Parse(text, out var problem);
        Assert.Null(problem);
        return new TableDeclaration([new DeclaredColumn("v", type!.ToString())]);
    }

    private static async Task<MySqlServer> StartAsync(bool mariaDb)
    {
        var binary = mariaDb
            ? new[] { "/usr/sbin", "/usr/local/sbin", "/usr/bin" }.Select(folder => Path.Combine(folder, "mariadbd")).FirstOrDefault(File.Exists)
            : Environment.GetEnvironmentVariable("SNAPSHOTBRIDGE_MYSQLD");
        Assert.SkipWhen(binary is null, mariaDb ? "MariaDB is not installed (apt-get install mariadb-server-core)." : "No MySQL server is named by SNAPSHOTBRIDGE_MYSQLD.");
        return await MySqlServer.StartAsync(new MySqlServerOptions { Binary = binary }, Token);
    }

    private static async Task ExecuteAsync(MySqlConnection connection, string sql, string? value = null)
    {
        await using var command = new MySqlCommand(sql, connection);
        if (value is not null)
        {
            command.Parameters.AddWithValue("@p0", value);
        }

        await command.ExecuteNonQueryAsync(Token);
    }

    private static async Task<List<string>> TextsAsync(MySqlConnection connection, string sql)
    {
        await using var command = new MySqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(Token);
        var texts = new List<string>();
        while (await reader.ReadAsync(Token))
        {
            texts.Add(reader.GetString(0));
        }

        return texts;
    }
}
