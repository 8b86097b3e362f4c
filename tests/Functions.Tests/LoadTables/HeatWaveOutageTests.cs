using SnapshotBridge.Loading;
using Xunit;

namespace SnapshotBridge.Functions.Tests.LoadTables;

/// <summary>Servers that stop, restart, or are something else: each test has its own.</summary>
[Collection(LoadTablesTestGroup.Name)]
public sealed class HeatWaveOutageTests(LoadServers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Handle_HeatWaveDownThenUp_IsTransientAndThenLoads()
    {
        await using var heatWave = await ScriptedHeatWave.StartAsync(withProcedure: true, Token);
        var lab = await new LoadLab(servers, heatWave).Table("country", 5).CopiedAsync();
        await heatWave.BehaveAsync(lab.Schema, "country", rows: 5);
        await heatWave.Server.StopAsync(Token);

        var exception = await Assert.ThrowsAsync<HeatWaveUnavailableException>(() => lab.InvokeAsync());
        Assert.Contains($"{heatWave.Server.Host}:{heatWave.Server.Port}", exception.Message, StringComparison.Ordinal);

        await heatWave.Server.StartAgainAsync(Token);
        Assert.Equal("LOADED", (await lab.InvokeAsync()).GetProperty("status").GetString());
        await lab.AssertNoSecretsAsync();
    }

    [Fact]
    public async Task Handle_ServerRestartedMidLoad_LoadsWhatWasInterruptedAgain()
    {
        await using var heatWave = await ScriptedHeatWave.StartAsync(withProcedure: true, Token);
        var lab = await new LoadLab(servers, heatWave).Table("quick", 6).Table("slow", 5).CopiedAsync();
        lab.Options = lab.Options with { Settings = lab.Options.Settings with { Watch = TimeSpan.FromSeconds(1) } };
        await heatWave.BehaveAsync(lab.Schema, "quick", rows: 6);
        await heatWave.BehaveAsync(lab.Schema, "slow", rows: 5, seconds: 3600);
        Assert.Equal("LOADING", (await lab.InvokeAsync()).GetProperty("status").GetString());
        await heatWave.CalledAsync(lab.Schema, 2);
        while ((await heatWave.ColumnAsync("SELECT COUNT(*) FROM snapshotbridge.queue WHERE state = 'ended'"))[0] != "1")
        {
            await Task.Delay(50, Token);
        }

        await heatWave.BehaveAsync(lab.Schema, "slow", rows: 5);
        await heatWave.Server.StopAsync(Token);
        await Assert.ThrowsAsync<HeatWaveUnavailableException>(() => lab.InvokeAsync());
        await heatWave.Server.StartAgainAsync(Token);

        lab.Options = lab.Options with { Settings = lab.Options.Settings with { Watch = TimeSpan.FromMinutes(4) } };
        var output = await lab.InvokeAsync();

        Assert.Equal("LOADED", output.GetProperty("status").GetString());
        Assert.Equal(3, (await heatWave.CallsAsync(lab.Schema)).Count);
        Assert.Equal((5, 6), (await heatWave.CountAsync(lab.Schema, "slow"), await heatWave.CountAsync(lab.Schema, "quick")));
        await lab.AssertNoSecretsAsync();
    }

    [Fact]
    public async Task Handle_ConnectionLostMidLoad_IsTransientAndThenLoadsAgain()
    {
        await using var heatWave = await ScriptedHeatWave.StartAsync(withProcedure: true, Token);
        var lab = await new LoadLab(servers, heatWave).Table("slow", 5).CopiedAsync();
        lab.Options = lab.Options with { Settings = lab.Options.Settings with { Mode = LoadMode.Connection } };
        await heatWave.BehaveAsync(lab.Schema, "slow", rows: 5, seconds: 3600);

        var invocation = lab.InvokeAsync();
        var calls = new List<string>();
        while (calls.Count == 0 && !invocation.IsCompleted)
        {
            await Task.Delay(50, Token);
            calls = await heatWave.ColumnAsync("SELECT connection_id FROM scripted.calls");
        }

        await heatWave.BehaveAsync(lab.Schema, "slow", rows: 5);
        await heatWave.ExecuteAsync($"KILL CONNECTION {calls[0]}");
        await Assert.ThrowsAsync<HeatWaveUnavailableException>(() => invocation);

        Assert.Equal("LOADED", (await lab.InvokeAsync()).GetProperty("status").GetString());
        Assert.Equal(2, (await heatWave.CallsAsync(lab.Schema)).Count);
        await lab.AssertNoSecretsAsync();
    }

    [Fact]
    public async Task Handle_ServerThatIsNoHeatWave_IsRecognisedBeforeAnythingIsCreated()
    {
        await using var heatWave = await ScriptedHeatWave.StartAsync(withProcedure: false, Token);
        var lab = await new LoadLab(servers, heatWave).Table("country", 5).CopiedAsync();

        var exception = await Assert.ThrowsAsync<HeatWaveNotAvailableException>(() => lab.InvokeAsync());

        Assert.Contains("1305", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Lakehouse enabled", exception.Message, StringComparison.Ordinal);
        Assert.Empty(await heatWave.ColumnAsync("SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = 'snapshotbridge'"));
        Assert.Empty(lab.Pars());
    }

    [Fact]
    public async Task Handle_ServerReplacedMidLoad_BeginsAnew()
    {
        var first = await ScriptedHeatWave.StartAsync(withProcedure: true, Token);
        var lab = await new LoadLab(servers, first).Table("slow", 5).CopiedAsync();
        lab.Options = lab.Options with { Settings = lab.Options.Settings with { Watch = TimeSpan.FromSeconds(0.5) } };
        await first.BehaveAsync(lab.Schema, "slow", rows: 5, seconds: 3600);
        await lab.InvokeAsync();
        await first.DisposeAsync();

        await using var second = await ScriptedHeatWave.StartAsync(withProcedure: true, Token);
        await second.BehaveAsync(lab.Schema, "slow", rows: 5);
        lab.UsePassword(second.Server.User, second.Server.Password);
        lab.Options = lab.Options with { HeatWavePort = (uint)second.Server.Port, Settings = lab.Options.Settings with { Watch = TimeSpan.FromMinutes(4) } };

        Assert.Equal("LOADED", (await lab.InvokeAsync()).GetProperty("status").GetString());
        Assert.Equal(5, await second.CountAsync(lab.Schema, "slow"));
        Assert.Single(lab.Pars());
    }
}
