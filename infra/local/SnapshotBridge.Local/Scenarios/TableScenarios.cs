using SnapshotBridge.Local.Aws.Rds;
using SnapshotBridge.Local.Cloud;
using SnapshotBridge.Local.Oci;
using SnapshotBridge.Local.Running;
using SnapshotBridge.Reporting;

namespace SnapshotBridge.Local.Scenarios;

/// <summary>What is wrong with one table is reported for that table alone: the others load, and what readers had of it stays.</summary>
internal static class TableScenarios
{
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("parts-disagree", "A new export's Parquet files of one table disagree in their columns; that table fails alone and its earlier version stays.", async (run, token) =>
        {
            var first = await run.RunAsync(token);
            run.Expect(first.Succeeded, "the first run succeeds", $"it ended with {first.LastLine}");
            var server = run.Cloud.HeatWave;
            var (orders, audit) = (await server.CreatedAsync("shop", "orders", token), await server.CreatedAsync("shop", "audit_log", token));

            // CREATE_TIME has whole seconds.
            await Task.Delay(1100, token);
            run.Cloud.Aws.RdsStore.Engine = new SubstitutingEngine(run.Cloud.Aws.RdsStore.Engine!);
            var outcome = await run.RunAsync("""{"newExport":true}""", token);
            ExpectFailedAlone(run, outcome, "orders", "its Parquet files disagree");
            run.Expect(await server.CreatedAsync("shop", "orders", token) == orders && orders is not null, "its earlier version is still there");
            run.Expect(await server.TextsAsync("SELECT COUNT(*) FROM shop.orders", token) is [var rows] && rows == $"{run.Cloud.SourceRows["shop.orders"]}", "with all its rows");
            run.Expect(await server.CreatedAsync("shop", "audit_log", token) != audit, "other tables are the new export's");
            return outcome;
        }) { SizeMb = 1 },
        new("par-lists-nothing-of-one-table", "The PAR lists nothing for one table; that table fails alone.", async (run, token) =>
        {
            var hidden = run.Cloud.Oci.Faults.Add(
                new OciFaultAction.ListNothing(), request => request.ThroughPar && request.Prefix!.Contains("/shop.customers/", StringComparison.Ordinal), times: int.MaxValue);
            var outcome = await run.RunAsync(token);
            run.Expect(hidden.Triggered > 0, "its files were asked for through the PAR");
            ExpectFailedAlone(run, outcome, "customers", "lists no object below");
            return outcome;
        }) { SizeMb = 0.5 },
        new("objects-removed", "Somebody removes an object at the destination after the copy; the gate names it and HeatWave is not touched. The next run copies it again.", async (run, token) =>
        {
            var before = await run.Cloud.HeatWave.InventoryAsync(token);
            string? removed = null;
            run.Cloud.Oci.Faults.Add(new OciFaultAction.Delay(TimeSpan.Zero), request =>
            {
                // The first listing of LoadTables is the gate's: what goes just before it was there when the copy ended.
                if (removed is null && request.Operation == OciOperation.ListObjects && run.Watch.State == "LoadTables")
                {
                    removed = run.Cloud.Oci.Store.List(LocalCloud.OciBucket).First(stored => stored.Name.Contains("/world.city/", StringComparison.Ordinal)).Name;
                    run.Cloud.Oci.Store.Delete(LocalCloud.OciBucket, removed);
                }

                return false;
            });
            var refused = await run.RunAsync(token);
            run.Expect(
                refused is { Succeeded: false, Error: "DestinationIncompleteException", State: "LoadTables" }, "the run fails in LoadTables with DestinationIncompleteException", $"it ended with {refused.LastLine}");
            run.Expect(refused.Cause!.Contains(removed!, StringComparison.Ordinal), "the message names the object", $"it says: {refused.Cause}");
            run.Expect(await run.Cloud.HeatWave.InventoryAsync(token) == before, "no schema and no table of the server was changed");
            var outcome = await run.RunAsync(token);
            run.Expect(outcome.Succeeded, "the next run succeeds", $"it ended with {outcome.LastLine}");
            run.Expect(run.Cloud.Oci.Store.Find(LocalCloud.OciBucket, removed!) is not null, "the object was copied again");
            return outcome;
        }) { SizeMb = 0.5 },
        new("par-expired-during-load", "The PAR ends while one table is read; that table fails alone, and the redriven run loads it through another PAR.", async (run, token) =>
        {
            var expired = run.Cloud.Oci.Faults.Add(
                OciFaultAction.ParExpired(),
                request => request is { ThroughPar: true, Operation: OciOperation.GetObject } && request.ObjectName!.Contains("/shop.customers/", StringComparison.Ordinal));
            var failed = await run.RunAsync(token);
            ExpectFailedAlone(run, failed, "customers", "the load failed with error");
            run.Expect(expired.Triggered == 1, "one read was refused");
            return await LoadedByRedriveAsync(run, failed, "customers", token);
        }) { SizeMb = 0.5 },
        new("cluster-full", "Others use the cluster's memory and the largest table does not fit; it fails alone, and with more memory the redriven run loads it.", async (run, token) =>
        {
            // The other tables together take less than half of this, and the orders twice as much.
            const long Free = 3_000_000;
            const long Total = 1L << 30;
            await run.Cloud.HeatWave.SetMemoryAsync(Total, Total - Free, token);
            var failed = await run.RunAsync(token);
            ExpectFailedAlone(run, failed, "orders", "6094");
            await run.Cloud.HeatWave.SetMemoryAsync(Total, token);
            return await LoadedByRedriveAsync(run, failed, "orders", token);
        }) { SizeMb = 6 },
    ];

    private static void ExpectFailedAlone(RunSession run, RunOutcome outcome, string table, string reason)
    {
        run.Expect(
            outcome is { Succeeded: false, Error: "TablesNotLoadedException", State: "LoadTables" }, "the run fails in LoadTables with TablesNotLoadedException", $"it ended with {outcome.LastLine}");
        var failed = outcome.Report!.Tables.Where(item => item.Status == TableStatus.Failed).ToList();
        run.Expect(
            failed is [var one] && one.Table == table && one.Reason!.Contains(reason, StringComparison.Ordinal),
            $"{table} failed alone, because of '{reason}'",
            $"failed are: {string.Join("; ", failed.Select(item => $"{item.Table}: {item.Reason}"))}");
        run.Expect(outcome.Report.Totals.Loaded >= 6, "the other tables are loaded");
    }

    private static async Task<RunOutcome> LoadedByRedriveAsync(RunSession run, RunOutcome failed, string table, CancellationToken cancellationToken)
    {
        var before = await run.Cloud.HeatWave.CreatedAsync("world", "city", cancellationToken);
        var outcome = await run.RedriveAsync(failed, cancellationToken);
        run.Expect(outcome.Succeeded, "the redriven run succeeds", $"it ended with {outcome.LastLine}");
        run.Expect(outcome.Report!.Tables.Single(item => item.Table == table).Status == TableStatus.Loaded, $"{table} is loaded");
        run.Expect(await run.Cloud.HeatWave.CreatedAsync("world", "city", cancellationToken) == before, "what was loaded was not loaded again");
        return outcome;
    }

    /// <summary>An exporter that stores another table's file as the second part of the orders.</summary>
    private sealed class SubstitutingEngine(IExportEngine engine) : IExportEngine
    {
        public Task<ExportResult> ExportAsync(ExportJob job, IExportTarget target, IProgress<int> percent, CancellationToken cancellationToken) =>
            engine.ExportAsync(job, new SubstitutingTarget(target), percent, cancellationToken);
    }

    private sealed class SubstitutingTarget(IExportTarget target) : IExportTarget
    {
        private byte[]? _others;
        private int _parts;

        public async Task PutAsync(string key, Stream content, CancellationToken cancellationToken)
        {
            if (!key.EndsWith(".parquet", StringComparison.Ordinal))
            {
                await target.PutAsync(key, content, cancellationToken);
                return;
            }

            using var copy = new MemoryStream();
            await content.CopyToAsync(copy, cancellationToken);
            var isSecond = key.Contains("/shop.orders/", StringComparison.Ordinal) && ++_parts == 2;
            var bytes = isSecond ? _others ?? throw new InvalidOperationException("No table was exported before the orders.") : copy.ToArray();
            _others ??= bytes;
            await target.PutAsync(key, new MemoryStream(bytes), cancellationToken);
        }
    }
}
