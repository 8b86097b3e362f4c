using System.Text.Json;
using SnapshotBridge.Errors;
using SnapshotBridge.Loading;
using SnapshotBridge.Local.Oci;
using SnapshotBridge.TestKit;
using Xunit;

namespace SnapshotBridge.Functions.Tests.LoadTables;

/// <summary>Loads that outlast an invocation, are wanted by two, or are ended from outside.</summary>
[Collection(LoadTablesTestGroup.Name)]
public sealed class LoadTablesPollingTests(LoadServers servers)
{
    private ScriptedHeatWave HeatWave => servers.HeatWave;

    [Fact]
    public async Task Handle_LoadLongerThanTheInvocation_SaysLoadingAndIsPolledWithoutLoadingTwice()
    {
        var lab = await new LoadLab(servers).Table("slow", 5).Table("quick", 6).CopiedAsync();
        lab.Options = lab.Options with { Settings = lab.Options.Settings with { Watch = TimeSpan.FromSeconds(1) } };
        await HeatWave.BehaveAsync(lab.Schema, "slow", rows: 5);
        await HeatWave.HoldAsync(lab.Schema, "slow");
        await HeatWave.BehaveAsync(lab.Schema, "quick", rows: 6);

        var first = await lab.InvokeAsync();
        while (first.GetProperty("tables").GetInt32() == 0)
        {
            first = await lab.InvokeAsync();
        }

        await HeatWave.CalledAsync(lab.Schema, 2);
        Assert.Equal("LOADING", first.GetProperty("status").GetString());
        Assert.Equal("", first.GetProperty("reportKey").GetString());
        Assert.Equal((1, 6), (first.GetProperty("tables").GetInt32(), first.GetProperty("rows").GetInt64()));
        var requests = servers.Oci.Store.Requests.Count;

        await HeatWave.ReleaseAsync(lab.Schema, "slow");
        var last = await PollAsync(lab);

        Assert.Equal("LOADED", last.GetProperty("status").GetString());
        Assert.Equal(2, (await HeatWave.CallsAsync(lab.Schema)).Count);
        // A polling invocation asks for the namespace, and at the end which PARs can go.
        Assert.DoesNotContain(
            servers.Oci.Store.Requests.Skip(requests), record => record.Request.Operation is OciOperation.ListObjects or OciOperation.CreatePreauthenticatedRequest or OciOperation.HeadObject);
        await lab.AssertNoSecretsAsync();
    }

    [Fact]
    public async Task Handle_SecondExecutionWhileTheFirstLoads_JoinsItsLoads()
    {
        var lab = await new LoadLab(servers).Table("slow", 5).CopiedAsync();
        lab.Options = lab.Options with { Settings = lab.Options.Settings with { Watch = TimeSpan.FromSeconds(0.5) } };
        await HeatWave.BehaveAsync(lab.Schema, "slow", rows: 5);
        await HeatWave.HoldAsync(lab.Schema, "slow");
        await lab.InvokeAsync("execution-1");

        var other = await lab.InvokeAsync("execution-2");
        Assert.Equal("LOADING", other.GetProperty("status").GetString());
        await HeatWave.ReleaseAsync(lab.Schema, "slow");
        await PollAsync(lab, "execution-1");
        await PollAsync(lab, "execution-2");

        Assert.Single(await HeatWave.CallsAsync(lab.Schema));
        Assert.True((await lab.ReportAsync("execution-1")).Succeeded);
        Assert.True((await lab.ReportAsync("execution-2")).Succeeded);
    }

    [Fact]
    public async Task Handle_AnotherExportLoadingTheSameTable_Waits()
    {
        var first = await new LoadLab(servers).Table("slow", 5).CopiedAsync();
        first.Options = first.Options with { Settings = first.Options.Settings with { Watch = TimeSpan.FromSeconds(0.5) } };
        await HeatWave.BehaveAsync(first.Schema, "slow", rows: 5);
        await HeatWave.HoldAsync(first.Schema, "slow");
        await first.InvokeAsync();
        await HeatWave.CalledAsync(first.Schema, 1);
        var second = await new LoadLab(servers).Table(first.Schema, "slow", ["id INT32"], 5).CopiedAsync();

        Assert.Equal("LOADING", (await second.InvokeAsync()).GetProperty("status").GetString());
        Assert.Single(await HeatWave.CallsAsync(first.Schema));
        await HeatWave.ReleaseAsync(first.Schema, "slow");
        await PollAsync(first);
        await PollAsync(second);

        Assert.Equal(2, (await HeatWave.CallsAsync(first.Schema)).Count);
    }

    [Fact]
    public async Task Handle_KilledBetweenQueueAndState_QueuesAnewAndEnds()
    {
        var lab = await new LoadLab(servers).Table("country", 5).CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "country", rows: 5);
        var fault = servers.Aws.S3.Faults.AccessDenied(call => call.Operation == "PutObject" && call.Key.EndsWith($"{lab.ExportTaskId}/load.json", StringComparison.Ordinal));
        await Assert.ThrowsAnyAsync<BridgeException>(() => lab.InvokeAsync());
        Assert.True(fault.Applied > 0);
        servers.Aws.S3.Faults.Remove(fault);

        var output = await lab.InvokeAsync();

        Assert.Equal("LOADED", output.GetProperty("status").GetString());
        Assert.Single(await HeatWave.CallsAsync(lab.Schema));
    }

    [Fact]
    public async Task Handle_AnotherExportBetweenOurInvocations_WaitsForOurs()
    {
        var (first, second) = await TwoThatWantTheSameTableAsync();

        Assert.Equal("LOADING", (await second.InvokeAsync()).GetProperty("status").GetString());
        Assert.Empty(await HeatWave.CallsAsync(first.Schema));

        first.SpentTime = TimeSpan.Zero;
        await PollAsync(first);
        await PollAsync(second);
        Assert.Equal(2, (await HeatWave.CallsAsync(first.Schema)).Count);
    }

    [Fact]
    public async Task Handle_GivenUpByAnotherExport_BeginsAnewInsteadOfWaitingForEver()
    {
        var (first, second) = await TwoThatWantTheSameTableAsync();
        second.Options = second.Options with { Settings = second.Options.Settings with { OthersPatience = TimeSpan.Zero } };
        await PollAsync(second);

        first.SpentTime = TimeSpan.Zero;
        var output = await first.InvokeAsync();

        Assert.Equal("LOADED", output.GetProperty("status").GetString());
        Assert.Equal(2, (await HeatWave.CallsAsync(first.Schema)).Count);
    }

    [Fact]
    public async Task Handle_LoadKilledOnTheServer_IsBegunAgain()
    {
        var lab = await new LoadLab(servers).Table("slow", 5).CopiedAsync();
        lab.Options = lab.Options with { Settings = lab.Options.Settings with { Watch = TimeSpan.FromSeconds(0.5) } };
        await HeatWave.BehaveAsync(lab.Schema, "slow", rows: 5, seconds: 3600);
        await lab.InvokeAsync();
        await HeatWave.CalledAsync(lab.Schema, 1);
        await HeatWave.BehaveAsync(lab.Schema, "slow", rows: 5);
        var connection = Assert.Single(await HeatWave.ColumnAsync("SELECT connection_id FROM scripted.calls WHERE schema_name = @schema", ("schema", lab.Schema)));
        await HeatWave.ExecuteAsync($"KILL CONNECTION {connection}");

        var output = await PollAsync(lab);

        Assert.Equal("LOADED", output.GetProperty("status").GetString());
        Assert.Equal(2, (await HeatWave.CallsAsync(lab.Schema)).Count);
        Assert.Equal(5, await HeatWave.CountAsync(lab.Schema, "slow"));
        // The first one's PAR died with the load; the table refers to the second.
        Assert.Single(lab.Pars());
        await lab.AssertNoSecretsAsync();
    }

    [Fact]
    public async Task Handle_LoadKilledEveryTime_FailsInTheEnd()
    {
        var lab = await new LoadLab(servers).Table("bad", 5).Table("good", 1).CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "bad", rows: 5, raised: 1317, error: "Query execution was interrupted");
        await HeatWave.BehaveAsync(lab.Schema, "good", rows: 1);

        var exception = await Assert.ThrowsAsync<TablesNotLoadedException>(() => PollAsync(lab));

        Assert.Contains("1317", exception.Message, StringComparison.Ordinal);
        Assert.Equal(4, (await HeatWave.CallsAsync(lab.Schema)).Count);
    }

    [Fact]
    public async Task Handle_ConnectionModeOutOfTime_InterruptsTheLoadAndContinuesLater()
    {
        var lab = await new LoadLab(servers).Table("slow", 5).CopiedAsync();
        lab.Options = lab.Options with { Settings = lab.Options.Settings with { Mode = LoadMode.Connection, Reserve = TimeSpan.FromSeconds(12) } };
        var time = new ManualTime(DateTimeOffset.UtcNow);
        lab.Time = time;
        await HeatWave.BehaveAsync(lab.Schema, "slow", rows: 5, seconds: 3600);

        // The invocation's time is over when the load has begun, but for what is kept back.
        var invocation = lab.InvokeAsync();
        await HeatWave.CalledAsync(lab.Schema, 1);
        time.Advance(TimeSpan.FromSeconds(290));
        Assert.Equal("LOADING", (await invocation).GetProperty("status").GetString());

        await HeatWave.BehaveAsync(lab.Schema, "slow", rows: 5);
        lab.Time = TimeProvider.System;
        Assert.Equal("LOADED", (await PollAsync(lab)).GetProperty("status").GetString());

        Assert.Equal(2, (await HeatWave.CallsAsync(lab.Schema)).Count);
        Assert.Equal(5, await HeatWave.CountAsync(lab.Schema, "slow"));
    }

    /// <summary>The first has queued the table on its own connection and then had no time left for it.</summary>
    private async Task<(LoadLab First, LoadLab Second)> TwoThatWantTheSameTableAsync()
    {
        var first = await new LoadLab(servers).Table("country", 5).CopiedAsync();
        first.Options = first.Options with { Settings = first.Options.Settings with { Mode = LoadMode.Connection, ShortestCall = TimeSpan.FromSeconds(30), Watch = TimeSpan.FromSeconds(0.5) } };
        (first.InvocationTime, first.SpentTime) = (TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(275));
        await HeatWave.BehaveAsync(first.Schema, "country", rows: 5);
        Assert.Equal("LOADING", (await first.InvokeAsync()).GetProperty("status").GetString());
        var second = await new LoadLab(servers).Table(first.Schema, "country", ["id INT32"], 5).CopiedAsync();
        return (first, second);
    }

    private static async Task<JsonElement> PollAsync(LoadLab lab, string execution = "execution-1")
    {
        for (var attempt = 0; attempt < 600; attempt++)
        {
            var output = await lab.InvokeAsync(execution);
            if (output.GetProperty("status").GetString() == "LOADED")
            {
                return output;
            }
        }

        throw new TimeoutException($"The load does not end. {lab.Log}");
    }
}
