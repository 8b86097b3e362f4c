using System.Globalization;
using MySqlConnector;
using SnapshotBridge.Loading.Publishing;
using Xunit;

namespace SnapshotBridge.Functions.Tests.LoadTables.Publishing;

/// <summary>Readers that never stop asking while versions come and go.</summary>
public sealed class PublishReaderTests(PublishServer server) : IClassFixture<PublishServer>
{
    private const int Days = 12;

    [Fact]
    public async Task Publish_UnderConstantReaders_ShowsEachWholeVersionsOnly()
    {
        var lab = new PublishLab(server);
        lab.Choices = lab.Choices with { KeepVersions = 0 };
        await lab.ReplacedTableAsync("orders");
        await lab.ReplacedTableAsync("items");
        await server.ExecuteAsync($"CREATE USER 'only_{lab.Schema}'@'%' IDENTIFIED BY 'reads-{lab.Schema}'");
        await server.ExecuteAsync($"GRANT SELECT ON `{lab.Schema}`.* TO 'only_{lab.Schema}'@'%'");

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Reader[] readers =
        [
            Read(lab, $"SELECT CONCAT(o.`day`, ' ', i.`day`) FROM `{lab.Schema}`.orders o JOIN `{lab.Schema}`.items i", stop.Token),
            Read(lab, $"SELECT CONCAT(i.`day`, ' ', o.`day`) FROM `{lab.Schema}`.items i JOIN `{lab.Schema}`.orders o", stop.Token),
            Read(lab, $"SELECT CONCAT(COUNT(*), ' ', COUNT(*)) FROM `{lab.Schema}`.orders", stop.Token),
            Read(
                lab, $"SELECT CONCAT(COUNT(*), ' ', COUNT(*)) FROM information_schema.TABLES WHERE TABLE_SCHEMA = '{lab.Schema}' AND TABLE_NAME IN ('orders', 'items')", stop.Token),
        ];
        for (var day = 1; day <= Days; day++)
        {
            PublishedSchema? published = null;
            var loaded = await lab.LoadAsync(day, "orders", "items");
            while (published is null)
            {
                published = (await lab.PublishAsync(loaded)).State.Published.SingleOrDefault();
            }

            Assert.Null(published.NotSwitchedBecause);
            await Reader.AllAskedSinceAsync(readers);
        }

        await stop.CancelAsync();
        var answers = await Task.WhenAll(readers.Select(reader => reader.Reading));

        foreach (var seen in answers.Take(2))
        {
            var days = seen.Select(answer => answer.Split(' ')).ToList();
            Assert.All(days, pair => Assert.Equal(pair[0], pair[1]));
            var inOrder = days.Select(pair => int.Parse(pair[0], CultureInfo.InvariantCulture)).ToList();
            Assert.Equal(inOrder.Order(), inOrder);
            Assert.Equal(Enumerable.Range(1, Days), inOrder.Distinct().Where(day => day > 0));
        }

        Assert.Equal(["1 1"], answers[2].Distinct());
        if (await server.IsMySqlAsync())
        {
            // MariaDB's information_schema looks at one table after another, also in the midst of a rename; MySQL's is one query of its dictionary.
            Assert.Equal(["2 2"], answers[3].Distinct());
        }
    }

    /// <summary>
    /// With one RENAME TABLE over all public names such readers saw two versions in one answer, or error 1213 in a
    /// transaction, after a few dozen switches: on MySQL 9.7 and on MariaDB 10.11.
    /// </summary>
    [Fact]
    public async Task Publish_UnderTransactionsAndPreparedStatements_ShowsWholeVersionsAndNoError()
    {
        const int Switches = 16;
        var lab = new PublishLab(server);
        lab.Choices = lab.Choices with { KeepVersions = 0 };
        string[] tables = ["a", "b", "c"];
        await lab.BringAsync(1, tables);
        string Join(params string[] names) =>
            $"SELECT CONCAT({string.Join(", ' ', ", names.Select(name => $"{name}.`day`"))}) FROM {string.Join(" JOIN ", names.Select(name => $"`{lab.Schema}`.{name} AS {name}"))}";

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Reader[] readers =
        [
            Repeat([], [Join("a", "b")], stop.Token),
            Repeat([], [Join("c", "b", "a")], stop.Token),
            Repeat([$"PREPARE s FROM '{Join("b", "a").Replace("'", "''", StringComparison.Ordinal)}'"], ["EXECUTE s"], stop.Token),
            Repeat([], ["START TRANSACTION", Join("b"), Join("b", "c", "a"), "COMMIT"], stop.Token),
            Repeat([], ["START TRANSACTION", Join("a"), Join("c", "b", "a"), "COMMIT"], stop.Token),
        ];
        for (var day = 2; day <= Switches + 1; day++)
        {
            var loaded = await lab.LoadAsync(day, tables);
            while (!(await lab.PublishAsync(loaded)).IsDone)
            {
            }

            await Reader.AllAskedSinceAsync(readers);
        }

        await stop.CancelAsync();
        foreach (var answers in await Task.WhenAll(readers.Select(reader => reader.Reading)))
        {
            Assert.All(answers, answer => Assert.Single(answer.Split(' ').Distinct()));
            Assert.True(answers.Select(answer => answer.Split(' ')[0]).Distinct().Count() >= Switches, "the readers saw every version");
        }
    }

    private Reader Repeat(string[] first, string[] statements, CancellationToken stop) => new(reader => RepeatAsync(reader, first, statements, stop));

    private Reader Read(PublishLab lab, string query, CancellationToken stop) => new(reader => ReadAsync(reader, lab, query, stop));

    /// <returns>All answers.</returns>
    private async Task<List<string>> RepeatAsync(Reader reader, string[] first, string[] statements, CancellationToken stop)
    {
        await using var connection = await server.ReaderAsync();
        var answers = new List<string>();
        foreach (var statement in first)
        {
            await PublishServer.ColumnAsync(connection, statement);
        }

        while (!stop.IsCancellationRequested)
        {
            foreach (var statement in statements)
            {
                // Any error is the test's failure.
                answers.AddRange(await PublishServer.ColumnAsync(connection, statement));
            }

            reader.HasAsked();
        }

        return answers;
    }

    private async Task<List<string>> ReadAsync(Reader reader, PublishLab lab, string query, CancellationToken stop)
    {
        await using var connection = await server.ReaderAsync($"only_{lab.Schema}", $"reads-{lab.Schema}");
        var answers = new List<string>();
        while (!stop.IsCancellationRequested)
        {
            // Any error is the test's failure.
            await using var command = new MySqlCommand(query, connection);
            answers.Add((string)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!);
            reader.HasAsked();
        }

        return answers;
    }

    /// <summary>One that never stops asking, and how often it has.</summary>
    private sealed class Reader
    {
        private int _asked;

        public Reader(Func<Reader, Task<List<string>>> read) => Reading = read(this);

        /// <summary>All its answers, or what kept it from getting one.</summary>
        public Task<List<string>> Reading { get; }

        public void HasAsked() => Interlocked.Increment(ref _asked);

        /// <summary>Waits until each has asked and been answered from now on, so that what is served now is seen by all, however slow the machine is.</summary>
        public static async Task AllAskedSinceAsync(IReadOnlyList<Reader> readers)
        {
            // The next answer may be to a question of before.
            var enough = readers.Select(reader => Volatile.Read(ref reader._asked) + 2).ToList();
            while (readers.Where((reader, index) => !reader.Reading.IsCompleted && Volatile.Read(ref reader._asked) < enough[index]).Any())
            {
                await Task.Delay(5, TestContext.Current.CancellationToken);
            }
        }
    }
}
