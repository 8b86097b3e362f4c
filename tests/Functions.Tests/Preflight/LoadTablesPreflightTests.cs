using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using SnapshotBridge.Functions.Tests.Exports;
using SnapshotBridge.Functions.Tests.LoadTables;
using SnapshotBridge.Loading;
using SnapshotBridge.Loading.Publishing;
using SnapshotBridge.LoadTables;
using SnapshotBridge.Local.Databases.HeatWave;
using SnapshotBridge.Local.Oci;
using SnapshotBridge.Preflight;
using SnapshotBridge.Requests;
using Xunit;

namespace SnapshotBridge.Functions.Tests.Preflight;

[Collection(LoadTablesTestGroup.Name)]
public sealed class LoadTablesPreflightTests(LoadServers servers)
{
    private readonly LoadLab _lab = new(servers);

    [Fact]
    public async Task HandleAsync_Preflight_ChecksAndLeavesNothing()
    {
        var answer = await RunAsync();

        answer.AssertOk("documents", "events", "oci.key", "oci.manifest", "par", "heatwave.secret", "heatwave.network", "heatwave.login", "heatwave.clock", "heatwave.events");
        Assert.Empty(servers.Oci.Store.List(LoadServers.OciBucket, "landing/"));
        Assert.DoesNotContain(servers.Oci.Store.Pars(LoadServers.OciBucket), par => par.Name.Contains("preflight", StringComparison.Ordinal));
        // This function's role may not delete: PlanCopy does it.
        Assert.Equal(
            [$"bridge/preflight-{Checks.Id}/load-tables/document.json"],
            servers.Aws.S3Store.List(LoadServers.ExportBucket, $"bridge/preflight-{Checks.Id}/").Select(item => item.Key));
        // This server has no certificate: what goes over the wire could be read.
        answer.AssertFailed("heatwave.tls", "not encrypted", "VerifyFull");
        AssertNoSecrets(answer);
    }

    [Theory]
    [InlineData(OciPermissions.ParManage, "par")]
    [InlineData(OciPermissions.ObjectCreate, "oci.manifest")]
    public async Task HandleAsync_MissingPermission_FailsWithTheRemedy(OciPermissions missing, string check)
    {
        servers.OciUser.Permissions = OciPermissions.All & ~missing;
        try
        {
            (await RunAsync()).AssertFailed(check, "may not be used", "infra/oci/policy.tf");
        }
        finally
        {
            servers.OciUser.Permissions = OciPermissions.All;
        }
    }

    [Fact]
    public async Task HandleAsync_ParListsNothing_FailsAndIsRemoved()
    {
        var rule = servers.Oci.Faults.Add(new OciFaultAction.ListNothing(), request => request.ThroughPar, times: int.MaxValue);
        try
        {
            (await RunAsync()).AssertFailed("par", "lists nothing of its prefix", "infra/oci/policy.tf");
        }
        finally
        {
            servers.Oci.Faults.Remove(rule);
        }

        Assert.DoesNotContain(servers.Oci.Store.Pars(LoadServers.OciBucket), par => par.Name.Contains("preflight", StringComparison.Ordinal));
    }

    [Fact]
    public async Task HandleAsync_WrongPassword_FailsWithTheRemedyAndSkipsTheRest()
    {
        _lab.UsePassword(_lab.HeatWave.Server.User, "not-the-password");

        var answer = await RunAsync();
        answer.AssertFailed("heatwave.login", "1045", "name and password into its secret");
        Assert.Equal(PreflightResult.Skipped, answer.Of("heatwave.grants").Result);
        AssertNoSecrets(answer, "not-the-password");
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""{"username":"loader"}""")]
    [InlineData("not json, but a secret")]
    public async Task HandleAsync_WrongSecret_FailsWithTheRemedyAndDoesNotShowIt(string secret)
    {
        servers.Aws.Secrets.Store.Put(_lab.HeatWaveSecretId, secret);

        var answer = await RunAsync();
        answer.AssertFailed("heatwave.secret", "cannot be used", "Store the secret anew");
        Assert.DoesNotContain("but a secret", JsonSerializer.Serialize(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task HandleAsync_ServerWithoutTls_IsRefusedByName()
    {
        _lab.Options = _lab.Options with { HeatWaveSslMode = HeatWaveSslMode.VerifyFull };

        (await RunAsync()).AssertFailed("heatwave.login", "HEATWAVE_SSL_MODE is VerifyFull", "HeatWaveCaFile");
    }

    [Fact]
    public async Task HandleAsync_NothingListens_NamesHostAndPortAndTheWay()
    {
        // Held but not listened on: nobody else can be given the port meanwhile.
        using var closed = new Socket(SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)closed.LocalEndPoint!).Port;
        _lab.Options = _lab.Options with { HeatWavePort = (uint)port };

        var answer = await RunAsync();
        answer.AssertFailed("heatwave.network", $":{port} cannot be reached", "Nothing listens at");
        Assert.Equal(PreflightResult.Skipped, answer.Of("heatwave.login").Result);
    }

    [Fact]
    public async Task HandleAsync_NameThatDoesNotResolve_NamesTheVpc()
    {
        _lab.Options = _lab.Options with { HeatWaveHost = "heatwave.invalid" };

        (await RunAsync()).AssertFailed("heatwave.network", "heatwave.invalid:", "VPC");
    }

    [Fact]
    public async Task HandleAsync_GrantsOfTheShippedFile_AreAllThatIsNeeded()
    {
        await GrantAsync("pf_exact", _ => true);
        _lab.UsePassword("pf_exact", "a-password");

        var answer = await RunAsync();
        answer.AssertOk("heatwave.login", "heatwave.clock", "heatwave.grants", "heatwave.ledger");
        Assert.Contains("loads into pf_target", answer.Of("heatwave.grants").Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PROCESS", "PROCESS ON *.*")]
    [InlineData("performance_schema", "SELECT ON performance_schema.*")]
    [InlineData("snapshotbridge", "SELECT, INSERT, UPDATE, DELETE, CREATE ON snapshotbridge.*")]
    [InlineData("pf\\_target", "on any target schema")]
    public async Task HandleAsync_OneStatementOfTheFileNotRun_IsNamed(string absent, string missing)
    {
        await GrantAsync("pf_less", statement => !statement.Contains(absent, StringComparison.Ordinal));
        _lab.UsePassword("pf_less", "a-password");

        (await RunAsync()).AssertFailed("heatwave.grants", missing, "infra/oci/heatwave.sql");
    }

    [Theory]
    [InlineData("CREATE VIEW", "for publish swap CREATE VIEW, SHOW VIEW ON pf_target.*")]
    [InlineData("\\_\\_%", "for publish swap SELECT, INSERT, CREATE, ALTER, DROP on its versions (pf_target__%)")]
    public async Task HandleAsync_GrantOfSwapNotRun_FailsOnlyWhereThatIsChosen(string absent, string missing)
    {
        await GrantAsync("pf_swap", statement => !statement.Contains(absent, StringComparison.Ordinal));
        _lab.UsePassword("pf_swap", "a-password");

        Assert.Contains("with publish replace alone", (await RunAsync()).Of("heatwave.grants").Detail, StringComparison.Ordinal);

        _lab.Options = _lab.Options with { Settings = _lab.Options.Settings with { Defaults = new LoadChoices { Publish = PublishMode.Swap } } };
        (await RunAsync()).AssertFailed("heatwave.grants", missing, "infra/oci/heatwave.sql");
    }

    [Fact]
    public async Task HandleAsync_NoExecuteOnSys_IsNoProcedureOrNamed()
    {
        await GrantAsync("pf_noexec", statement => !statement.Contains("EXECUTE", StringComparison.Ordinal));
        _lab.UsePassword("pf_noexec", "a-password");

        var answer = await RunAsync();

        // MariaDB hides a procedure from those who may not execute it; MySQL shows everybody what is in sys.
        if (answer.Of("heatwave.server").Result == PreflightResult.Failed)
        {
            answer.AssertFailed("heatwave.server", "no procedure sys.heatwave_load", "heatwave.sql");
        }
        else
        {
            answer.AssertFailed("heatwave.grants", "EXECUTE ON sys.*", "heatwave.sql");
        }
    }

    [Fact]
    public async Task HandleAsync_NoEventScheduler_FailsWhereTheModeNeedsIt()
    {
        _lab.Options = _lab.Options with { Settings = _lab.Options.Settings with { Mode = LoadMode.Event } };
        await _lab.HeatWave.ExecuteAsync("SET GLOBAL event_scheduler = OFF");
        try
        {
            (await RunAsync()).AssertFailed("heatwave.events", "event_scheduler is OFF", "event_scheduler=ON");
        }
        finally
        {
            await _lab.HeatWave.ExecuteAsync("SET GLOBAL event_scheduler = ON");
        }
    }

    [Fact]
    public void RequiredGrants_AreWhatTheFileGrants()
    {
        var lines = GrantFile().ForStandIn("loader", ["target_one"]).Select(statement => statement.Replace("'loader'@'%'", "`loader`@`%`", StringComparison.Ordinal)).ToList();
        var held = GrantSet.Parse(lines);

        Assert.All(RequiredGrant.OfServer.Append(RequiredGrant.OfEvents), grant => Assert.Empty(held.Missing(grant.Schema, grant.Privileges)));
        Assert.Empty(held.Missing("target_one", RequiredGrant.OfTargetSchemas));
        Assert.Empty(held.Missing("target_one", RequiredGrant.OfPublicSchemas));
        Assert.Empty(held.Missing("target_one__20260131031000_1f0c9a", RequiredGrant.OfTargetSchemas));
        // And nothing beyond: as many privileges as the code names. The stand-in has HeatWave's views in a schema of its own.
        lines.RemoveAll(line => line.Contains("`sb_performance_schema`", StringComparison.Ordinal));
        Assert.Equal(
            RequiredGrant.OfServer.Append(RequiredGrant.OfEvents).Sum(grant => grant.Privileges.Count) + (2 * RequiredGrant.OfTargetSchemas.Count) + RequiredGrant.OfPublicSchemas.Count,
            lines.Sum(line => line[..line.IndexOf(" ON ", StringComparison.Ordinal)].Split(',').Length));
    }

    /// <summary>A version keeps only the beginning of a long name, and so does the grant.</summary>
    [Fact]
    public void RequiredGrants_OfVersionsOfALongSchemaName_AreWhatTheFileGrants()
    {
        var schema = new string('x', 64);
        var held = GrantSet.Parse(GrantFile().ForStandIn("loader", [schema]).Select(statement => statement.Replace("'loader'@'%'", "`loader`@`%`", StringComparison.Ordinal)));

        Assert.Empty(held.Missing(VersionName.For(schema, DateTimeOffset.UnixEpoch, "export"), RequiredGrant.OfTargetSchemas));
    }

    private static GrantFile GrantFile()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "template.yaml")))
        {
            folder = folder.Parent;
        }

        return Local.Databases.HeatWave.GrantFile.Parse(File.ReadAllText(Path.Combine(folder.FullName, "infra", "oci", "heatwave.sql")));
    }

    private async Task GrantAsync(string user, Func<string, bool> isRun)
    {
        await _lab.HeatWave.ExecuteAsync($"DROP USER IF EXISTS '{user}'@'%'");
        await _lab.HeatWave.ExecuteAsync($"CREATE USER '{user}'@'%' IDENTIFIED BY 'a-password'");
        foreach (var statement in GrantFile().ForStandIn(user, ["pf_target"]).Where(isRun))
        {
            await _lab.HeatWave.ExecuteAsync(statement);
        }
    }

    private async Task<PreflightAnswer> RunAsync()
    {
        using var s3 = _lab.S3();
        using var secrets = _lab.SecretsManager();
        using var events = _lab.EventBridge();
        using var function = new SnapshotBridge.LoadTables.Function(_lab.Options, s3, secrets, events, TimeProvider.System);
        var output = await function.HandleAsync(new LoadTablesInput { Preflight = Checks.Request() }, new LogContext());
        Assert.Equal(LoadTablesOutput.Checked, output.Status);
        return output.Preflight!;
    }

    private void AssertNoSecrets(PreflightAnswer answer, params string[] others)
    {
        var text = JsonSerializer.Serialize(answer);
        foreach (var secret in (string[])[_lab.HeatWave.Server.Password, "PRIVATE KEY", "/p/", .. others, .. servers.Oci.Store.IssuedParTokens])
        {
            Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
        }
    }
}
