using System.Globalization;
using System.Text.Json.Nodes;
using MySqlConnector;
using SnapshotBridge.Local.Aws.Rds;
using SnapshotBridge.Local.Cloud;
using SnapshotBridge.Local.Running;

namespace SnapshotBridge.Local.Scenarios;

/// <summary>How loaded tables reach their readers: while a second, changed snapshot is loaded, and when its load fails.</summary>
internal static class PublishScenarios
{
    // Each tells the snapshot that it sees, twice over where two tables are in it.
    private static readonly string[] Queries =
    [
        "SELECT CONCAT((SELECT COUNT(*) FROM shop.customers WHERE full_name LIKE 'snapshot %'), ' ', (SELECT COUNT(*) FROM shop.products WHERE title LIKE 'snapshot %'))",
        "SELECT CONCAT(MAX(c.full_name), '|', MAX(p.title)) FROM shop.customers c JOIN shop.products p ON c.full_name = p.title",
        "SELECT COUNT(*) > 0 FROM shop.orders",
        "SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'shop' AND TABLE_NAME = 'orders' AND COLUMN_NAME = 'token'",
    ];

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("reload-under-readers", "A second, changed snapshot is loaded while readers ask all the time; each answer is wholly the old or wholly the new one.", async (run, token) =>
        {
            var first = await BringAsync(run, 1, "swap", keepVersions: 0, token);
            run.Expect(first.Succeeded, "the first snapshot is served");
            var version = VersionOfShop(first);
            await using var readers = await ConstantReaders.StartAsync(run.Cloud, "shop", Queries, token);
            var second = await BringAsync(run, 2, "swap", keepVersions: 0, token);
            await readers.StopAsync();

            run.Expect(second.Succeeded, "the second snapshot is served");
            run.Expect(readers.Errors.Count == 0, "no reader got an error", string.Join("; ", readers.Errors));
            run.Expect(readers.Answers[0].SequenceEqual(["1 1", "2 2"]), "counts over two tables saw the one snapshot, then the other, and nothing between", string.Join("; ", readers.Answers[0]));
            run.Expect(
                readers.Answers[1].SequenceEqual(["snapshot 1|snapshot 1", "snapshot 2|snapshot 2"]), "so did joins of them", string.Join("; ", readers.Answers[1]));
            run.Expect(readers.Answers[2].SequenceEqual(["1"]), "the large table was never away or empty", string.Join("; ", readers.Answers[2]));
            await ExpectDictionaryAsync(run, readers, token);
            run.Expect(Shop(second).DroppedVersions.SequenceEqual([version]), "the version that is served no more was dropped, as keepVersions 0 asks for", string.Join("; ", Shop(second).KeptVersions));
            run.Expect(await ScalarAsync(run, $"SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = '{version}'", token) == "0", "it is gone from the server");
            return second;
        }),
        new("reload-fails-old-stays", "A table of the second snapshot does not load: its schema goes on serving the first, the other schemas the second.", async (run, token) =>
        {
            run.Expect((await BringAsync(run, 1, "swap", keepVersions: 1, token)).Succeeded, "the first snapshot is served");
            run.Cloud.HeatWave.Faults.FailTable("shop__*.orders");
            var failed = await BringAsync(run, 2, "swap", keepVersions: 1, token);

            run.Expect(failed is { Succeeded: false, Error: "TablesNotLoadedException" }, "the run fails naming the table");
            run.Expect(Shop(failed) is { SwitchedAt: null, NotSwitchedBecause.Length: > 0 }, "the report says why shop was not switched");
            run.Expect(failed.Report!.PublishedSchemas.Where(schema => schema.Schema != "shop").All(schema => schema.SwitchedAt is not null), "the other schemas are switched");
            run.Expect(await ScalarAsync(run, Queries[0], token) == "1 1", "readers of shop find the first snapshot");

            run.Cloud.HeatWave.Faults.Clear();
            var outcome = await run.RedriveAsync(failed, token);
            run.Expect(outcome.Succeeded, "the redriven run succeeds");
            run.Expect(await ScalarAsync(run, Queries[0], token) == "2 2", "readers of shop find the second snapshot");
            run.Expect(Shop(outcome).KeptVersions.Count == 1, "the first version is kept, as keepVersions 1 asks for");
            return outcome;
        }),
        new("replace-swap-replace", "A schema is loaded into itself, then published by views, then loaded into itself again; readers find each snapshot.", async (run, token) =>
        {
            RunOutcome? outcome = null;
            foreach (var (number, publish) in ((int, string)[])[(1, "replace"), (2, "swap"), (3, "replace")])
            {
                outcome = await BringAsync(run, number, publish, keepVersions: 0, token);
                run.Expect(outcome.Succeeded, $"snapshot {number} is loaded with publish {publish}");
                run.Expect(
                    await ScalarAsync(run, Queries[0], token) == string.Create(CultureInfo.InvariantCulture, $"{number} {number}"), $"readers find snapshot {number}");
                run.Expect(await ScalarAsync(run, "SELECT COUNT(*) FROM shop.empty_table", token) == "0", "they find the table without rows");
                run.Expect(
                    await ScalarAsync(run, "SELECT GROUP_CONCAT(CONCAT(COLUMN_NAME, ' ', COLUMN_TYPE) ORDER BY ORDINAL_POSITION) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'shop' AND TABLE_NAME = 'empty_table'", token)
                        is "id int(11),name varchar(40)" or "id int,name varchar(40)",
                    "with its columns");
                var kind = publish == "swap" ? "VIEW" : "BASE TABLE";
                run.Expect(
                    await ScalarAsync(run, "SELECT GROUP_CONCAT(DISTINCT TABLE_TYPE) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'shop' AND TABLE_NAME IN ('orders', 'customers', 'products', 'empty_table')", token) == kind,
                    $"what they find is a {kind}");
            }

            run.Expect(await ScalarAsync(run, "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'shop\\_\\_%'", token) == "0", "no version is left");
            return outcome!;
        }),
    ];

    private static async Task<RunOutcome> BringAsync(RunSession run, int number, string publish, int keepVersions, CancellationToken cancellationToken)
    {
        await ChangeSourceAsync(run, number, cancellationToken);
        return await run.RunAsync(Request(run.Cloud, number, publish, keepVersions), cancellationToken);
    }

    /// <summary>The request for the snapshot of that number, which RDS takes now.</summary>
    private static JsonObject Request(LocalCloud cloud, int number, string publish, int keepVersions)
    {
        var arn = number == 1 ? cloud.SnapshotArn : cloud.Aws.RdsStore.AddSnapshot(new RdsSnapshot
        {
            Kind = RdsSnapshotKind.Cluster,
            Identifier = string.Create(CultureInfo.InvariantCulture, $"rds:{LocalCloud.SourceDatabase}-2026-02-{number:D2}-03-10"),
            DatabaseIdentifier = LocalCloud.SourceDatabase,
            SnapshotType = "automated",
            CreatedAt = new DateTimeOffset(2026, 2, number, 3, 10, 0, TimeSpan.Zero),
        });
        return new JsonObject { ["snapshotArn"] = arn, ["publish"] = publish, ["keepVersions"] = keepVersions };
    }

    /// <summary>The number of a snapshot is how many customers and products bear it, and their name.</summary>
    private static async Task ChangeSourceAsync(RunSession run, int number, CancellationToken cancellationToken)
    {
        await using var connection = new MySqlConnection(run.Cloud.Aurora!.ConnectionString().ConnectionString);
        await connection.OpenAsync(cancellationToken);
        foreach (var statement in (string[])
            [
                string.Create(CultureInfo.InvariantCulture, $"UPDATE shop.customers SET full_name = 'snapshot {number}' ORDER BY id LIMIT {number}"),
                string.Create(CultureInfo.InvariantCulture, $"UPDATE shop.products SET title = 'snapshot {number}' ORDER BY sku LIMIT {number}"),
            ])
        {
            await using var command = new MySqlCommand(statement, connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    /// <summary>MariaDB's information_schema looks at one table after another, also in the midst of a rename; MySQL's is one query of its dictionary.</summary>
    private static async Task ExpectDictionaryAsync(RunSession run, ConstantReaders readers, CancellationToken cancellationToken)
    {
        await using var connection = new MySqlConnection(run.Cloud.HeatWave.Server.ConnectionString().ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new MySqlCommand("SELECT VERSION()", connection);
        if (Convert.ToString(await command.ExecuteScalarAsync(cancellationToken), CultureInfo.InvariantCulture)!.Contains("MariaDB", StringComparison.Ordinal))
        {
            run.Expect(readers.Answers[3].Distinct().Order().LastOrDefault() == "1", "the dictionary lists the column");
            return;
        }

        run.Expect(readers.Answers[3].SequenceEqual(["1"]), "the dictionary lists the column all the time", string.Join("; ", readers.Answers[3]));
    }

    private static async Task<string?> ScalarAsync(RunSession run, string query, CancellationToken cancellationToken)
    {
        await using var connection = new MySqlConnection(run.Cloud.HeatWave.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new MySqlCommand(query, connection);
        return Convert.ToString(await command.ExecuteScalarAsync(cancellationToken), CultureInfo.InvariantCulture);
    }

    private static Loading.Publishing.PublishedSchema Shop(RunOutcome outcome) => outcome.Report!.PublishedSchemas.Single(schema => schema.Schema == "shop");

    private static string VersionOfShop(RunOutcome outcome) => Shop(outcome).Version;
}
