using MySqlConnector;
using SnapshotBridge.Local.Databases.HeatWave;
using SnapshotBridge.Local.Databases.Servers;
using Xunit;
using static SnapshotBridge.Local.Tests.Databases.HeatWaveCalls;

namespace SnapshotBridge.Local.Tests.Databases;

/// <summary>The server and its worker in trouble, by order or for want of something.</summary>
[Collection(DatabasesShared.Name)]
public sealed class HeatWaveServerFaultTests(DatabasesFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("faulty.city", "faulty")]
    [InlineData("faulty__*.city", "faulty__20260131_a1")]
    public async Task FailTable_ReportsTheFaultAsHeatWaveDoesAndOnlyAsOften(string table, string schema)
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        fixture.HeatWave.Faults.FailTable(table, 6045, "Bad value in column 2", times: 1);
        var (input, options) = fixture.NewForm(schema, "city", "exports/task-1/world/world.city/");

        var boxes = await CallAsync(connection, input, options);

        Assert.Contains("  Table failed to load!", boxes.Single(box => box.Name == "LOADING TABLE").Lines);
        Assert.Equal(6045, ErrorNumber(await ReportAsync(connection)));
        await CallAsync(connection, input, options);
        Assert.Equal(4079, await NumberAsync(connection, $"SELECT COUNT(*) FROM {schema}.city"));
    }

    [Fact]
    public async Task KillSessionDuring_EndsTheCallerAndHaltsTheLoad()
    {
        await using var caller = await fixture.OpenHeatWaveAsync(Token);
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        fixture.HeatWave.Faults.KillSessionDuring("killed.city");
        var (input, options) = fixture.NewForm("killed", "city", "exports/task-1/world/world.city/");

        await Assert.ThrowsAsync<MySqlException>(() => CallAsync(caller, input, options));

        await UntilAsync(async () => await NumberAsync(connection, "SELECT COUNT(*) FROM sys.sb_heatwave_jobs WHERE state='running'") == 0);
        Assert.Equal(3889, (await Assert.ThrowsAsync<MySqlException>(() => NumberAsync(connection, "SELECT COUNT(*) FROM killed.city"))).Number);
        // The worker is free again.
        (input, options) = fixture.NewForm("after_kill", "city", "exports/task-1/world/world.city/");
        await CallAsync(connection, input, options);
        Assert.Equal(4079, await NumberAsync(connection, "SELECT COUNT(*) FROM after_kill.city"));
    }

    [Fact]
    public async Task StopWorkerAsync_CallsEndWith3889AndNothingIsLoadedLater()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var (input, options) = fixture.NewForm("orphan", "city", "exports/task-1/world/world.city/");
        await fixture.HeatWave.StopWorkerAsync();
        try
        {
            Assert.Equal(3889, (await Assert.ThrowsAsync<MySqlException>(() => CallAsync(connection, input, options))).Number);
        }
        finally
        {
            await fixture.HeatWave.StartWorkerAsync(Token);
        }

        // The abandoned job must not come to life; the next one does.
        (input, options) = fixture.NewForm("after_orphan", "city", "exports/task-1/world/world.city/");
        await CallAsync(connection, input, options);
        Assert.Equal(0, await NumberAsync(connection, "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME='orphan'"));
        Assert.Equal(4079, await NumberAsync(connection, "SELECT COUNT(*) FROM after_orphan.city"));
    }

    [Fact]
    public async Task StopWorkerAsync_DuringALoad_EndsTheCallWith3889()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        fixture.HeatWave.Faults.Delay("midway.city", TimeSpan.FromMinutes(10));
        var (input, options) = fixture.NewForm("midway", "city", "exports/task-1/world/world.city/");
        var call = CallAsync(connection, input, options);
        await using var other = await fixture.OpenHeatWaveAsync(Token);
        await UntilAsync(async () => await NumberAsync(other, "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA='midway'") == 1);

        await fixture.HeatWave.StopWorkerAsync();
        await fixture.HeatWave.StartWorkerAsync(Token);

        Assert.Equal(3889, (await Assert.ThrowsAsync<MySqlException>(() => call)).Number);
    }

    [Fact]
    public async Task GoDownAsync_RefusesConnectionsAndComesBackWithItsData()
    {
        _ = fixture.HeatWave;
        await using var server = await HeatWaveServer.StartAsync(new HeatWaveServerOptions(), Token);
        await using (var before = new MySqlConnection(server.ConnectionString))
        {
            await before.OpenAsync(Token);
            await RunAsync(before, "CREATE DATABASE kept");
        }

        await server.GoDownAsync(Token);
        await using (var refused = new MySqlConnection(server.ConnectionString))
        {
            await Assert.ThrowsAnyAsync<MySqlException>(() => refused.OpenAsync(Token));
        }

        await server.ComeBackAsync(Token);
        await using var after = new MySqlConnection(server.ConnectionString);
        await after.OpenAsync(Token);
        var (input, options) = fixture.NewForm("kept", "city", "exports/task-1/world/world.city/");
        await CallAsync(after, input, options);
        Assert.Equal(4079, await NumberAsync(after, "SELECT COUNT(*) FROM kept.city"));
    }

    [Fact]
    public async Task StartAsync_Tls_IsVerifiableWithItsOwnCa()
    {
        _ = fixture.HeatWave;
        await using var server = await MySqlServer.StartAsync(new MySqlServerOptions { Tls = true }, Token);
        using var ca = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(server.CaFile!, Token));
        await using var connection = new MySqlConnection(new MySqlConnectionStringBuilder(server.ConnectionString().ConnectionString) { SslMode = MySqlSslMode.Required }.ConnectionString);

        await connection.OpenAsync(Token);

        Assert.NotEqual("", (await RowAsync(connection, "SHOW STATUS LIKE 'Ssl_cipher'"))[1]);
        Assert.Equal("CN=SnapshotBridge local CA", ca.Subject);
    }

    [Fact]
    public async Task StartAsync_NoSuchBinary_SaysWhatToDo()
    {
        var error = await Assert.ThrowsAsync<DatabaseServerException>(() => MySqlServer.StartAsync(new MySqlServerOptions { Binary = "/no/such/mysqld" }, Token));

        Assert.Contains("'/no/such/mysqld' does not exist", error.Message, StringComparison.Ordinal);
        Assert.Contains("SNAPSHOTBRIDGE_MYSQLD", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartAsync_PortInUse_SaysSo()
    {
        var error = await Assert.ThrowsAsync<DatabaseServerException>(() => MySqlServer.StartAsync(new MySqlServerOptions { Port = fixture.Source.Port }, Token));

        Assert.Contains("did not start", error.Message, StringComparison.Ordinal);
        Assert.Contains("in use", error.Message, StringComparison.Ordinal);
    }
}
