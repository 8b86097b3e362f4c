using MySqlConnector;
using SnapshotBridge.Local.Databases.HeatWave;
using SnapshotBridge.Local.Databases.Servers;
using Xunit;

namespace SnapshotBridge.Local.Tests.Databases.Front;

/// <summary>What passes through the front untouched: TLS, accounts, connection ids, long packets, broken legs.</summary>
[Collection(DatabasesShared.Name)]
public sealed class FrontConnectionTests(DatabasesFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Open_WithTls_IsEncryptedOnBothLegsAndForAccountsThatRequireIt()
    {
        _ = fixture.HeatWave;
        await using var heatWave = await HeatWaveServer.StartAsync(new HeatWaveServerOptions { Server = new MySqlServerOptions { Tls = true } }, Token);
        await using (var direct = await OpenAsync(heatWave.Server.ConnectionString()))
        {
            await DeclaredTableTests.RunAsync(direct, "CREATE USER 'safe'@'%' IDENTIFIED BY 'secret-word' REQUIRE SSL");
        }

        var login = new MySqlConnectionStringBuilder(heatWave.ConnectionString) { UserID = "safe", Password = "secret-word", SslMode = MySqlSslMode.Required };
        await using var connection = await OpenAsync(login);
        await using var command = new MySqlCommand("SHOW SESSION STATUS LIKE 'Ssl_cipher'", connection);
        await using var reader = await command.ExecuteReaderAsync(Token);
        Assert.True(await reader.ReadAsync(Token));
        Assert.NotEmpty(reader.GetString(1));
    }

    [Fact]
    public async Task Open_WrongPassword_IsTheServersError()
    {
        var login = new MySqlConnectionStringBuilder(fixture.HeatWave.ConnectionString) { Password = "wrong" };

        Assert.Equal(1045, (await Assert.ThrowsAsync<MySqlException>(() => OpenAsync(login))).Number);
    }

    [Fact]
    public async Task Kill_ById_EndsThatConnectionAndNoOther()
    {
        await using var victim = await fixture.OpenHeatWaveAsync(Token);
        await using var other = await fixture.OpenHeatWaveAsync(Token);
        var id = await DeclaredTableTests.TextAsync(victim, "SELECT CONNECTION_ID()");

        await DeclaredTableTests.RunAsync(other, $"KILL {id}");

        await Assert.ThrowsAnyAsync<Exception>(() => DeclaredTableTests.TextAsync(victim, "SELECT 1"));
        Assert.Equal("1", await DeclaredTableTests.TextAsync(other, "SELECT 1"));
    }

    [Theory]
    [InlineData((16 << 20) - 30)]
    [InlineData(40 << 20)]
    public async Task Execute_StatementLongerThanAPacket_Passes(int length)
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);

        Assert.Equal(length.ToString(System.Globalization.CultureInfo.InvariantCulture), await DeclaredTableTests.TextAsync(connection, $"SELECT LENGTH('{new string('x', length)}')"));
    }

    [Fact]
    public async Task Execute_NamesOfHeatWaveInTexts_AreLeftAlone()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);

        Assert.Equal(
            "@@version performance_schema.rpd_tables it's \\ größe ALTER TABLE a.b SECONDARY_LOAD",
            await DeclaredTableTests.TextAsync(connection, "SELECT '@@version performance_schema.rpd_tables it''s \\\\ größe ALTER TABLE a.b SECONDARY_LOAD' /* @@version */ -- VERSION()"));
    }

    private static async Task<MySqlConnection> OpenAsync(MySqlConnectionStringBuilder login)
    {
        var connection = new MySqlConnection(login.ConnectionString);
        await connection.OpenAsync(Token);
        return connection;
    }
}
