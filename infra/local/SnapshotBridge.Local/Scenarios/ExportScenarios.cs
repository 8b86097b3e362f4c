using SnapshotBridge.Local.Aws.S3;
using SnapshotBridge.Local.Cloud;

namespace SnapshotBridge.Local.Scenarios;

/// <summary>What can go wrong before the files are there.</summary>
internal static class ExportScenarios
{
    private const string Cause = "The KMS key of the export is disabled: KMS.DisabledException";

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("lost-marker", "No S3 event and no RDS event arrives; the wait's timeout finds the export complete.", async (run, token) =>
        {
            foreach (var notifications in run.Cloud.Notifications)
            {
                notifications.Faults = new S3NotificationFaults { Drop = _ => true };
            }

            run.Cloud.Aws.RdsStore.Faults.LoseEvent = _ => true;
            var outcome = await run.RunAsync(token);
            run.Expect(outcome.Succeeded, "the run succeeds without any event");
            run.Expect(run.Watch.Retries.Any(retry => retry is { State: "StartExport", Error: "States.Timeout" }), "the wait timed out and StartExport looked for itself");
            return outcome;
        }),
        new("duplicate-markers", "Every S3 event comes twice and out of order; nothing happens twice.", async (run, token) =>
        {
            foreach (var notifications in run.Cloud.Notifications)
            {
                notifications.Faults = new S3NotificationFaults { DuplicateShare = 1, ShuffleWindow = 5 };
            }

            var outcome = await run.RunAsync(token);
            run.Expect(outcome.Succeeded, "the run succeeds");
            await Task.WhenAll(run.Cloud.Notifications.Select(notifications => notifications.WhenIdleAsync(token)));
            run.Expect(run.Cloud.Notifications.Sum(notifications => notifications.Delivered) > Markers(run.Cloud), "markers were delivered more often than written");
            run.Expect(run.Cloud.Aws.RdsStore.ExportTasks.Count == 1, "there is one export task");
            run.Expect(run.Watch.Entered.Count(state => state == "PlanCopy") == 1, "the copy was planned once");
            return outcome;
        }),
        new("export-fails", "RDS fails the export half-way; the run fails at once with RDS's own cause.", async (run, token) =>
        {
            run.Cloud.Aws.RdsStore.Faults.FailExport(40, Cause);
            var outcome = await run.RunAsync(token);
            run.Expect(outcome is { Succeeded: false, Error: "ExportTaskFailedException", State: "StartExport" }, "the run fails in StartExport with ExportTaskFailedException");
            run.Expect(outcome.Cause!.Contains(Cause, StringComparison.Ordinal), "the cause is RDS's own");
            run.Expect(run.Cloud.Oci.Store.List(LocalCloud.OciBucket).Count == 0, "nothing was copied");
            return outcome;
        }),
        new("export-fails-then-redrive", "RDS fails the export; the redriven run starts another one and succeeds.", async (run, token) =>
        {
            run.Cloud.Aws.RdsStore.Faults.FailExport(40, Cause);
            var failed = await run.RunAsync(token);
            run.Expect(failed is { Succeeded: false, Error: "ExportTaskFailedException" }, "the run fails with ExportTaskFailedException");

            // The token is removed right after the callback that ended the run; a redrive that is faster fails once more.
            while (run.Cloud.Aws.S3Store.List(LocalCloud.ExportBucket, "bridge/").Any(item => item.Key.Contains("/tokens/", StringComparison.Ordinal)))
            {
                await Task.Delay(50, token);
            }

            var outcome = await run.RedriveAsync(failed, token);
            run.Expect(outcome.Succeeded, "the redriven run succeeds");
            run.Expect(run.Cloud.Aws.RdsStore.ExportTasks.Count == 2, "a second export task was started, the failed one stands");
            return outcome;
        }),
        new("slots-busy", "Five exports already run in the account; the run waits its turn.", async (run, token) =>
        {
            run.Cloud.Aws.RdsStore.Faults.OccupySlots(5, TimeSpan.FromHours(1));
            var end = run.EndOfAsync(await run.StartAsync(token), token);
            while (!end.IsCompleted && !run.Watch.Retries.Any(retry => retry.Error == "ExportSlotsBusyException"))
            {
                await Task.Delay(50, token);
            }

            run.Cloud.Aws.RdsStore.Faults.Clear();
            var outcome = await end;
            run.Expect(outcome.Succeeded, "the run succeeds");
            run.Expect(run.Watch.Retries.Any(retry => retry.Error == "ExportSlotsBusyException"), "it waited while the slots were taken");
            return outcome;
        }),
        new("same-snapshot-twice", "A second run of the same snapshot adopts the export, skips what is copied and loads nothing again.", async (run, token) =>
        {
            var first = await run.RunAsync(token);
            run.Expect(first.Succeeded, "the first run succeeds");
            var sent = BytesSent(run.Cloud);
            var second = await run.RunAsync(token);
            run.Expect(second.Succeeded, "the second run succeeds");
            run.Expect(run.Cloud.Aws.RdsStore.ExportTasks.Count == 1, "there is one export task");
            run.Expect(BytesSent(run.Cloud) == sent, "not a byte of a table was sent again");
            run.Expect(
                second.Report!.Totals with { } == first.Report!.Totals,
                "both reports have the same totals");
            return second;
        }),
        new("same-snapshot-at-once", "Two runs of the same snapshot at the same time share one export and end alike.", async (run, token) =>
        {
            var one = await run.StartAsync(token);
            var other = await run.StartAsync(token);
            var outcomes = await Task.WhenAll(run.EndOfAsync(one, token), run.EndOfAsync(other, token));
            run.Expect(outcomes.All(outcome => outcome.Succeeded), "both runs succeed");
            run.Expect(run.Cloud.Aws.RdsStore.ExportTasks.Count == 1, "there is one export task");
            return outcomes[1];
        }),
    ];

    /// <summary>Body bytes of Parquet objects that the destination received.</summary>
    internal static long BytesSent(LocalCloud cloud) =>
        cloud.Oci.Store.Requests.Where(request => request.Request.ObjectName?.EndsWith(".parquet", StringComparison.Ordinal) == true).Sum(request => request.BodyBytesReceived);

    private static int Markers(LocalCloud cloud) =>
        cloud.Aws.S3Store.List(LocalCloud.ExportBucket, "exports/").Count(stored => stored.Key.EndsWith("_SUCCESS", StringComparison.Ordinal));
}
