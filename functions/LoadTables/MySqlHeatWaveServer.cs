using System.Globalization;
using System.Net.Sockets;
using System.Security.Authentication;
using MySqlConnector;
using SnapshotBridge.Errors;
using SnapshotBridge.Loading;

namespace SnapshotBridge.LoadTables;

/// <summary>
/// HeatWave through MySqlConnector. Connections are not pooled: named locks and the load report belong to a connection,
/// and both must end with it.
/// </summary>
internal sealed class MySqlHeatWaveServer(
    string host,
    uint port,
    HeatWaveSslMode sslMode,
    string? caFile,
    Func<bool, CancellationToken, Task<HeatWaveCredentials>> readCredentials) : IHeatWaveServer
{
    private readonly string _address = string.Create(CultureInfo.InvariantCulture, $"{host}:{port}");

    /// <inheritdoc />
    public async Task<IHeatWaveSession> OpenAsync(CancellationToken cancellationToken)
    {
        var credentials = await readCredentials(false, cancellationToken);
        try
        {
            return await ConnectAsync(credentials, cancellationToken);
        }
        catch (HeatWaveAccessDeniedException)
        {
            // The password may have been rotated since it was read. The same one is not tried twice: servers count failures.
            var fresh = await readCredentials(true, cancellationToken);
            if (fresh == credentials)
            {
                throw;
            }

            return await ConnectAsync(fresh, cancellationToken);
        }
    }

    private async Task<IHeatWaveSession> ConnectAsync(HeatWaveCredentials credentials, CancellationToken cancellationToken)
    {
        var connection = new MySqlConnection(ConnectionString(credentials));
        try
        {
            await connection.OpenAsync(cancellationToken);
            var session = new MySqlHeatWaveSession(connection, _address, credentials.Username);
            await session.ExecuteAsync(new Sql(LedgerSql.SessionSettings), "prepare the connection", cancellationToken);
            return session;
        }
        catch (Exception exception)
        {
            await connection.DisposeAsync();
            if (exception is BridgeException || cancellationToken.IsCancellationRequested)
            {
                throw;
            }

            throw Translate(exception, credentials.Username) ?? exception;
        }
    }

    private BridgeException? Translate(Exception exception, string user)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            // The driver gives no number of its own for these, only the one for any connection that was not made.
            if (cause is AuthenticationException
                || cause.Message.StartsWith("SSL Authentication Error", StringComparison.Ordinal)
                || cause.Message.StartsWith("Server does not support SSL", StringComparison.Ordinal))
            {
                return new HeatWaveTlsException(_address, $"{cause.Message.TrimEnd('.')} (HEATWAVE_SSL_MODE is {sslMode})");
            }
        }

        return exception switch
        {
            MySqlException error when HeatWaveErrors.Kind(error.Number) == HeatWaveErrorKind.AccessDenied =>
                new HeatWaveAccessDeniedException(user, _address, string.Create(CultureInfo.InvariantCulture, $"error {error.Number}: {error.Message.TrimEnd('.')}")),
            MySqlException error => new HeatWaveUnavailableException(_address, string.Create(CultureInfo.InvariantCulture, $"error {error.Number}: {error.Message.TrimEnd('.')}"), exception),
            SocketException or IOException or TimeoutException or OperationCanceledException => new HeatWaveUnavailableException(_address, exception.Message, exception),
            _ => null,
        };
    }

    private string ConnectionString(HeatWaveCredentials credentials)
    {
        var builder = new MySqlConnectionStringBuilder
        {
            Server = host,
            Port = port,
            UserID = credentials.Username,
            Password = credentials.Password,
            SslMode = sslMode switch
            {
                HeatWaveSslMode.None => MySqlSslMode.None,
                HeatWaveSslMode.Preferred => MySqlSslMode.Preferred,
                HeatWaveSslMode.Required => MySqlSslMode.Required,
                HeatWaveSslMode.VerifyCA => MySqlSslMode.VerifyCA,
                _ => MySqlSslMode.VerifyFull,
            },
            Pooling = false,
            ConnectionTimeout = 15,
            // A timeout would send KILL QUERY, which ends a running load: invocations bound themselves.
            DefaultCommandTimeout = 0,
            // A call may be silent for longer than NAT gateways and firewalls remember a connection.
            Keepalive = 30,
            // The body of the worker event has one.
            AllowUserVariables = true,
            // Without TLS, caching_sha2_password needs the server's key; with TLS it is not asked for.
            AllowPublicKeyRetrieval = sslMode == HeatWaveSslMode.None,
            ApplicationName = "SnapshotBridge",
        };
        if (caFile is not null)
        {
            builder.SslCa = caFile;
        }

        return builder.ConnectionString;
    }
}
