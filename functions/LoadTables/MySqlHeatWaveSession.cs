using System.Globalization;
using System.Net.Sockets;
using MySqlConnector;
using SnapshotBridge.Errors;
using SnapshotBridge.Loading;

namespace SnapshotBridge.LoadTables;

/// <summary>One connection. The driver's exceptions go no further: their texts may quote a statement that holds a PAR.</summary>
internal sealed class MySqlHeatWaveSession(MySqlConnection connection, string server, string user) : IHeatWaveSession
{
    private const int Attempts = 4;

    public string Server => server;

    public string User => user;

    /// <inheritdoc />
    public Task<int> ExecuteAsync(Sql statement, string action, CancellationToken cancellationToken) =>
        RunAsync(
            statement,
            action,
            async command =>
            {
                // An error after the first result set surfaces only when all of them are read.
                await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                do
                {
                    while (await reader.ReadAsync(cancellationToken))
                    {
                    }
                }
                while (await reader.NextResultAsync(cancellationToken));
                return reader.RecordsAffected;
            },
            cancellationToken);

    /// <inheritdoc />
    public Task<IReadOnlyList<SqlRow>> QueryAsync(Sql statement, string action, CancellationToken cancellationToken) =>
        RunAsync<IReadOnlyList<SqlRow>>(
            statement,
            action,
            async command =>
            {
                var rows = new List<SqlRow>();
                await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                while (await reader.ReadAsync(cancellationToken))
                {
                    var values = new object?[reader.FieldCount];
                    for (var column = 0; column < values.Length; column++)
                    {
                        values[column] = reader.GetValue(column);
                    }

                    rows.Add(new SqlRow(values));
                }

                while (await reader.NextResultAsync(cancellationToken))
                {
                }

                return rows;
            },
            cancellationToken);

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private async Task<T> RunAsync<T>(Sql statement, string action, Func<MySqlCommand, Task<T>> run, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var command = connection.CreateCommand();
                command.CommandText = statement.Text;
                command.CommandTimeout = 0;
                foreach (var (name, value) in statement.Parameters)
                {
                    command.Parameters.AddWithValue($"@{name}", value);
                }

                var result = await run(command);
                // A cancelled statement may end as if nothing had happened (measured with DO SLEEP).
                cancellationToken.ThrowIfCancellationRequested();
                return result;
            }
            catch (MySqlException exception) when (!cancellationToken.IsCancellationRequested && IsRepeatable(exception, statement) && attempt < Attempts)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50 * attempt), cancellationToken);
            }
            catch (Exception exception) when (exception is not BridgeException)
            {
                cancellationToken.ThrowIfCancellationRequested();
                throw Translate(exception, action) ?? exception;
            }
        }
    }

    /// <summary>Deadlocks of bookkeeping statements, each a transaction of its own. A CALL is repeated by nobody but the queue.</summary>
    private static bool IsRepeatable(MySqlException exception, Sql statement) =>
        HeatWaveErrors.Kind(exception.Number) == HeatWaveErrorKind.Contended && !statement.Text.StartsWith("CALL", StringComparison.Ordinal);

    private BridgeException? Translate(Exception exception, string action)
    {
        if (exception is not MySqlException error)
        {
            return exception is IOException or SocketException or TimeoutException or ObjectDisposedException or InvalidOperationException
                ? new HeatWaveUnavailableException(server, $"the connection broke when it was to {action}: {SecretMask.Mask(exception.Message)}")
                : null;
        }

        var message = SecretMask.Mask(error.Message);
        return HeatWaveErrors.Kind(error.Number) switch
        {
            HeatWaveErrorKind.Unavailable => new HeatWaveUnavailableException(
                server, string.Create(CultureInfo.InvariantCulture, $"the connection broke when it was to {action}: error {error.Number}: {message}")),
            HeatWaveErrorKind.AccessDenied => new HeatWaveAccessDeniedException(user, server, string.Create(CultureInfo.InvariantCulture, $"error {error.Number}: {message}")),
            HeatWaveErrorKind.GrantMissing => new HeatWaveGrantMissingException(error.Number, user, action, message),
            _ when error.Number == HeatWaveErrors.NoSuchProcedure && message.Contains("heatwave_load", StringComparison.OrdinalIgnoreCase) =>
                new HeatWaveNotAvailableException(server, string.Create(CultureInfo.InvariantCulture, $"error {error.Number}: {message}")),
            _ => new HeatWaveStatementException(error.Number, action, message),
        };
    }
}
