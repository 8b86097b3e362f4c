using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using MySqlConnector;
using SnapshotBridge.Local.Databases.Servers;
using SnapshotBridge.Local.Databases.Sql;

namespace SnapshotBridge.Local.Databases.HeatWave;

/// <summary>How the HeatWave stand-in is started.</summary>
public sealed record HeatWaveServerOptions
{
    /// <summary>The server below it.</summary>
    public MySqlServerOptions Server { get; init; } = new();

    /// <summary>Where the worker says what it does; never a PAR.</summary>
    public ILogger? Logger { get; init; }
}

/// <summary>
/// Plays a HeatWave Lakehouse: a private server with <c>sys.heatwave_load</c>, whose loads a worker in this process carries
/// out by reading Parquet through the PAR it is given. It has no <c>performance_schema.rpd_tables</c>: nobody can create
/// that on a server that is not HeatWave. Its version is the server's own.
/// </summary>
public sealed class HeatWaveServer : IAsyncDisposable
{
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromMinutes(10) };
    private readonly ILogger? _logger;
    private LoadWorker? _worker;

    private HeatWaveServer(MySqlServer server, ILogger? logger)
    {
        Server = server;
        _logger = logger;
    }

    public MySqlServer Server { get; }

    public HeatWaveFaults Faults { get; } = new();

    public string Host => Server.Host;

    public int Port => Server.Port;

    /// <summary>The administrator, whom the tests' own looks use.</summary>
    public string User => Server.User;

    public string Password => Server.Password;

    /// <summary>The user that loads: it has what <see cref="CreateLoaderAsync"/> granted and nothing else.</summary>
    public string LoaderUser { get; } = "loader";

    public string LoaderPassword { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>The CA for <c>HEATWAVE_CA_FILE</c>, or null without TLS.</summary>
    public string? CaFile => Server.CaFile;

    public Uri Endpoint => Server.Endpoint;

    /// <summary>For connections of tests and tools from this machine. Holds the password.</summary>
    public string ConnectionString => Server.ConnectionString().ConnectionString;

    /// <exception cref="DatabaseServerException">The server does not start; the message says what to do.</exception>
    public static async Task<HeatWaveServer> StartAsync(HeatWaveServerOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var heatWave = new HeatWaveServer(await MySqlServer.StartAsync(options.Server, cancellationToken), options.Logger);
        try
        {
            await using (var connection = await MySqlExtensions.OpenAsync(heatWave.WorkerConnection(), cancellationToken))
            {
                await HeatWaveSchema.InstallAsync(connection, cancellationToken);
            }

            await heatWave.StartWorkerAsync(cancellationToken);
            return heatWave;
        }
        catch
        {
            await heatWave.DisposeAsync();
            throw;
        }
    }

    /// <summary>Creates the loading user with exactly the grants of <c>infra/oci/heatwave.sql</c>, over TLS only where the server has it.</summary>
    public async Task CreateLoaderAsync(GrantFile grants, IReadOnlyCollection<string> targetSchemas, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(grants);
        await using var connection = await MySqlExtensions.OpenAsync(ConnectionString, cancellationToken);
        // NO_BACKSLASH_ESCAPES or not: the patterns of a GRANT stand between backticks, where backslashes are plain.
        await connection.ExecuteAsync($"CREATE USER '{LoaderUser}'@'%' IDENTIFIED BY '{LoaderPassword}'{(CaFile is null ? "" : " REQUIRE SSL")}", cancellationToken);
        foreach (var statement in grants.ForStandIn(LoaderUser, targetSchemas))
        {
            await connection.ExecuteAsync(statement, cancellationToken);
        }
    }

    /// <summary>Brings the nodes back after <see cref="StopWorkerAsync"/>.</summary>
    public async Task StartWorkerAsync(CancellationToken cancellationToken)
    {
        _worker ??= new LoadWorker(WorkerConnection(), Faults, _http, _logger);
        await _worker.Ready.WaitAsync(TimeSpan.FromSeconds(30), cancellationToken);
    }

    /// <summary>The nodes die: running loads break off, and calls end with error 3889 after about four seconds.</summary>
    public async Task StopWorkerAsync()
    {
        if (_worker is { } worker)
        {
            _worker = null;
            await worker.DisposeAsync();
        }
    }

    /// <summary>The DB system goes down; connections break and new ones are refused.</summary>
    public Task GoDownAsync(CancellationToken cancellationToken) => Server.StopAsync(cancellationToken);

    /// <summary>The DB system comes back, with its data.</summary>
    public Task ComeBackAsync(CancellationToken cancellationToken) => Server.StartAgainAsync(cancellationToken);

    /// <summary>Down now, back after a while.</summary>
    public async Task GoDownForAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        await GoDownAsync(cancellationToken);
        await Task.Delay(duration, cancellationToken);
        await ComeBackAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await StopWorkerAsync();
        await Server.DisposeAsync();
        _http.Dispose();
    }

    private string WorkerConnection()
    {
        MySqlConnectionStringBuilder builder = Server.ConnectionString();
        builder.AllowLoadLocalInfile = true;
        return builder.ConnectionString;
    }
}
