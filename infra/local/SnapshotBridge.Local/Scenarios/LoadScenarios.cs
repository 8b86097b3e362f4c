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
            await run.Cloud.HeatWave.StartWorkerAsync(token);
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

    private static async Task<RunOutcome> DownAsync(RunSession run, CancellationToken cancellationToken)
    {
        await run.Cloud.HeatWave.GoDownAsync(cancellationToken);
        var outcome = await run.RunAsync(cancellationToken);
        run.Expect(outcome is { Succeeded: false, Error: "HeatWaveUnavailableException", State: "LoadTables" }, "the run fails in LoadTables with HeatWaveUnavailableException");
        run.Expect(run.Watch.Retries.Count(retry => retry.Error == "HeatWaveUnavailableException") == 8, "it was retried eight times before");
        return outcome;
    }
}
