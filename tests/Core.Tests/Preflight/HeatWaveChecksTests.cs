using SnapshotBridge.Loading;
using SnapshotBridge.Preflight;
using SnapshotBridge.Requests;
using Xunit;

namespace SnapshotBridge.Core.Tests.Preflight;

/// <summary>What HeatWave's own answers mean: the local servers cannot give them, so they are written down here.</summary>
public sealed class HeatWaveChecksTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 8, 0, 0, TimeSpan.Zero);

    private readonly ScriptedServer _server = new();
    private PublishMode _publish = PublishMode.Replace;

    [Fact]
    public async Task RunAsync_ServerAsItShouldBe_AllLinesAreOk()
    {
        var checks = await RunAsync();

        Assert.All(checks, check => Assert.Equal(PreflightResult.Ok, check.Result));
        Assert.Equal(
            ["heatwave.login", "heatwave.tls", "heatwave.server", "heatwave.clock", "heatwave.cluster", "heatwave.grants", "heatwave.events", "heatwave.ledger"],
            checks.Select(check => check.Name));
        Assert.Contains("TLSv1.3 with TLS_AES_256_GCM_SHA384", checks[1].Detail, StringComparison.Ordinal);
        Assert.Contains("9.4.1-u1-cloud", checks[2].Detail, StringComparison.Ordinal);
        Assert.Contains("differs from the function's by 0.2 s", checks[3].Detail, StringComparison.Ordinal);
        Assert.Contains("2 available nodes; 50 % of their memory is in use", checks[4].Detail, StringComparison.Ordinal);
        Assert.EndsWith("loads into shop_eu, also with publish swap", checks[5].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_NoLakehouse_FailsWithTheRemedy()
    {
        _server.Answers["information_schema.ENGINES"] = [];

        AssertFailed(await CheckAsync("heatwave.cluster"), "LAKEHOUSE is not there", "Enable Lakehouse");
    }

    [Fact]
    public async Task RunAsync_ClusterStopped_FailsWithTheRemedy()
    {
        _server.Answers["rapid%"] = [new SqlRow("rapid_cluster_status", "OFF"), new SqlRow("rapid_service_status", "OFFLINE")];

        AssertFailed(await CheckAsync("heatwave.cluster"), "rapid_cluster_status is OFF", "Start the HeatWave cluster");
    }

    [Fact]
    public async Task RunAsync_ANodeIsDown_FailsWithTheRemedy()
    {
        _server.Answers["rpd_nodes"] = [new SqlRow("AVAIL_RNSTATE", 1L, 100L), new SqlRow("DOWN_RNSTATE", 1L, 100L)];

        AssertFailed(await CheckAsync("heatwave.cluster"), "1 of 2 HeatWave nodes", "restart it");
    }

    [Fact]
    public async Task RunAsync_NoHeatWaveAtAll_Warns()
    {
        _server.Answers["rapid%"] = [];

        var check = await CheckAsync("heatwave.cluster");
        Assert.Equal(PreflightResult.Warning, check.Result);
        Assert.Contains("Add a HeatWave cluster", check.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_NoProcedure_FailsAndTheEventsAreSkipped()
    {
        _server.Answers["information_schema.ROUTINES"] = [new SqlRow(0L)];

        var checks = await RunAsync();
        AssertFailed(checks.Single(check => check.Name == "heatwave.server"), "no procedure sys.heatwave_load", "Lakehouse");
        Assert.Equal(PreflightResult.Skipped, checks.Single(check => check.Name == "heatwave.events").Result);
    }

    [Theory]
    [InlineData("GRANT PROCESS", "PROCESS ON *.*")]
    [InlineData("GRANT EXECUTE", "EXECUTE ON sys.*")]
    [InlineData("GRANT SELECT ON `performance_schema`", "SELECT ON performance_schema.*")]
    [InlineData("GRANT SELECT, INSERT, UPDATE", "SELECT, INSERT, UPDATE, DELETE, CREATE ON snapshotbridge.*; EVENT ON snapshotbridge.*")]
    [InlineData("GRANT SELECT, INSERT, CREATE", "SELECT, INSERT, CREATE, ALTER, DROP on any target schema")]
    public async Task RunAsync_OneGrantMissing_NamesIt(string absent, string missing)
    {
        _server.Answers["SHOW GRANTS"] = [.. ScriptedServer.Grants.Where(line => !line.StartsWith(absent, StringComparison.Ordinal)).Select(line => new SqlRow(line))];

        AssertFailed(await CheckAsync("heatwave.grants"), $"missing: {missing}", "infra/oci/heatwave.sql");
    }

    [Theory]
    [InlineData("CREATE VIEW, ", PublishMode.Replace, PreflightResult.Ok, "with publish replace alone")]
    [InlineData("CREATE VIEW, ", PublishMode.Swap, PreflightResult.Failed, "for publish swap CREATE VIEW ON shop_eu.*")]
    [InlineData("\\_\\_%", PublishMode.Swap, PreflightResult.Failed, "on its versions (shop_eu__%)")]
    public async Task RunAsync_GrantOfSwapMissing_MattersWhereSwapIsChosen(string absent, PublishMode publish, PreflightResult expected, string detail)
    {
        _publish = publish;
        _server.Answers["SHOW GRANTS"] = [.. ScriptedServer.Grants.Select(line => new SqlRow(line.Replace(absent, "", StringComparison.Ordinal)))];

        var check = await CheckAsync("heatwave.grants");
        Assert.Equal(expected, check.Result);
        Assert.Contains(detail, check.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_PartialRevokesAndSwap_SaysThatWildcardsStandForThemselves()
    {
        _publish = PublishMode.Swap;
        _server.Answers["partial_revokes"] = [new SqlRow("partial_revokes", "ON")];
        _server.Answers["SHOW GRANTS"] = [.. ScriptedServer.Grants.Select(line => new SqlRow(line.Replace("`shop\\_eu`", "`shop_eu`", StringComparison.Ordinal)))];

        AssertFailed(await CheckAsync("heatwave.grants"), "on its versions", "partial_revokes is ON");
    }

    [Theory]
    [InlineData(PublishMode.Replace, "add nodes, or unload")]
    [InlineData(PublishMode.Swap, "lower KeepVersions")]
    public async Task RunAsync_MemoryNearlyFull_Warns(PublishMode publish, string remedy)
    {
        _publish = publish;
        _server.Answers["rpd_nodes"] = [new SqlRow("AVAIL_RNSTATE", 81L, 100L)];

        var check = await CheckAsync("heatwave.cluster");
        Assert.Equal(PreflightResult.Warning, check.Result);
        Assert.Contains("81 %", check.Detail, StringComparison.Ordinal);
        Assert.Contains(remedy, check.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(61)]
    [InlineData(-61)]
    public async Task RunAsync_ClockIsOff_Fails(int seconds)
    {
        _server.Answers["UNIX_TIMESTAMP"] = [new SqlRow(Now.AddSeconds(seconds).ToUnixTimeMilliseconds())];

        AssertFailed(await CheckAsync("heatwave.clock"), "by 61.0 s", "NTP");
    }

    [Theory]
    [InlineData("8.0.33-u2-cloud", PreflightResult.Failed, "8.0.33-u3")]
    [InlineData("9.7.0", PreflightResult.Warning, "-cloud")]
    [InlineData("8.0.33-u3-cloud", PreflightResult.Ok, "8.0.33-u3-cloud")]
    public async Task RunAsync_Version_MustHaveLakehouse(string version, PreflightResult expected, string detail)
    {
        _server.Answers["@@version"] = [new SqlRow(version, "ON", 0L, "MySQL Enterprise", 1_763_700_000L, 500L)];

        var check = await CheckAsync("heatwave.server");
        Assert.Equal(expected, check.Result);
        Assert.Contains(detail, check.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_NoEventGrantAndLoadsOnTheConnection_IsOk()
    {
        _server.Answers["SHOW GRANTS"] = [.. ScriptedServer.Grants.Select(line => new SqlRow(line.Replace(", EVENT", "", StringComparison.Ordinal)))];

        Assert.Equal(PreflightResult.Ok, (await CheckAsync("heatwave.grants", LoadMode.Connection)).Result);
        Assert.Equal(PreflightResult.Skipped, (await CheckAsync("heatwave.events", LoadMode.Connection)).Result);
    }

    [Theory]
    [InlineData(LoadMode.Event, PreflightResult.Failed)]
    [InlineData(LoadMode.Auto, PreflightResult.Warning)]
    public async Task RunAsync_EventSchedulerOff_DependsOnTheMode(LoadMode mode, PreflightResult expected)
    {
        _server.Answers["@@version"] = [new SqlRow("8.4.6-cloud", "OFF", 0L, "MySQL Enterprise - Cloud", 1_763_700_000L, 500L)];

        var check = await CheckAsync("heatwave.events", mode);
        Assert.Equal(expected, check.Result);
        Assert.Contains("event_scheduler=ON", check.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_ConnectionWithoutTls_Fails()
    {
        _server.Answers["Ssl"] = [new SqlRow("Ssl_cipher", "")];

        AssertFailed(await CheckAsync("heatwave.tls"), "not encrypted", "VerifyFull");
    }

    [Fact]
    public async Task RunAsync_CertificateIsNotChecked_Warns() =>
        Assert.Equal(PreflightResult.Warning, (await RunAsync(isVerified: false)).Single(check => check.Name == "heatwave.tls").Result);

    [Fact]
    public async Task RunAsync_ForeignTablesInTheLedgersSchema_Fails()
    {
        _server.Answers["information_schema.TABLES"] = [new SqlRow("loads"), new SqlRow("somebody_elses")];

        AssertFailed(await CheckAsync("heatwave.ledger"), "somebody_elses", "Rename");
    }

    [Fact]
    public async Task RunAsync_NoLogin_SkipsTheRest()
    {
        _server.Refusal = new HeatWaveAccessDeniedException("loader", "db:3306", "error 1045");

        var checks = await RunAsync();
        AssertFailed(checks[0], "loader", "password into its secret");
        Assert.All(checks.Skip(1), check => Assert.Equal(PreflightResult.Skipped, check.Result));
    }

    private static void AssertFailed(PreflightCheck check, string detail, string remedy)
    {
        Assert.Equal(PreflightResult.Failed, check.Result);
        Assert.Contains(detail, check.Detail, StringComparison.Ordinal);
        Assert.Contains(remedy, check.Remedy, StringComparison.Ordinal);
    }

    private async Task<PreflightCheck> CheckAsync(string name, LoadMode mode = LoadMode.Event) =>
        (await RunAsync(mode)).Single(check => check.Name == name);

    private async Task<IReadOnlyList<PreflightCheck>> RunAsync(LoadMode mode = LoadMode.Event, bool isVerified = true)
    {
        var list = new Checklist(TimeProvider.System, TestContext.Current.CancellationToken);
        await new HeatWaveChecks(_server, "db:3306", "HeatWaveSslMode VerifyFull", isVerified, mode, new LoadChoices { Publish = _publish }, new Clock(), list).RunAsync();
        return list.Checks;
    }

    private sealed class Clock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }

    /// <summary>Answers each query by a word that it holds.</summary>
    private sealed class ScriptedServer : IHeatWaveServer
    {
        public static readonly string[] Grants =
        [
            "GRANT PROCESS ON *.* TO `loader`@`%`",
            "GRANT EXECUTE ON `sys`.* TO `loader`@`%`",
            "GRANT SELECT ON `performance_schema`.* TO `loader`@`%`",
            "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, EVENT ON `snapshotbridge`.* TO `loader`@`%`",
            "GRANT SELECT, INSERT, CREATE, DROP, ALTER, CREATE VIEW, SHOW VIEW ON `shop\\_eu`.* TO `loader`@`%`",
            "GRANT SELECT, INSERT, CREATE, DROP, ALTER ON `shop\\_eu\\_\\_%`.* TO `loader`@`%`",
        ];

        public Dictionary<string, SqlRow[]> Answers { get; } = new()
        {
            ["Ssl"] = [new SqlRow("Ssl_version", "TLSv1.3"), new SqlRow("Ssl_cipher", "TLS_AES_256_GCM_SHA384")],
            ["@@version"] = [new SqlRow("9.4.1-u1-cloud", "ON", 0L, "MySQL Enterprise - Cloud", 1_763_700_000L, 500L)],
            ["information_schema.ROUTINES"] = [new SqlRow(1L)],
            ["rpd_tables"] = [],
            ["rapid%"] = [new SqlRow("rapid_cluster_status", "ON"), new SqlRow("rapid_service_status", "ONLINE")],
            ["Threads_connected"] = [new SqlRow("Threads_connected", 3L)],
            ["information_schema.ENGINES"] = [new SqlRow("YES")],
            ["rpd_nodes"] = [new SqlRow("AVAIL_RNSTATE", 30L, 100L), new SqlRow("AVAIL_RNSTATE", 70L, 100L)],
            ["SHOW GRANTS"] = [.. Grants.Select(line => new SqlRow(line))],
            ["information_schema.TABLES"] = [],
            ["UNIX_TIMESTAMP"] = [new SqlRow(Now.ToUnixTimeMilliseconds() - 200)],
            ["partial_revokes"] = [new SqlRow("partial_revokes", "OFF")],
        };

        public Exception? Refusal { get; set; }

        public Task<IHeatWaveSession> OpenAsync(CancellationToken cancellationToken) =>
            Refusal is { } refusal ? throw refusal : Task.FromResult<IHeatWaveSession>(new Session(this));
    }

    private sealed class Session(ScriptedServer server) : IHeatWaveSession
    {
        public string Server => "db:3306";

        public string User => "loader";

        public Task<int> ExecuteAsync(Sql statement, string action, CancellationToken cancellationToken) =>
            throw new InvalidOperationException($"The preflight changes nothing on the server, but ran: {statement.Text}");

        public Task<IReadOnlyList<SqlRow>> QueryAsync(Sql statement, string action, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<SqlRow>>(server.Answers.First(answer => statement.Text.Contains(answer.Key, StringComparison.Ordinal)).Value);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
