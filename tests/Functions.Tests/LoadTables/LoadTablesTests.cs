using System.Text;
using System.Text.Json;
using SnapshotBridge.Errors;
using SnapshotBridge.Loading;
using SnapshotBridge.LoadTables;
using SnapshotBridge.Local.Oci;
using SnapshotBridge.Reporting;
using SnapshotBridge.TestKit;
using Xunit;

namespace SnapshotBridge.Functions.Tests.LoadTables;

[Collection(LoadTablesTestGroup.Name)]
public sealed class LoadTablesTests(LoadServers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ScriptedHeatWave HeatWave => servers.HeatWave;

    [Fact]
    public async Task Handle_CopiedExport_LoadsEveryTableAndReports()
    {
        var lab = await new LoadLab(servers).Table("country", 200, 39).Table("city", 4079).Table("nothing").Skipped("shop.shop.bad names", "a column name with a space").CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "country", rows: 239);
        await HeatWave.BehaveAsync(lab.Schema, "city", rows: 4079, warning: "2 values were rounded");

        var output = await lab.InvokeAsync();

        Assert.Equal("LOADED", output.GetProperty("status").GetString());
        Assert.Equal(3, output.GetProperty("tables").GetInt32());
        Assert.Equal(4318, output.GetProperty("rows").GetInt64());
        Assert.True(output.GetProperty("bytes").GetInt64() > 0);
        Assert.Equal($"bridge/{lab.ExportTaskId}/reports/execution-1/report.json", output.GetProperty("reportKey").GetString());
        Assert.Equal(239, await HeatWave.CountAsync(lab.Schema, "country"));
        Assert.Equal(4079, await HeatWave.CountAsync(lab.Schema, "city"));

        var report = await lab.ReportAsync();
        Assert.True(report.Succeeded);
        Assert.Equal((2, 1, 1, 0), (report.Totals.Loaded, report.Totals.Empty, report.Totals.Skipped, report.Totals.Failed));
        var city = report.Tables.Single(table => table.Table == "city");
        Assert.Equal((TableStatus.Loaded, 4079, 4079), (city.Status, city.RowsExported, city.RowsLoaded));
        Assert.Equal(["2 values were rounded"], city.Warnings);
        Assert.NotNull(city.LoadSeconds);
        Assert.Contains("4,318", Encoding.UTF8.GetString(await lab.DocumentAsync("reports/execution-1/report.html")), StringComparison.Ordinal);
        await lab.AssertNoSecretsAsync();
    }

    [Fact]
    public async Task Handle_CopiedExport_CallsWithTheExactPrefixThroughAParOfThisRunOnly()
    {
        var lab = await new LoadLab(servers).Table("country", 5).CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "country", rows: 5);

        await lab.InvokeAsync();

        using var input = JsonDocument.Parse(Assert.Single(await HeatWave.CallsAsync(lab.Schema)));
        var file = input.RootElement[0].GetProperty("tables")[0].GetProperty("engine_attribute").GetProperty("file")[0];
        Assert.Equal($"{lab.Folder}{lab.Schema}/{lab.Schema}.country/", file.GetProperty("prefix").GetString());
        Assert.EndsWith($"/n/{servers.Oci.Store.Namespace}/b/{LoadServers.OciBucket}/o/", file.GetProperty("par").GetString(), StringComparison.Ordinal);
        Assert.Equal(["{\"mode\":\"normal\"}"], await HeatWave.ColumnAsync("SELECT options FROM scripted.calls WHERE schema_name = @schema", ("schema", lab.Schema)));

        var par = Assert.Single(lab.Pars());
        Assert.Equal((lab.Folder, "AnyObjectRead", true), (par.ObjectName, par.AccessType, par.AllowsListing));
        Assert.Equal($"snapshotbridge.{lab.ExportTaskId}.execution-1.1.0", par.Name);
        // Two hours for each load, and a quarter of one in which loads may begin.
        Assert.InRange(par.TimeExpires - par.TimeCreated, TimeSpan.FromMinutes(134), TimeSpan.FromMinutes(136));
        // A second one may have begun while the first ended; nothing is left of either.
        var workers = await HeatWave.ColumnAsync("SELECT worker_id FROM snapshotbridge.queue_workers WHERE carrier = 'event' AND export_task_id = @export", ("export", lab.ExportTaskId));
        Assert.NotEmpty(workers);
        foreach (var worker in workers)
        {
            Assert.Empty(await HeatWave.ColumnAsync("SELECT EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_NAME = @event", ("event", $"load_{worker}")));
        }
    }

    [Fact]
    public async Task Handle_CopiedExport_WritesTheManifestBesideTheDatabasesOnce()
    {
        var lab = await new LoadLab(servers).Table("country", 5).CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "country", rows: 5);

        await lab.InvokeAsync();
        var first = servers.Oci.Store.Find(LoadServers.OciBucket, $"{lab.Folder}_MANIFEST.json")!;
        await lab.InvokeAsync("execution-2");

        Assert.Equal(first.ETag, servers.Oci.Store.Find(LoadServers.OciBucket, $"{lab.Folder}_MANIFEST.json")!.ETag);
        using var manifest = JsonDocument.Parse(servers.Oci.Store.Read(LoadServers.OciBucket, first.Name));
        var table = manifest.RootElement.GetProperty("tables")[0];
        Assert.Equal(5, table.GetProperty("rows").GetInt64());
        Assert.NotEmpty(table.GetProperty("objects")[0].GetProperty("crc32C").GetString()!);
    }

    [Fact]
    public async Task Handle_OneTableFails_TriesAllReportsThenNamesIt()
    {
        var lab = await new LoadLab(servers).Table("bad", 3).Table("good", 7).CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "bad", rows: 3, error: "Unable to load from {par}: Col 2: Data was truncated");
        await HeatWave.BehaveAsync(lab.Schema, "good", rows: 7);

        var exception = await Assert.ThrowsAsync<TablesNotLoadedException>(() => lab.InvokeAsync());

        Assert.Contains("1 of 2 tables was not loaded", exception.Message, StringComparison.Ordinal);
        Assert.Contains($"{lab.Schema}.bad (HeatWave reported: Unable to load from ", exception.Message, StringComparison.Ordinal);
        Assert.Contains("/p/***/n/", exception.Message, StringComparison.Ordinal);
        Assert.Contains($"bridge/{lab.ExportTaskId}/reports/execution-1/report.json", exception.Message, StringComparison.Ordinal);
        Assert.Equal(TableStatus.Loaded, (await lab.ReportOfAsync("good")).Status);
        Assert.Equal(TableStatus.Failed, (await lab.ReportOfAsync("bad")).Status);
        Assert.False((await lab.ReportAsync()).Succeeded);
        await lab.AssertNoSecretsAsync();
    }

    [Fact]
    public async Task Handle_RedriveAfterFailure_LoadsOnlyWhatIsMissing()
    {
        var lab = await new LoadLab(servers).Table("bad", 3).Table("good", 7).CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "bad", rows: 3, error: "out of memory");
        await HeatWave.BehaveAsync(lab.Schema, "good", rows: 7);
        await Assert.ThrowsAsync<TablesNotLoadedException>(() => lab.InvokeAsync());
        await HeatWave.BehaveAsync(lab.Schema, "bad", rows: 3);

        var output = await lab.InvokeAsync();

        Assert.Equal("LOADED", output.GetProperty("status").GetString());
        Assert.Equal(10, output.GetProperty("rows").GetInt64());
        Assert.Equal(3, (await HeatWave.CallsAsync(lab.Schema)).Count);
        Assert.Contains("earlier run", (await lab.ReportOfAsync("good")).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handle_ErrorRaisedByTheCall_FailsThatTableWithItsNumber()
    {
        var lab = await new LoadLab(servers).Table("bad", 3).CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "bad", rows: 3, raised: 3889, error: "Secondary engine operation failed for {par}");

        var exception = await Assert.ThrowsAsync<TablesNotLoadedException>(() => lab.InvokeAsync());

        Assert.Contains("the load failed with error 3889: Secondary engine operation failed for ", exception.Message, StringComparison.Ordinal);
        await lab.AssertNoSecretsAsync();
    }

    [Fact]
    public async Task Handle_FewerRowsThanExported_FailsWithBothCounts()
    {
        var lab = await new LoadLab(servers).Table("short", 10).CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "short", rows: 9);

        var exception = await Assert.ThrowsAsync<TablesNotLoadedException>(() => lab.InvokeAsync());

        Assert.Contains("HeatWave serves 9 rows but the export holds 10", exception.Message, StringComparison.Ordinal);
        Assert.Equal((10, 9), ((await lab.ReportOfAsync("short")).RowsExported, (await lab.ReportOfAsync("short")).RowsLoaded));
    }

    [Fact]
    public async Task Handle_ColumnDroppedByTheServer_IsAWarningWithItsName()
    {
        var lab = await new LoadLab(servers).Table("partial", 4).CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "partial", rows: 4, columns: "id INT");

        await lab.InvokeAsync();

        var line = await lab.ReportOfAsync("partial");
        Assert.Equal(TableStatus.Loaded, line.Status);
        Assert.Equal(["name"], line.DroppedColumns);
        Assert.Equal(["HeatWave does not serve column name"], line.Warnings);
    }

    [Fact]
    public async Task Handle_TableOfSomebodyElse_StopsBeforeTheFirstChange()
    {
        var lab = await new LoadLab(servers).Table("theirs", 3).Table("ours", 7).CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "theirs", rows: 3);
        await HeatWave.BehaveAsync(lab.Schema, "ours", rows: 7);
        await HeatWave.ExecuteAsync($"CREATE DATABASE `{lab.Schema}`");
        await HeatWave.ExecuteAsync($"CREATE TABLE `{lab.Schema}`.theirs (precious INT)");
        await HeatWave.ExecuteAsync($"INSERT INTO `{lab.Schema}`.theirs VALUES (42)");

        var exception = await Assert.ThrowsAsync<TargetTablesOccupiedException>(() => lab.InvokeAsync());

        Assert.Contains($"table {lab.Schema}.theirs", exception.Message, StringComparison.Ordinal);
        Assert.Equal(["42"], await HeatWave.ColumnAsync($"SELECT precious FROM `{lab.Schema}`.theirs"));
        Assert.Empty(await HeatWave.CallsAsync(lab.Schema));
        Assert.Empty(lab.Pars());
    }

    [Fact]
    public async Task Handle_OurTableMadeAnewBySomebodyElse_IsLeftAlone()
    {
        var lab = await new LoadLab(servers).Table("country", 3).CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "country", rows: 3);
        await lab.InvokeAsync();
        await HeatWave.ExecuteAsync($"DROP TABLE `{lab.Schema}`.country");
        await Task.Delay(TimeSpan.FromSeconds(1.1), Token);
        await HeatWave.ExecuteAsync($"CREATE TABLE `{lab.Schema}`.country (precious INT)");

        var exception = await Assert.ThrowsAsync<TargetTablesOccupiedException>(() => lab.InvokeAsync("execution-2"));

        Assert.Contains("what SnapshotBridge did not create", exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, await HeatWave.CountAsync(lab.Schema, "country"));
    }

    [Fact]
    public async Task Handle_SecondExecution_LoadsNothingTwiceAndNeedsNoPar()
    {
        var lab = await new LoadLab(servers).Table("country", 3).CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "country", rows: 3);
        await lab.InvokeAsync();
        var par = Assert.Single(lab.Pars());

        var output = await lab.InvokeAsync("execution-2");

        Assert.Equal("LOADED", output.GetProperty("status").GetString());
        Assert.Equal(3, output.GetProperty("rows").GetInt64());
        Assert.Single(await HeatWave.CallsAsync(lab.Schema));
        Assert.Equal(par.Id, Assert.Single(lab.Pars()).Id);
        Assert.True((await lab.ReportAsync("execution-2")).Succeeded);
    }

    [Fact]
    public async Task Handle_OciKeyRotatedSinceAWarmFunctionReadIt_TakesTheNewOne()
    {
        var lab = await new LoadLab(servers).Table("country", 3).CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "country", rows: 3);
        servers.Aws.Secrets.Store.Put(lab.OciSecretId, OciUser.Generate().SecretJson());
        using var s3 = lab.S3();
        using var secrets = lab.SecretsManager();
        using var events = lab.EventBridge();
        using var function = lab.WarmFunction = new Function(lab.Options, s3, secrets, events, TimeProvider.System);
        await Assert.ThrowsAsync<OciAuthenticationFailedException>(() => lab.InvokeAsync());

        servers.Aws.Secrets.Store.Put(lab.OciSecretId, servers.OciUser.SecretJson());

        Assert.Equal("LOADED", (await lab.InvokeAsync()).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Handle_SecondExecutionAfterRowsVanished_LoadsAgainAndReplacesThePar()
    {
        var lab = await new LoadLab(servers).Table("country", 3).CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "country", rows: 3);
        await lab.InvokeAsync();
        await HeatWave.ExecuteAsync($"DELETE FROM `{lab.Schema}`.country WHERE id = 1");

        await lab.InvokeAsync("execution-2");

        Assert.Equal(3, await HeatWave.CountAsync(lab.Schema, "country"));
        Assert.Equal(2, (await HeatWave.CallsAsync(lab.Schema)).Count);
        Assert.Contains("execution-2", Assert.Single(lab.Pars()).Name, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handle_AnotherExportIntoTheSameSchema_ReplacesOurTables()
    {
        var first = await new LoadLab(servers).Table("country", 3).CopiedAsync();
        await HeatWave.BehaveAsync(first.Schema, "country", rows: 3);
        await first.InvokeAsync();
        var second = await new LoadLab(servers).Table(first.Schema, "country", ["id INT32"], 8).CopiedAsync();
        await HeatWave.BehaveAsync(first.Schema, "country", rows: 8);

        await second.InvokeAsync();

        Assert.Equal(8, await HeatWave.CountAsync(first.Schema, "country"));
        Assert.Equal(2, (await HeatWave.CallsAsync(first.Schema)).Count);
    }

    [Fact]
    public async Task Handle_TableThatIsNowEmpty_DropsTheRowsOfTheEarlierExport()
    {
        var first = await new LoadLab(servers).Table("country", 3).CopiedAsync();
        await HeatWave.BehaveAsync(first.Schema, "country", rows: 3);
        await first.InvokeAsync();
        var second = await new LoadLab(servers).Table(first.Schema, "country", ["id INT32"]).CopiedAsync();

        await second.InvokeAsync();

        Assert.Empty(await HeatWave.ColumnAsync("SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = @schema", ("schema", first.Schema)));
        var line = await second.ReportOfAsync("country");
        Assert.Equal(TableStatus.Empty, line.Status);
        Assert.Contains("was dropped", Assert.Single(line.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handle_OtherTargetSchema_LoadsAnewUnderThatName()
    {
        var lab = await new LoadLab(servers).Table("country", 3).CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "country", rows: 3);
        await HeatWave.BehaveAsync($"{lab.Schema}_eu", "country", rows: 3);
        await lab.InvokeAsync();

        await lab.InvokeAsync("execution-2", targetSchema: $"{lab.Schema}_eu");

        Assert.Equal(3, await HeatWave.CountAsync($"{lab.Schema}_eu", "country"));
        Assert.Equal(3, await HeatWave.CountAsync(lab.Schema, "country"));
        Assert.Equal($"{lab.Schema}_eu", (await lab.ReportOfAsync("country", "execution-2")).TargetSchema);
    }

    [Theory]
    [InlineData("back`tick", "it's \"quoted\"")]
    [InlineData("größe", "表")]
    public async Task Handle_AwkwardNames_AreLoadedUnderExactlyThese(string schema, string table)
    {
        var lab = new LoadLab(servers);
        schema = $"{schema}_{lab.Schema}";
        await lab.Table(schema, table, ["id INT32"], 4).CopiedAsync();
        await HeatWave.BehaveAsync(schema, table, rows: 4);

        await lab.InvokeAsync();

        Assert.Equal(4, await HeatWave.CountAsync(schema, table));
    }

    [Fact]
    public async Task Handle_PartsThatDisagree_FailThatTableWithoutACall()
    {
        var lab = new LoadLab(servers).Table("mixed", 2, 3).Table("good", 1);
        lab.ReplaceColumns(1, "id INT64", "name BYTE_ARRAY (UTF8)");
        await lab.CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "good", rows: 1);

        var exception = await Assert.ThrowsAsync<TablesNotLoadedException>(() => lab.InvokeAsync());

        Assert.Contains("column 1 is 'id INT32' and 'id INT64'", exception.Message, StringComparison.Ordinal);
        Assert.Single(await HeatWave.CallsAsync(lab.Schema));
    }

    [Fact]
    public async Task Handle_NothingToLoad_ReportsEmptyTables()
    {
        var lab = await new LoadLab(servers).Table("nothing").CopiedAsync();

        var output = await lab.InvokeAsync();

        Assert.Equal("LOADED", output.GetProperty("status").GetString());
        Assert.Equal(0, output.GetProperty("rows").GetInt64());
        Assert.Empty(lab.Pars());
    }

    [Fact]
    public async Task Handle_ObjectMissingAtTheDestination_StopsBeforeAnyCall()
    {
        var lab = await new LoadLab(servers).Table("country", 1, 2).CopiedAsync();
        var name = servers.Oci.Store.List(LoadServers.OciBucket, lab.Folder)[0].Name;
        servers.Oci.Store.Delete(LoadServers.OciBucket, name);

        var exception = await Assert.ThrowsAsync<DestinationIncompleteException>(() => lab.InvokeAsync());

        Assert.Contains($"{name} is missing", exception.Message, StringComparison.Ordinal);
        Assert.Empty(lab.Pars());
        Assert.Empty(await HeatWave.CallsAsync(lab.Schema));
    }

    [Fact]
    public async Task Handle_StrangerBelowATable_StopsBeforeAnyCall()
    {
        var lab = await new LoadLab(servers).Table("country", 1).CopiedAsync();
        servers.Oci.Store.Put(LoadServers.OciBucket, $"{lab.Folder}{lab.Schema}/{lab.Schema}.country/_SUCCESS", "x"u8);

        var exception = await Assert.ThrowsAsync<DestinationIncompleteException>(() => lab.InvokeAsync());

        Assert.Contains("_SUCCESS is not part of the export", exception.Message, StringComparison.Ordinal);
        Assert.Empty(await HeatWave.CallsAsync(lab.Schema));
    }

    [Fact]
    public async Task Handle_BatchWithoutProof_SaysWhich()
    {
        var lab = await new LoadLab(servers).Table("country", 1).CopiedAsync(withProof: false);

        Assert.Contains("copied/000000.json", (await Assert.ThrowsAsync<CopyIncompleteException>(() => lab.InvokeAsync())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handle_ParThatListsNothing_StopsBeforeAnyCallAndRemovesThePar()
    {
        var lab = await new LoadLab(servers).Table("country", 1).CopiedAsync();
        var rule = servers.Oci.Faults.Add(new OciFaultAction.ListNothing(), request => request.ThroughPar, int.MaxValue);
        try
        {
            var exception = await Assert.ThrowsAsync<ParListingEmptyException>(() => lab.InvokeAsync());

            Assert.Contains($"{lab.Schema}.country/", exception.Message, StringComparison.Ordinal);
        }
        finally
        {
            servers.Oci.Faults.Remove(rule);
        }

        Assert.Empty(await HeatWave.CallsAsync(lab.Schema));
        Assert.Empty(lab.Pars());
        await HeatWave.BehaveAsync(lab.Schema, "country", rows: 1);
        Assert.Equal("LOADED", (await lab.InvokeAsync()).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Handle_ObjectStorageBusyForAMoment_IsWaitedOut()
    {
        var lab = await new LoadLab(servers).Table("country", 1).CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "country", rows: 1);
        servers.Oci.Faults.Add(OciFaultAction.ServiceUnavailable(), request => request.Operation == OciOperation.CreatePreauthenticatedRequest);
        servers.Oci.Faults.Add(OciFaultAction.BadGateway(), request => request.Operation == OciOperation.ListPreauthenticatedRequests);
        servers.Oci.Faults.Add(new OciFaultAction.LoseAnswer(), request => request.Operation == OciOperation.CreatePreauthenticatedRequest, skip: 1);
        try
        {
            Assert.Equal("LOADED", (await lab.InvokeAsync()).GetProperty("status").GetString());
        }
        finally
        {
            servers.Oci.Faults.Clear();
        }

        await lab.AssertNoSecretsAsync();
    }

    [Fact]
    public async Task Handle_RegionThatTheSdkDoesNotKnow_IsNoObstacle()
    {
        var lab = await new LoadLab(servers).Table("country", 1).CopiedAsync();
        lab.Options = lab.Options with { OciRegion = "xx-newtown-7" };
        await HeatWave.BehaveAsync(lab.Schema, "country", rows: 1);

        Assert.Equal("LOADED", (await lab.InvokeAsync()).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Handle_UserWithoutParManage_SaysWhatIsMissing()
    {
        var lab = await new LoadLab(servers).Table("country", 1).CopiedAsync();
        servers.OciUser.Permissions &= ~OciPermissions.ParManage;
        try
        {
            var exception = await Assert.ThrowsAnyAsync<Errors.BridgeException>(() => lab.InvokeAsync());

            Assert.Contains("CreatePreauthenticatedRequest", exception.Message, StringComparison.Ordinal);
            Assert.Contains(LoadServers.OciBucket, exception.Message, StringComparison.Ordinal);
        }
        finally
        {
            servers.OciUser.Permissions = OciPermissions.All;
        }
    }

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
    public async Task Handle_TableMadeBySomebodyElseAfterOurLoadFailed_IsLeftAlone()
    {
        var lab = await new LoadLab(servers).Table("country", 3).CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "country", rows: 3, error: "out of memory");
        await Assert.ThrowsAsync<TablesNotLoadedException>(() => lab.InvokeAsync());
        await HeatWave.ExecuteAsync($"CREATE TABLE `{lab.Schema}`.country (precious INT)");
        await HeatWave.ExecuteAsync($"INSERT INTO `{lab.Schema}`.country VALUES (42)");
        await HeatWave.BehaveAsync(lab.Schema, "country", rows: 3);

        var exception = await Assert.ThrowsAsync<TargetTablesOccupiedException>(() => lab.InvokeAsync());

        Assert.Contains("what SnapshotBridge did not create", exception.Message, StringComparison.Ordinal);
        Assert.Equal(["42"], await HeatWave.ColumnAsync($"SELECT precious FROM `{lab.Schema}`.country"));
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

    [Theory]
    [InlineData(LoadMode.Connection)]
    [InlineData(LoadMode.Event)]
    public async Task Handle_EitherMode_LoadsTheSame(LoadMode mode)
    {
        var lab = await new LoadLab(servers).Table("bad", 3).Table("good", 7).Table("other", 8).CopiedAsync();
        lab.Options = lab.Options with { Settings = lab.Options.Settings with { Mode = mode } };
        await HeatWave.BehaveAsync(lab.Schema, "bad", rows: 3, error: "truncated at {par}");
        await HeatWave.BehaveAsync(lab.Schema, "good", rows: 7, warning: "rounded");
        await HeatWave.BehaveAsync(lab.Schema, "other", rows: 8, raised: 3889, error: "failed at {par}");

        var exception = await Assert.ThrowsAsync<TablesNotLoadedException>(() => lab.InvokeAsync());

        Assert.Contains("2 of 3 tables were not loaded", exception.Message, StringComparison.Ordinal);
        Assert.Equal(7, await HeatWave.CountAsync(lab.Schema, "good"));
        Assert.Equal(["rounded"], (await lab.ReportOfAsync("good")).Warnings);
        Assert.StartsWith("HeatWave reported: truncated at ", (await lab.ReportOfAsync("bad")).Reason, StringComparison.Ordinal);
        Assert.StartsWith("the load failed with error 3889: failed at ", (await lab.ReportOfAsync("other")).Reason, StringComparison.Ordinal);
        Assert.Single(lab.Pars());
        await lab.AssertNoSecretsAsync();
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

    private async Task<string> UserAsync(LoadLab lab, string name, string grants)
    {
        var user = $"'{name}_{lab.Schema}'@'%'";
        await HeatWave.ExecuteAsync($"CREATE USER {user} IDENTIFIED BY 'Secret-{lab.Schema}'");
        await HeatWave.ExecuteAsync($"GRANT {grants} ON *.* TO {user}");
        lab.UsePassword($"{name}_{lab.Schema}", $"Secret-{lab.Schema}");
        return user;
    }
}
