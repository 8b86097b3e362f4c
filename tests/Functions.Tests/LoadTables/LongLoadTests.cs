using System.Text.Json;
using SnapshotBridge.Loading;
using SnapshotBridge.Local.Oci;
using SnapshotBridge.Reporting;
using Xunit;

namespace SnapshotBridge.Functions.Tests.LoadTables;

/// <summary>Loads that outlast invocations, workers and PARs.</summary>
[Collection(LoadTablesTestGroup.Name)]
public sealed class LongLoadTests(LoadServers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ScriptedHeatWave HeatWave => servers.HeatWave;

    /// <summary>Some 10,000 tables may wait while two load: a look must not read them.</summary>
    [Fact]
    public async Task Handle_WatchingALoad_AsksOneStatementALook()
    {
        await using var asked = await AskedStatements.StartAsync(HeatWave);
        var lab = await new LoadLab(servers).Table("slow", 5).Table("other", 5).CopiedAsync();
        foreach (var table in (string[])["slow", "other"])
        {
            await HeatWave.BehaveAsync(lab.Schema, table, rows: 5);
            await HeatWave.HoldAsync(lab.Schema, table);
        }

        // Until both have begun, which the server decides, each look may find that a worker is missing, and lists them.
        lab.Options = lab.Options with { Settings = lab.Options.Settings with { Watch = TimeSpan.FromSeconds(0.5) } };
        await asked.ForgetAsync();
        Assert.Equal("LOADING", (await lab.InvokeAsync()).GetProperty("status").GetString());
        await HeatWave.CalledAsync(lab.Schema, 2);
        var (looks, wholes, lists) = await CountAsync();
        Assert.InRange(looks, 1, 14);
        Assert.InRange(wholes, 1, 2);
        Assert.InRange(lists, 1, looks + 1);

        lab.Options = lab.Options with { Settings = lab.Options.Settings with { Watch = TimeSpan.FromSeconds(8) } };
        await asked.ForgetAsync();
        Assert.Equal("LOADING", (await lab.InvokeAsync()).GetProperty("status").GetString());

        // With a pause of 0.1 s that grows by half, 8 seconds are ten looks, and fewer where the machine is busy. Beside them the whole queue is read when the
        // invocation takes it up.
        (looks, wholes, lists) = await CountAsync();
        Assert.InRange(looks, 1, 14);
        Assert.InRange(wholes, 1, 2);
        Assert.Equal(0, lists);
        await HeatWave.ReleaseAsync(lab.Schema, "slow");
        await HeatWave.ReleaseAsync(lab.Schema, "other");
        await PollAsync(lab);

        async Task<(int Looks, int Wholes, int Lists)> CountAsync()
        {
            var statements = await asked.HoldingAsync("`snapshotbridge`.`queue` ");
            return (
                statements.Count(text => text.Contains("IS_USED_LOCK", StringComparison.Ordinal)),
                statements.Count(text => text.Contains("ORDER BY q.seq", StringComparison.Ordinal)),
                (await asked.HoldingAsync("information_schema.EVENTS")).Count);
        }
    }

    /// <summary>With n tables and a few of them per invocation, listing all of them each time would be a multiple of n² listings.</summary>
    [Fact]
    public async Task Handle_ConnectionThatLoadsSomeTablesAnInvocation_ListsEachTableOnce()
    {
        var lab = new LoadLab(servers);
        foreach (var table in (string[])["a", "b", "c", "d", "e", "f"])
        {
            lab.Table(table, 5);
            await HeatWave.BehaveAsync(lab.Schema, table, rows: 5);
        }

        await lab.CopiedAsync();
        lab.Options = lab.Options with { Settings = lab.Options.Settings with { Mode = LoadMode.Connection, ShortestCall = TimeSpan.FromSeconds(70) } };
        // Each table takes 80 of 300 seconds: three an invocation, and a minute for the last of them.
        var before = servers.Oci.Store.Requests.Count;
        lab.Cost = () => TimeSpan.FromSeconds(80) * Listings(before);

        await PollAsync(lab);

        Assert.Equal(6, Listings(before));
        Assert.Equal(2, servers.Oci.Store.Requests.Skip(before).Count(record => record.Request.Operation == OciOperation.CreatePreauthenticatedRequest));
        Assert.Equal(6, (await HeatWave.CallsAsync(lab.Schema)).Count);
    }

    [Fact]
    public async Task Handle_ListingThatTakesTheRestOfTheInvocation_LoadsInTheNextOne()
    {
        var lab = await new LoadLab(servers).Table("a", 5).CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "a", rows: 5);
        lab.Options = lab.Options with { Settings = lab.Options.Settings with { Mode = LoadMode.Connection } };
        var before = servers.Oci.Store.Requests.Count;
        lab.Cost = () => TimeSpan.FromSeconds(299) * Listings(before);

        Assert.Equal("LOADING", (await lab.InvokeAsync()).GetProperty("status").GetString());
        Assert.Empty(await HeatWave.CallsAsync(lab.Schema));

        lab.Cost = () => TimeSpan.Zero;
        await PollAsync(lab);
        Assert.Single(await HeatWave.CallsAsync(lab.Schema));
    }

    /// <summary>The PAR shows other tables, so that the one whose files are not there fails alone, although it is the first.</summary>
    [Fact]
    public async Task Handle_ConnectionWhoseFirstTableIsNotToBeSeen_FailsThatOneAlone()
    {
        var lab = await new LoadLab(servers).Table("first", 50, 50, 50).Table("good", 5).CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "good", rows: 5);
        lab.Options = lab.Options with { Settings = lab.Options.Settings with { Mode = LoadMode.Connection } };
        var fault = servers.Oci.Faults.Add(
            new OciFaultAction.ListNothing(), request => request is { ThroughPar: true, Operation: OciOperation.ListObjects } && request.Prefix!.Contains(".first/", StringComparison.Ordinal), times: int.MaxValue);

        try
        {
            Assert.Contains("1 of 2 tables was not loaded", (await Assert.ThrowsAsync<TablesNotLoadedException>(() => lab.InvokeAsync())).Message, StringComparison.Ordinal);
        }
        finally
        {
            servers.Oci.Faults.Remove(fault);
        }

        Assert.Equal(TableStatus.Loaded, (await lab.ReportOfAsync("good")).Status);
    }

    /// <summary>One long table does not keep the rest from being loaded two at a time.</summary>
    [Fact]
    public async Task Handle_WorkerGoneWhileAnotherLoads_AnotherTakesItsPlace()
    {
        var lab = await new LoadLab(servers).Table("long", 9, 9, 9).Table("killed", 5).CopiedAsync();
        lab.Options = lab.Options with { Settings = lab.Options.Settings with { Watch = TimeSpan.FromSeconds(0.5) } };
        await HeatWave.BehaveAsync(lab.Schema, "long", rows: 27);
        await HeatWave.HoldAsync(lab.Schema, "long");
        await HeatWave.BehaveAsync(lab.Schema, "killed", rows: 5, seconds: 3600);
        await lab.InvokeAsync();
        await WhenAsync(async () => (await HeatWave.CallsAsync(lab.Schema)).Count == 2);
        await HeatWave.BehaveAsync(lab.Schema, "killed", rows: 5);
        var connection = Assert.Single(await HeatWave.ColumnAsync("SELECT connection_id FROM scripted.calls WHERE schema_name = @schema AND table_name = 'killed'", ("schema", lab.Schema)));
        await HeatWave.ExecuteAsync($"KILL CONNECTION {connection}");

        // The long one is held until the other has been loaded after all.
        await WhenAsync(async () =>
        {
            await lab.InvokeAsync();
            return await HeatWave.ColumnAsync("SELECT state FROM snapshotbridge.queue WHERE target_schema = @schema AND target_table = 'killed'", ("schema", lab.Schema)) is ["ended"]
                && (await HeatWave.CallsAsync(lab.Schema)).Count == 3;
        });
        await HeatWave.ReleaseAsync(lab.Schema, "long");
        await PollAsync(lab);

        Assert.Equal(["1"], await HeatWave.ColumnAsync(
            "SELECT a.ended_at < b.ended_at FROM snapshotbridge.queue a JOIN snapshotbridge.queue b ON b.run_id = a.run_id WHERE a.target_schema = @schema AND a.target_table = 'killed' AND b.target_table = 'long'",
            ("schema", lab.Schema)));
        Assert.Equal(3, (await HeatWave.CallsAsync(lab.Schema)).Count);
        // The PAR of the table that loaded on is there until the end, and then needed.
        Assert.Equal(2, lab.Pars().Count);
    }

    [Theory]
    [InlineData(6128, true)]
    [InlineData(6094, false)]
    public async Task Handle_LoadThatFailsOnceItsParHasEnded_IsRepeatedOnceForFilesThatCannotBeReached(int error, bool isRepeated)
    {
        var lab = await FailedWithItsParAsync(error);
        await HeatWave.BehaveAsync(lab.Schema, "slow", rows: 5);

        if (!isRepeated)
        {
            Assert.Contains($"error {error}", (await Assert.ThrowsAsync<TablesNotLoadedException>(() => PollAsync(lab))).Message, StringComparison.Ordinal);
            Assert.Single(await HeatWave.CallsAsync(lab.Schema));
            return;
        }

        await PollAsync(lab);

        var calls = await HeatWave.CallsAsync(lab.Schema);
        Assert.Equal(2, calls.Count);
        Assert.NotEqual(calls[0], calls[1]);
        var report = await lab.ReportOfAsync("slow");
        Assert.Equal(TableStatus.Loaded, report.Status);
        Assert.Contains($"ended during its load, 3.0 hours after it was made, and it was loaded once more through another: the load failed with error {error}", Assert.Single(report.Warnings), StringComparison.Ordinal);
        await lab.AssertNoSecretsAsync();
    }

    [Fact]
    public async Task Handle_LoadThatOutlivesItsParTwice_Fails()
    {
        var lab = await FailedWithItsParAsync(6128);
        await HeatWave.BehaveAsync(lab.Schema, "slow", rows: 5, raised: 6128, error: "no access");
        await HeatWave.HoldAsync(lab.Schema, "slow");
        while ((await HeatWave.CallsAsync(lab.Schema)).Count < 2)
        {
            await lab.InvokeAsync();
        }

        await AgeAsync(lab);
        await HeatWave.ReleaseAsync(lab.Schema, "slow");

        Assert.Contains("error 6128", (await Assert.ThrowsAsync<TablesNotLoadedException>(() => PollAsync(lab))).Message, StringComparison.Ordinal);
        Assert.Equal(2, (await HeatWave.CallsAsync(lab.Schema)).Count);
        Assert.Contains("ended during its load", Assert.Single((await lab.ReportOfAsync("slow")).Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handle_LoadThatCannotReachItsFilesInTheLifeOfItsPar_IsNotRepeated()
    {
        var lab = await new LoadLab(servers).Table("slow", 5).CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "slow", rows: 5, raised: 6128, error: "no access");

        await Assert.ThrowsAsync<TablesNotLoadedException>(() => lab.InvokeAsync());

        Assert.Single(await HeatWave.CallsAsync(lab.Schema));
    }

    /// <summary>The table's load is under way when its worker, and with it its PAR, seems to be three hours old; parHours is 2.</summary>
    private async Task<LoadLab> FailedWithItsParAsync(int error)
    {
        var lab = await new LoadLab(servers).Table("slow", 5).CopiedAsync();
        lab.Options = lab.Options with { Settings = lab.Options.Settings with { Watch = TimeSpan.FromSeconds(0.5) } };
        await HeatWave.BehaveAsync(lab.Schema, "slow", rows: 5, raised: error, error: "no access");
        await HeatWave.HoldAsync(lab.Schema, "slow");
        await lab.InvokeAsync();
        await WhenAsync(async () => (await HeatWave.CallsAsync(lab.Schema)).Count == 1);
        await AgeAsync(lab);
        await HeatWave.ReleaseAsync(lab.Schema, "slow");
        await WhenAsync(async () => await HeatWave.ColumnAsync("SELECT state FROM snapshotbridge.queue WHERE target_schema = @schema", ("schema", lab.Schema)) is ["ended"]);
        return lab;
    }

    private Task AgeAsync(LoadLab lab) => HeatWave.ExecuteAsync(
        "UPDATE snapshotbridge.queue_workers SET created_at = created_at - INTERVAL 3 HOUR WHERE export_task_id = @export", ("export", lab.ExportTaskId));

    /// <summary>How often tables' files were listed through a PAR since so many requests.</summary>
    private int Listings(int before) =>
        servers.Oci.Store.Requests.Skip(before).Count(record => record.Request is { Operation: OciOperation.ListObjects, ThroughPar: true });

    private static async Task WhenAsync(Func<Task<bool>> condition)
    {
        while (!await condition())
        {
            await Task.Delay(50, Token);
        }
    }

    private static async Task<JsonElement> PollAsync(LoadLab lab)
    {
        for (var attempt = 0; attempt < 100; attempt++)
        {
            var output = await lab.InvokeAsync();
            if (output.GetProperty("status").GetString() == "LOADED")
            {
                return output;
            }

            await Task.Delay(100, Token);
        }

        throw new TimeoutException($"The load does not end. {lab.Log}");
    }
}
