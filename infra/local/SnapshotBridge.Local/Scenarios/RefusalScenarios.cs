using SnapshotBridge.Local.Cloud;
using SnapshotBridge.Local.Databases.HeatWave;
using SnapshotBridge.Local.Oci;
using SnapshotBridge.Local.Running;

namespace SnapshotBridge.Local.Scenarios;

/// <summary>What can be known before the first change on the server is refused before it: everything stays as it was.</summary>
internal static class RefusalScenarios
{
    private const string LongName = "a_schema_name_that_is_longer_than_the_sixty_four_characters_of_mysql";

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("target-names", "The request names target schemas that cannot be; each is refused in StartExport, before anything is exported.", TargetNamesAsync) { SizeMb = 0.5 },
        new("two-schemas-one-target", "A schema is renamed to another one's name, which shows only in the export. Fails in PlanCopy with TargetConflictException before a byte is copied.", async (run, token) =>
        {
            var outcome = await RefusedAsync(run, "TargetConflictException", """{"targetSchemas":{"world":"shop"}}""", ["world", "shop"], _ => Task.CompletedTask, token, "PlanCopy");
            run.Expect(ExportScenarios.BytesSent(run.Cloud) == 0, "nothing was copied");
            return outcome;
        }) { SizeMb = 0.5 },
        Refused("cluster-too-small", "The cluster has less memory than the files have bytes.", "ClusterTooSmallException", "{}", "memory") with
        {
            PlayAsync = (run, token) => RefusedAsync(run, "ClusterTooSmallException", "{}", ["memory"], cloud => cloud.HeatWave.SetMemoryAsync(100_000, token), token),
        },
        Refused("server-clock-wrong", "The server's clock is an hour ahead.", "HeatWaveClockSkewedException", "{}", "clock") with
        {
            PlayAsync = (run, token) => RefusedAsync(run, "HeatWaveClockSkewedException", "{}", ["clock"], cloud => cloud.HeatWave.SetClockAsync(TimeSpan.FromHours(1), token), token),
        },
        Refused("no-heatwave", "HEATWAVE_HOST names an ordinary MySQL server.", "HeatWaveNotAvailableException", "{}", "MySQL Community Server") with
        {
            Adjust = options => options with { Edition = HeatWaveEdition.Community() },
        },
        Refused("no-lakehouse", "The HeatWave cluster runs without Lakehouse.", "HeatWaveNotAvailableException", "{}", "enable Lakehouse") with
        {
            Adjust = options => options with { Edition = new HeatWaveEdition { HasLakehouse = false } },
        },
        Refused("par-expired", "Object Storage honours no PAR: it has expired by its clock.", "ParRejectedException", "{}", "expired") with
        {
            PlayAsync = (run, token) => RefusedAsync(
                run,
                "ParRejectedException",
                "{}",
                ["expired"],
                cloud =>
                {
                    cloud.Oci.Faults.Add(OciFaultAction.ParExpired(), request => request.ThroughPar, times: int.MaxValue);
                    return Task.CompletedTask;
                },
                token),
        },
        new("grant-missing", "The user lacks INSERT on one target schema. Fails in LoadTables before anything is created; with the grant the redriven run succeeds.", async (run, token) =>
        {
            var refused = await RefusedAsync(
                run, "HeatWaveGrantMissingException", "{}", ["INSERT ON shop.*"], cloud => cloud.HeatWave.ExecuteAsync($"REVOKE INSERT ON `shop`.* FROM '{cloud.HeatWave.LoaderUser}'@'%'", token), token);
            await run.Cloud.HeatWave.ExecuteAsync($"GRANT INSERT ON `shop`.* TO '{run.Cloud.HeatWave.LoaderUser}'@'%'", token);
            return await RedrivenAsync(run, refused, token);
        }) { SizeMb = 0.5 },
        new("target-occupied", "Tables that are not ours stand in a target schema. Fails in LoadTables before the first change; when they are gone the redriven run succeeds.", async (run, token) =>
        {
            var server = run.Cloud.HeatWave;
            await server.ExecuteAsync("CREATE DATABASE world; CREATE TABLE world.city (theirs INT PRIMARY KEY); INSERT INTO world.city VALUES (42)", token);
            var refused = await RefusedAsync(run, "TargetTablesOccupiedException", "{}", ["table world.city"], _ => Task.CompletedTask, token);
            run.Expect((await server.TextsAsync("SELECT theirs FROM world.city", token)) is ["42"], "their row is still there");
            await server.ExecuteAsync("RENAME TABLE world.city TO world.their_city", token);
            var outcome = await RedrivenAsync(run, refused, token);
            run.Expect((await server.TextsAsync("SELECT theirs FROM world.their_city", token)) is ["42"], "a table of theirs under another name is left alone");
            return outcome;
        }) { SizeMb = 0.5 },
    ];

    private static Scenario Refused(string name, string summary, string error, string request, params string[] named) =>
        new(name, $"{summary} Fails in LoadTables with {error} before the first change.", (run, token) => RefusedAsync(run, error, request, named, _ => Task.CompletedTask, token)) { SizeMb = 0.5 };

    private static async Task<RunOutcome> RefusedAsync(
        RunSession run, string error, string request, IReadOnlyList<string> named, Func<LocalCloud, Task> provoke, CancellationToken cancellationToken, string state = "LoadTables")
    {
        await provoke(run.Cloud);
        var before = await run.Cloud.HeatWave.InventoryAsync(cancellationToken);
        var outcome = await run.RunAsync(request, cancellationToken);
        run.Expect(!outcome.Succeeded && outcome.Error == error && outcome.State == state, $"the run fails in {state} with {error}", $"it ended with {outcome.LastLine}");
        foreach (var text in named)
        {
            run.Expect(outcome.Cause!.Contains(text, StringComparison.Ordinal), $"the message says '{text}'", $"it says: {outcome.Cause}");
        }

        // The bookkeeping's own schema may be there by then.
        var after = await run.Cloud.HeatWave.InventoryAsync(cancellationToken);
        run.Expect(after.Replace("\nsnapshotbridge", "", StringComparison.Ordinal) == before, "no schema and no table of the server was changed", $"it was {before} and is {after}");
        return outcome;
    }

    private static async Task<RunOutcome> RedrivenAsync(RunSession run, RunOutcome refused, CancellationToken cancellationToken)
    {
        var sent = ExportScenarios.BytesSent(run.Cloud);
        var outcome = await run.RedriveAsync(refused, cancellationToken);
        run.Expect(outcome.Succeeded, "the redriven run succeeds", $"it ended with {outcome.LastLine}");
        run.Expect(ExportScenarios.BytesSent(run.Cloud) == sent, "nothing was copied again");
        return outcome;
    }

    private static async Task<RunOutcome> TargetNamesAsync(RunSession run, CancellationToken cancellationToken)
    {
        var before = await run.Cloud.HeatWave.InventoryAsync(cancellationToken);
        RunOutcome? outcome = null;
        foreach (var (targets, named) in ((string, string)[])
        [
            ("""{"world":"eu","shop":"EU"}""", "'shop' and 'world' to the same schema"),
            ("""{"world":"mysql_tasks"}""", "'mysql_tasks'"),
            ("""{"world":"snapshotbridge"}""", "'snapshotbridge'"),
            ($$"""{"world":"{{LongName}}"}""", "at most 64"),
        ])
        {
            outcome = await run.RunAsync($$"""{"targetSchemas":{{targets}}}""", cancellationToken);
            run.Expect(outcome is { Succeeded: false, Error: "RequestInvalidException", State: "StartExport" }, $"{targets} is refused in StartExport", $"it ended with {outcome.LastLine}");
            run.Expect(outcome.Cause!.Contains(named, StringComparison.Ordinal), $"the message says {named}", $"it says: {outcome.Cause}");
        }

        run.Expect(run.Cloud.Aws.RdsStore.ExportTasks.Count == 0, "nothing was exported");
        run.Expect(await run.Cloud.HeatWave.InventoryAsync(cancellationToken) == before, "no schema and no table of the server was changed");
        return outcome!;
    }
}
