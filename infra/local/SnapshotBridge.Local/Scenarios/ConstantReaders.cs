using System.Globalization;
using MySqlConnector;
using SnapshotBridge.Local.Cloud;

namespace SnapshotBridge.Local.Scenarios;

/// <summary>
/// Users of the public schema who ask all the time, over connections of their own and with no right but SELECT on it. They
/// note every answer and every error, in order.
/// </summary>
internal sealed class ConstantReaders : IAsyncDisposable
{
    private const string User = "reader", Password = "only-reads";

    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _readers = [];
    private readonly List<TaskCompletionSource> _begun = [];

    private ConstantReaders(IReadOnlyList<string> queries) => Answers = [.. queries.Select(_ => new List<string>())];

    /// <summary>For each query its answers, without repetitions.</summary>
    public IReadOnlyList<List<string>> Answers { get; }

    /// <summary>What any of them was refused.</summary>
    public List<string> Errors { get; } = [];

    /// <summary>How often they asked.</summary>
    public long Asked { get; private set; }

    /// <summary>Begins to ask each of the queries, which answer with one value, and comes back when each was asked once.</summary>
    public static async Task<ConstantReaders> StartAsync(LocalCloud cloud, string schema, IReadOnlyList<string> queries, CancellationToken cancellationToken)
    {
        await using (var administrator = new MySqlConnection(cloud.HeatWave.Server.ConnectionString().ConnectionString))
        {
            await administrator.OpenAsync(cancellationToken);
            foreach (var statement in (string[])[$"CREATE USER '{User}'@'%' IDENTIFIED BY '{Password}'", $"GRANT SELECT ON `{schema}`.* TO '{User}'@'%'"])
            {
                await using var command = new MySqlCommand(statement, administrator);
                await command.ExecuteNonQueryAsync(cancellationToken);
            }
        }

        var readers = new ConstantReaders(queries);
        var address = new MySqlConnectionStringBuilder(cloud.HeatWave.ConnectionString) { UserID = User, Password = Password, Pooling = false }.ConnectionString;
        for (var query = 0; query < queries.Count; query++)
        {
            var (text, answers) = (queries[query], readers.Answers[query]);
            var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            readers._begun.Add(begun);
            readers._readers.Add(Task.Run(() => readers.AskAsync(address, text, answers, begun), cancellationToken));
        }

        // A reader that cannot even connect ends before its first answer.
        await Task.WhenAll(readers._begun.Zip(readers._readers, (begun, reader) => Task.WhenAny(begun.Task, reader)));
        return readers;
    }

    /// <summary>Each asks once more, and that was the last time.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_readers);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task AskAsync(string address, string query, List<string> answers, TaskCompletionSource begun)
    {
        await using var connection = new MySqlConnection(address);
        await connection.OpenAsync(CancellationToken.None);
        for (var isLast = false; !isLast;)
        {
            // Whoever stops them wants to know what is to be seen then, however long ago the last answer was.
            isLast = _stop.IsCancellationRequested;
            string answer;
            try
            {
                await using var command = new MySqlCommand(query, connection);
                answer = Convert.ToString(await command.ExecuteScalarAsync(CancellationToken.None), CultureInfo.InvariantCulture) ?? "";
            }
            catch (MySqlException exception)
            {
                lock (Errors)
                {
                    Errors.Add($"{query}: error {exception.Number}: {exception.Message}");
                }

                return;
            }

            lock (Errors)
            {
                Asked++;
                if (answers.Count == 0 || answers[^1] != answer)
                {
                    answers.Add(answer);
                }
            }

            begun.TrySetResult();
            await Task.Delay(2, CancellationToken.None);
        }
    }
}
