using SnapshotBridge.Loading;
using SnapshotBridge.Requests;
using Xunit;

namespace SnapshotBridge.Functions.Tests.LoadTables;

[Collection(LoadTablesTestGroup.Name)]
public sealed class JoinTests(LoadServers servers)
{
    /// <summary>It would judge the first one's tables against its own declarations.</summary>
    [Fact]
    public async Task Handle_SecondExecutionOfTheExportWithOtherTypes_WaitsForTheFirst()
    {
        var lab = await new LoadLab(servers).Table("country", 5).CopiedAsync();
        await servers.HeatWave.BehaveAsync(lab.Schema, "country", rows: 5);
        var inferred = lab.Options with { Settings = lab.Options.Settings with { Mode = LoadMode.Connection, ShortestCall = TimeSpan.FromSeconds(30), Watch = TimeSpan.FromSeconds(0.5) } };
        lab.Options = inferred;
        (lab.InvocationTime, lab.SpentTime) = (TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(275));
        Assert.Equal("LOADING", (await lab.InvokeAsync()).GetProperty("status").GetString());

        lab.Options = inferred with { Settings = inferred.Settings with { Defaults = new LoadChoices { Types = TypeMode.Faithful } } };
        Assert.Equal("LOADING", (await lab.InvokeAsync("execution-2")).GetProperty("status").GetString());

        Assert.Contains("with other types", lab.Log, StringComparison.Ordinal);
        lab.Options = inferred;
        lab.SpentTime = TimeSpan.Zero;
        Assert.Equal("LOADED", (await lab.InvokeAsync()).GetProperty("status").GetString());
        Assert.Equal(1, (await lab.ReportAsync()).Totals.Loaded);
    }
}
