using SnapshotBridge.Loading;
using Xunit;

namespace SnapshotBridge.Functions.Tests.LoadTables;

/// <summary>What the server and its grants let the load do.</summary>
[Collection(LoadTablesTestGroup.Name)]
public sealed class LoadTablesAccessTests(LoadServers servers)
{
    private ScriptedHeatWave HeatWave => servers.HeatWave;

    [Fact]
    public async Task Handle_EventSchedulerOff_AutoUsesTheConnectionAndEventRefuses()
    {
        await HeatWave.ExecuteAsync("SET GLOBAL event_scheduler = OFF");
        try
        {
            var lab = await new LoadLab(servers).Table("country", 5).CopiedAsync();
            await HeatWave.BehaveAsync(lab.Schema, "country", rows: 5);
            var settings = lab.Options.Settings;

            lab.Options = lab.Options with { Settings = settings with { Mode = LoadMode.Event } };
            Assert.Contains("LOAD_MODE=auto", (await Assert.ThrowsAsync<EventSchedulerOffException>(() => lab.InvokeAsync())).Message, StringComparison.Ordinal);
            lab.Options = lab.Options with { Settings = settings };
            Assert.Equal("LOADED", (await lab.InvokeAsync()).GetProperty("status").GetString());
            Assert.Contains("own connection", lab.Log, StringComparison.Ordinal);
        }
        finally
        {
            await HeatWave.ExecuteAsync("SET GLOBAL event_scheduler = ON");
        }
    }

    [Fact]
    public async Task Handle_UserWhoMayNotCreateEvents_UsesTheConnection()
    {
        var lab = await new LoadLab(servers).Table("country", 5).CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "country", rows: 5);
        var user = await UserAsync(lab, "no_events", "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, EXECUTE, PROCESS, CREATE TEMPORARY TABLES");

        Assert.Equal("LOADED", (await lab.InvokeAsync()).GetProperty("status").GetString());

        Assert.Contains("error 1044", lab.Log, StringComparison.Ordinal);
        await HeatWave.ExecuteAsync($"DROP USER {user}");
        await lab.AssertNoSecretsAsync();
    }

    [Fact]
    public async Task Handle_UserWhoMayNotCreateSchemas_SaysWhichGrantsItNeeds()
    {
        var lab = await new LoadLab(servers).Table("country", 5).CopiedAsync();
        await HeatWave.ExecuteAsync("CREATE DATABASE IF NOT EXISTS snapshotbridge");
        var user = await UserAsync(lab, "no_create", "SELECT, EXECUTE, PROCESS");

        var exception = await Assert.ThrowsAsync<HeatWaveGrantMissingException>(() => lab.InvokeAsync());

        Assert.Contains("CREATE", exception.Message, StringComparison.Ordinal);
        Assert.Contains("EXECUTE ON sys.*", exception.Message, StringComparison.Ordinal);
        await HeatWave.ExecuteAsync($"DROP USER {user}");
    }

    [Fact]
    public async Task Handle_WrongPassword_NamesUserAndServerAndNeverThePassword()
    {
        var lab = await new LoadLab(servers).Table("country", 5).CopiedAsync();
        lab.UsePassword("loader", "Wrong-Password-1234");

        var exception = await Assert.ThrowsAsync<HeatWaveAccessDeniedException>(() => lab.InvokeAsync());

        Assert.Contains("loader", exception.Message, StringComparison.Ordinal);
        Assert.Contains($"{HeatWave.Server.Host}:{HeatWave.Server.Port}", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Wrong-Password-1234", exception.ToString() + lab.Log, StringComparison.Ordinal);
    }

    private async Task<string> UserAsync(LoadLab lab, string name, string grants)
    {
        var user = $"'{name}_{lab.Schema}'@'%'";
        await HeatWave.ExecuteAsync($"CREATE USER {user} IDENTIFIED BY 'Secret-{lab.Schema}'");
        await HeatWave.ExecuteAsync($"GRANT {grants} ON *.* TO {user}");
        lab.UsePassword($"{name}_{lab.Schema}", $"Secret-{lab.Schema}");
        return user;
    }
}
