using MySqlConnector;
using SnapshotBridge.Announcing;
using SnapshotBridge.Local.Aws.Protocols;
using SnapshotBridge.Local.Running;
using SnapshotBridge.Reporting;

namespace SnapshotBridge.Local.Scenarios;

/// <summary>What can go wrong at HeatWave.</summary>
internal static class LoadScenarios
{
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("table-fails-to-load", "HeatWave refuses one table; the others are loaded and reported, and the run fails naming it.", OneTableFailsAsync),
        new("table-fails-then-redrive", "The same, and the redriven run loads only the missing table.", async (run, token) =>
        {
            var failed = await OneTableFailsAsync(run, token);
            run.Cloud.HeatWave.Faults.Clear();
            var outcome = await run.RedriveAsync(failed, token);
            run.Expect(outcome.Succeeded, "the redriven run succeeds");
            run.Expect(
                outcome.Announced is { Verdict: RunVerdict.Succeeded } now && now.Id != failed.Announced!.Id, "its success is announced as another result than the failure before");
            run.Expect(
                outcome.Report!.Tables.Where(table => table.Status == TableStatus.Loaded).All(table => table.RowsLoaded == table.RowsExported),
                "every table has the rows of the export");
            return outcome;
        }),
        new("heatwave-down", "HeatWave cannot be reached; the run retries, then fails with HeatWaveUnavailableException.", DownAsync),
        new("heatwave-down-then-redrive", "The same, and once HeatWave is back the redriven run loads without copying again.", async (run, token) =>
        {
            var failed = await DownAsync(run, token);
            var sent = ExportScenarios.BytesSent(run.Cloud);
            await run.Cloud.HeatWave.ComeBackAsync(token);
            var outcome = await run.RedriveAsync(failed, token);
            run.Expect(outcome.Succeeded, "the redriven run succeeds");
            run.Expect(ExportScenarios.BytesSent(run.Cloud) == sent, "nothing was copied again");
            return outcome;
        }),
        new("load-killed", "The session that loads a table is killed; the table is loaded again and counted.", async (run, token) =>
        {
            run.Cloud.HeatWave.Faults.KillSessionDuring("shop.orders");
            var outcome = await run.RunAsync(token);
            run.Expect(outcome.Succeeded, "the run succeeds");
            return outcome;
        }),
        new("server-restart", "The DB system restarts while a table is being loaded; the run goes on when it is back, and loads nothing twice.", async (run, token) =>
        {
            run.Cloud.HeatWave.Faults.RestartDuring("shop.customers", TimeSpan.FromSeconds(1));
            var outcome = await run.RunAsync(token);
            run.Expect(outcome.Succeeded, "the run succeeds", $"it ended with {outcome.LastLine}");
            var starts = await run.Cloud.HeatWave.StartsAsync(token);
            run.Expect(starts["shop.customers"] == 2, "the interrupted table was begun a second time", $"it was begun {starts["shop.customers"]} times");
            var others = starts.Where(load => load.Key != "shop.customers").Sum(load => load.Value - 1);
            run.Expect(others <= 1, "of the others at most the one that was being loaded as well", $"{others} were");
            run.Expect(outcome.Report!.Tables.All(table => table.RowsLoaded is null || table.RowsLoaded == table.RowsExported), "every table has its rows once");
            return outcome;
        })
        {
            SizeMb = 0.5,
            // A server takes as long to stop and start as it takes, and the pauses are random ones: a hundredth as long, all
            // retries would be over before that. Only as many of them pass as are needed.
            Adjust = options => options with { TimeFactor = Math.Min(options.TimeFactor, 5) },
        },
        new("load-cancelled", "The execution is stopped while a table is being loaded, and its function ends; the server goes on, and the next run continues with what is there.", async (run, token) =>
        {
            var cancelledFirst = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            run.Cloud.HeatWave.Faults.Hold("shop.customers", cancelledFirst.Task);
            var cancelled = await run.StartAsync(token);
            while (!(await IsRunningAsync(run, "customers", token)))
            {
                await Task.Delay(50, token);
            }

            await run.Cloud.States.StopExecutionAsync(cancelled, "Cancelled", "by hand", token);

            // Left alone it would go on to the end of its invocation, and by then these few tables would be loaded.
            run.Cloud.Lambda.KillSandbox("LoadTablesFunction");
            var first = await run.EndOfAsync(cancelled, token);
            cancelledFirst.SetResult();
            run.Expect(first is { Succeeded: false, Report: null }, "the first execution ended without a report", $"it ended with {first.LastLine}");
            var sent = ExportScenarios.BytesSent(run.Cloud);
            var outcome = await run.RunAsync(token);
            run.Expect(outcome.Succeeded, "the next run succeeds", $"it ended with {outcome.LastLine}");
            run.Expect(ExportScenarios.BytesSent(run.Cloud) == sent, "nothing was copied again");
            var starts = await run.Cloud.HeatWave.StartsAsync(token);
            run.Expect(starts.Count > 5 && starts.Values.All(times => times == 1), $"each of the {starts.Count} tables was loaded once", string.Join(", ", starts));
            return outcome;
        }) { SizeMb = 0.5 },
        new("statistics", "Every table's values are compared with what the Parquet footers say of them, as the request asks.", async (run, token) =>
        {
            var outcome = await run.RunAsync("""{"verify":"statistics"}""", token);
            run.Expect(outcome.Succeeded, "the run succeeds", $"it ended with {outcome.LastLine}");
            var loaded = outcome.Report!.Tables.Where(table => table.Status == TableStatus.Loaded).ToList();
            run.Expect(
                loaded.Count > 6 && loaded.All(table => table.Statistics is { ColumnsCompared: > 0, Differences.Count: 0 }),
                $"all {loaded.Count} loaded tables were compared, and none differs",
                string.Join("; ", loaded.Where(table => table.Statistics is not { ColumnsCompared: > 0, Differences.Count: 0 }).Select(table => table.Table)));
            return outcome;
        }) { SizeMb = 0.5 },
        new("value-altered", "HeatWave holds all rows, but one value is another; counts do not tell, statistics do.", async (run, token) =>
        {
            run.Cloud.HeatWave.Faults.Distort("world.city", "UPDATE world.city SET ID = 5000 WHERE ID = 4079");
            var outcome = await run.RunAsync("""{"verify":"statistics"}""", token);
            run.Expect(outcome is { Succeeded: false, Error: "TablesNotLoadedException", State: "LoadTables" }, "the run fails in LoadTables with TablesNotLoadedException", $"it ended with {outcome.LastLine}");
            run.Expect(
                outcome.Report!.Tables.Where(table => table.Status == TableStatus.Failed).ToList() is [{ Table: "city", RowsLoaded: 4079, Statistics.Differences: [{ Column: "ID", Exported: "4079", Loaded: "5000" }] }],
                "world.city alone failed although it has all its rows, for one difference",
                outcome.LastLine);
            foreach (var text in (string[])["world.city", "ID", "4079", "5000"])
            {
                run.Expect(outcome.Cause!.Contains(text, StringComparison.Ordinal), $"the message names {text}", $"it says: {outcome.Cause}");
            }

            return outcome;
        }) { SizeMb = 0.5 },
        new("announcement-refused", "EventBridge refuses the event that tells of the run's end; the run succeeds, and log and metric say that nobody was told.", async (run, token) =>
        {
            run.Cloud.Aws.Events.Faults.Fail(new AwsServiceException("AccessDeniedException", "not authorized to perform: events:PutEvents"), int.MaxValue);
            var outcome = await run.RunAsync(token);
            run.Expect(outcome.Succeeded, "the run succeeds");
            run.Expect(outcome.Announced is null, "no consumer was told");
            var metrics = await File.ReadAllTextAsync(Path.Combine(outcome.Folder, RunSession.MetricsFile), token);
            run.Expect(metrics.Contains("\"AnnouncementsFailed\":1", StringComparison.Ordinal), "the metric counts it");
            return outcome;
        }),
    ];

    private static async Task<RunOutcome> OneTableFailsAsync(RunSession run, CancellationToken cancellationToken)
    {
        run.Cloud.HeatWave.Faults.FailTable("shop.orders");
        var outcome = await run.RunAsync(cancellationToken);
        run.Expect(outcome is { Succeeded: false, Error: "TablesNotLoadedException", State: "LoadTables" }, "the run fails in LoadTables with TablesNotLoadedException");
        run.Expect(outcome.Report!.Tables.Count(table => table.Status == TableStatus.Failed) == 1, "exactly one table failed, and the report says why");
        run.Expect(outcome.Report!.Totals.Loaded > 3, "the other tables are loaded");
        run.Expect(
            outcome.Announced is { Verdict: RunVerdict.TablesFailed, FailedTables: [{ Schema: "shop", Table: "orders" }] }, "consumers of the event bus are told of it, with the table's name");
        return outcome;
    }

    private static async Task<bool> IsRunningAsync(RunSession run, string table, CancellationToken cancellationToken)
    {
        if (run.Watch.State != "LoadTables")
        {
            return false;
        }

        try
        {
            return await run.Cloud.HeatWave.TextsAsync($"SELECT 1 FROM snapshotbridge.queue WHERE target_table = '{table}' AND state = 'running'", cancellationToken) is ["1"];
        }
        catch (MySqlException)
        {
            // The bookkeeping is not there before the first load.
            return false;
        }
    }

    private static async Task<RunOutcome> DownAsync(RunSession run, CancellationToken cancellationToken)
    {
        await run.Cloud.HeatWave.GoDownAsync(cancellationToken);
        var outcome = await run.RunAsync(cancellationToken);
        run.Expect(outcome is { Succeeded: false, Error: "HeatWaveUnavailableException", State: "LoadTables" }, "the run fails in LoadTables with HeatWaveUnavailableException");
        run.Expect(run.Watch.Retries.Count(retry => retry.Error == "HeatWaveUnavailableException") == 8, "it was retried eight times before");
        return outcome;
    }
}
