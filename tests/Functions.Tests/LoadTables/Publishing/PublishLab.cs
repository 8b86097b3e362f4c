using Microsoft.Extensions.Logging.Abstractions;
using SnapshotBridge.Loading;
using SnapshotBridge.Loading.Publishing;
using SnapshotBridge.Planning;
using SnapshotBridge.Requests;
using Xunit;

namespace SnapshotBridge.Functions.Tests.LoadTables.Publishing;

/// <summary>One public schema, and snapshots of it that are loaded and published without a pipeline around.</summary>
internal sealed class PublishLab(PublishServer server)
{
    private static readonly DateTimeOffset First = new(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);

    public string Schema { get; } = $"s_{Guid.NewGuid():N}"[..12];

    public LoadChoices Choices { get; set; } = new() { Publish = PublishMode.Swap, KeepVersions = 1 };

    public bool FromEvent { get; set; }

    public ExportScope Scope { get; set; } = ExportScope.Everything;

    public List<SkippedTable> Skipped { get; } = [];

    public Func<TimeSpan> Remaining { get; set; } = () => TimeSpan.FromMinutes(5);

    /// <summary>The switch rests between its steps so that readers keep up; without readers it need not.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The plan of the snapshot of a day with these tables.</summary>
    public CopyPlan Plan(int day, params string[] tables) => new()
    {
        ExportTaskId = $"{Schema}-{day}",
        SourceArn = "arn:aws:rds:eu-central-1:123456789012:cluster-snapshot:s",
        Bucket = "exports",
        SourcePrefix = "exports/task/",
        DestinationPrefix = "run/",
        SnapshotTime = First.AddDays(day),
        Skipped = Skipped,
        Batches = 1,
        Objects = tables.Length,
        Bytes = 1,
        MaxConcurrency = 1,
        Tables = [.. tables.Select(table => new PlannedTable
        {
            Database = Schema,
            Schema = Schema,
            Table = table,
            SourcePrefix = $"exports/{table}/",
            DestinationPrefix = $"run/{table}/",
            Objects = 1,
            Bytes = 1,
            Columns = [],
        })],
    };

    public BridgeRequest Request() => new()
    {
        Snapshot = SnapshotArn.Parse("arn:aws:rds:eu-central-1:123456789012:cluster-snapshot:s", "snapshotArn", [])!,
        Scope = Scope,
        FromEvent = FromEvent,
    };

    public string Version(int day) => PublishTargets.For(Plan(day, "any"), Request(), Choices)[0].Schema;

    /// <summary>Loads tables of one row, whose value is the day, as a worker and the verdict would.</summary>
    public async Task<(CopyPlan Plan, LoadState State)> LoadAsync(int day, params string[] tables)
    {
        var plan = Plan(day, tables);
        var targets = PublishTargets.For(plan, Request(), Choices);
        await using (var session = await server.OpenAsync())
        {
            await (await PublisherAsync(session)).PrepareAsync(plan, targets, Token);
            var ledger = new LoadLedger(session);
            foreach (var target in targets)
            {
                await server.ExecuteAsync($"CREATE DATABASE IF NOT EXISTS `{target.Schema}`");
                await server.ExecuteAsync(
                    $"REPLACE INTO snapshotbridge.tables (target_schema, target_table, export_task_id, load_id, par_name, marked_at) VALUES ('{target.Schema}', '{target.Table}', '{plan.ExportTaskId}', 'load', 'par', FLOOR(UNIX_TIMESTAMP()))");
                await server.ExecuteAsync($"CREATE TABLE IF NOT EXISTS `{target.Schema}`.`{target.Table}` (`day` INT, `odd``name` VARCHAR(20)) AS SELECT {day} AS `day`, 'x' AS `odd``name`");
                await ledger.VerifiedAsync(target.Schema, target.Table, "load", 1, Token);
            }
        }

        return (plan, StateOf(plan, targets));
    }

    /// <summary>The same for many tables, in statements that hold hundreds of them.</summary>
    public async Task<(CopyPlan Plan, LoadState State)> LoadManyAsync(int day, string[] tables)
    {
        var plan = Plan(day, tables);
        var targets = PublishTargets.For(plan, Request(), Choices);
        await using var session = await server.OpenAsync();
        await (await PublisherAsync(session)).PrepareAsync(plan, targets, Token);
        var schema = targets[0].Schema;
        await server.ExecuteAsync($"CREATE DATABASE `{schema}`");
        foreach (var some in targets.Chunk(200))
        {
            await server.ExecuteAsync(string.Join(';', some.Select(target => $"CREATE TABLE `{schema}`.`{target.Table}` (`day` INT, `odd``name` VARCHAR(20)) AS SELECT {day} AS `day`, 'x' AS `odd``name`")));
        }

        await server.ExecuteAsync(
            "INSERT INTO snapshotbridge.tables (target_schema, target_table, export_task_id, load_id, par_name, marked_at, table_created_at, rows_verified, verified_at) "
            + $"SELECT TABLE_SCHEMA, TABLE_NAME, '{plan.ExportTaskId}', 'load', 'par', 0, FLOOR(UNIX_TIMESTAMP(CREATE_TIME)), 1, UTC_TIMESTAMP(6) FROM information_schema.TABLES WHERE TABLE_SCHEMA = '{schema}'");
        return (plan, StateOf(plan, targets));
    }

    private static LoadState StateOf(CopyPlan plan, IReadOnlyList<LoadTarget> targets) =>
        new()
        {
            ExportTaskId = plan.ExportTaskId,
            RunId = "run",
            Attempt = 1,
            PassedGate = [],
            ServerVersion = "9.7.0-cloud",
            Carrier = LoadCarrier.Event,
            Tables = [.. targets.Select((target, index) => new TableLoad
            {
                Table = index,
                TargetSchema = target.Schema,
                PublicSchema = target.PublicSchema,
                TargetTable = target.Table,
                Rows = 1,
                Columns = [],
                Phase = TablePhase.Loaded,
            })],
        };

    /// <summary>One invocation's part of publishing.</summary>
    public async Task<(LoadState State, bool IsDone)> PublishAsync((CopyPlan Plan, LoadState State) loaded, Func<IHeatWaveSession, IHeatWaveSession>? around = null)
    {
        await using var session = await server.OpenAsync();
        var publisher = await PublisherAsync(around is null ? session : around(session), await ServerProbeOf(session));
        var input = new LoadInput(loaded.Plan.ExportTaskId, Request(), "execution-1", First);
        return await publisher.PublishAsync(loaded.Plan, loaded.State, input, _ => Task.CompletedTask, Remaining, Token);
    }

    /// <summary>What each invocation of the run of a day does while it loads.</summary>
    public async Task KeepVersionsAsync(int day)
    {
        await using var session = await server.OpenAsync();
        await (await PublisherAsync(session)).KeepVersionsAsync(Plan(day).ExportTaskId, Token);
    }

    /// <summary>Loads a day and publishes it.</summary>
    public async Task<PublishedSchema> BringAsync(int day, params string[] tables) =>
        Assert.Single((await PublishAsync(await LoadAsync(day, tables))).State.Published);

    /// <summary>What a reader of the public schema finds: every name with the day that it serves.</summary>
    public async Task<string> ServedAsync()
    {
        var served = new List<string>();
        foreach (var name in await NamesAsync())
        {
            served.Add($"{name}={(await server.ColumnAsync($"SELECT `day` FROM `{Schema}`.`{name}`")).Single()}");
        }

        return string.Join(' ', served);
    }

    /// <summary>Everything that stands in the public schema.</summary>
    public Task<List<string>> NamesAsync() => server.ColumnAsync($"SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = '{Schema}' ORDER BY TABLE_NAME");

    /// <summary>The versions that stand, by their days.</summary>
    public async Task<string> StandingAsync(int days)
    {
        var schemas = await server.ColumnAsync($"SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE LEFT(SCHEMA_NAME, {Schema.Length + 2}) = '{Schema}__'");
        return string.Join(' ', Enumerable.Range(1, days).Where(day => schemas.Contains(Version(day))));
    }

    /// <summary>A table in the public schema itself, as a run with publish replace leaves it.</summary>
    public async Task ReplacedTableAsync(string table)
    {
        await server.ExecuteAsync($"CREATE DATABASE IF NOT EXISTS `{Schema}`");
        await server.ExecuteAsync($"CREATE TABLE `{Schema}`.`{table}` AS SELECT 0 AS `day`");
        await server.ExecuteAsync(
            "INSERT INTO snapshotbridge.tables (target_schema, target_table, export_task_id, load_id, par_name, marked_at, table_created_at, rows_verified, verified_at) "
            + $"SELECT TABLE_SCHEMA, TABLE_NAME, 'earlier', 'load', 'par', 0, FLOOR(UNIX_TIMESTAMP(CREATE_TIME)), 1, UTC_TIMESTAMP(6) FROM information_schema.TABLES WHERE TABLE_SCHEMA = '{Schema}' AND TABLE_NAME = '{table}'");
    }

    private async Task<Publisher> PublisherAsync(IHeatWaveSession session, ServerProbe? probe = null) => new(
        session, probe ?? await ServerProbeOf(session), new LoadLedger(session), new LoadSettings { Defaults = Choices }, Time, NullLogger.Instance);

    private static async Task<ServerProbe> ServerProbeOf(IHeatWaveSession session)
    {
        var row = (await session.QueryAsync(new Sql("SELECT @@version, @@lower_case_table_names"), "ask", Token))[0];
        return new ServerProbe(
            ServerVersion.Parse(row.Text(0)!, "server"), false, true, row.Number(1) == 0 ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase, false, false, TimeProvider.System.GetUtcNow(), 100);
    }
}
