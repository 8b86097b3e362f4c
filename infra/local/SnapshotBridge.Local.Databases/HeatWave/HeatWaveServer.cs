using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MySqlConnector;
using SnapshotBridge.Local.Databases.HeatWave.Declared;
using SnapshotBridge.Local.Databases.HeatWave.Front;
using SnapshotBridge.Local.Databases.HeatWave.Tasks;
using SnapshotBridge.Local.Databases.Servers;
using SnapshotBridge.Local.Databases.Sql;

namespace SnapshotBridge.Local.Databases.HeatWave;

/// <summary>How the HeatWave stand-in is started.</summary>
public sealed record HeatWaveServerOptions
{
    /// <summary>The server below it.</summary>
    public MySqlServerOptions Server { get; init; } = new();

    /// <summary>Which HeatWave it plays.</summary>
    public HeatWaveEdition Edition { get; init; } = HeatWaveEdition.Newest;

    /// <summary>How many loads run at a time; more wait.</summary>
    public int ParallelLoads { get; init; } = 4;

    /// <summary>The memory of the cluster's one node, in bytes.</summary>
    public long MemoryBytes { get; init; } = 512L << 30;

    /// <summary>Where the worker says what it does; never a PAR.</summary>
    public ILogger? Logger { get; init; }
}

/// <summary>
/// Plays a HeatWave Lakehouse: a private server behind a front that speaks HeatWave's dialect of SQL, with
/// <c>sys.heatwave_load</c>, declared tables, the secondary engine and its tables. A worker in this process carries out the
/// loads by reading Parquet through the PAR it is given.
/// </summary>
public sealed class HeatWaveServer : IAsyncDisposable
{
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromMinutes(10) };
    private readonly HeatWaveServerOptions _options;
    private readonly StatementTranslator _translator;
    private readonly MySqlFront _front;
    private LoadWorker? _worker;
    private Task _restarting = Task.CompletedTask;

    private HeatWaveServer(MySqlServer server, HeatWaveServerOptions options)
    {
        Server = server;
        _options = options;
        _translator = new StatementTranslator(options.Edition, server.Binary.IsMariaDb);
        Faults.Restart = outage => _restarting = Task.Run(() => GoDownForAsync(outage, CancellationToken.None));
        _front = new MySqlFront(server, _translator, options.Logger ?? NullLogger.Instance);
    }

    /// <summary>The server behind the front. Whoever connects to it directly finds no HeatWave there.</summary>
    public MySqlServer Server { get; }

    public HeatWaveEdition Edition => _options.Edition;

    public HeatWaveFaults Faults { get; } = new();

    /// <summary>Which tables were loaded, how often and how it ended.</summary>
    public LoadRecord Loads { get; } = new();

    public string Host => Server.Host;

    /// <summary>The front's port.</summary>
    public int Port => _front.Port;

    /// <summary>The administrator, whom the tests' own looks use.</summary>
    public string User => Server.User;

    public string Password => Server.Password;

    /// <summary>The user that loads: it has what <see cref="CreateLoaderAsync"/> granted and nothing else.</summary>
    public string LoaderUser { get; } = "loader";

    public string LoaderPassword { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>The CA for <c>HEATWAVE_CA_FILE</c>, or null without TLS.</summary>
    public string? CaFile => Server.CaFile;

    public Uri Endpoint => new($"mysql://{Host}:{Port}");

    /// <summary>For connections of tests and tools from this machine. Holds the password.</summary>
    public string ConnectionString
    {
        get
        {
            var builder = Server.ConnectionString();
            builder.Port = (uint)Port;
            return builder.ConnectionString;
        }
    }

    /// <exception cref="DatabaseServerException">The server does not start; the message says what to do.</exception>
    public static async Task<HeatWaveServer> StartAsync(HeatWaveServerOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var heatWave = new HeatWaveServer(await MySqlServer.StartAsync(options.Server with { Port = 0 }, cancellationToken), options);
        try
        {
            await using (var connection = await MySqlExtensions.OpenAsync(heatWave.WorkerConnection(), cancellationToken))
            {
                await HeatWaveSchema.InstallAsync(connection, options, heatWave.Server.Binary.IsMariaDb, cancellationToken);
            }

            await heatWave.StartWorkerAsync(cancellationToken);
            heatWave._front.Open(options.Server.Port);
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
        await using var connection = await MySqlExtensions.OpenAsync(WorkerConnection(), cancellationToken);
        // NO_BACKSLASH_ESCAPES or not: the patterns of a GRANT stand between backticks, where backslashes are plain.
        await connection.ExecuteAsync($"CREATE USER '{LoaderUser}'@'%' IDENTIFIED BY '{LoaderPassword}'{(CaFile is null ? "" : " REQUIRE SSL")}", cancellationToken);
        foreach (var statement in grants.ForStandIn(LoaderUser, targetSchemas, Edition.HasTaskApi))
        {
            await connection.ExecuteAsync(Server.Binary.IsMariaDb ? ForMariaDb(statement) : statement, cancellationToken);
        }
    }

    /// <summary>MariaDB's roles have no host, and it has another word for whose default one is.</summary>
    private static string ForMariaDb(string statement)
    {
        var role = $"`{TaskProcedures.Role}`@`%`";
        var isDefault = statement.StartsWith("SET DEFAULT ROLE", StringComparison.OrdinalIgnoreCase);
        return !statement.Contains(role, StringComparison.Ordinal)
            ? statement
            : statement.Replace($"{role} TO", $"{TaskProcedures.Role} {(isDefault ? "FOR" : "TO")}", StringComparison.Ordinal);
    }

    /// <summary>Gives the cluster another amount of memory; with little of it, loads end with error 6094.</summary>
    public Task SetMemoryAsync(long bytes, CancellationToken cancellationToken) => SetMemoryAsync(bytes, usedByOthers: 0, cancellationToken);

    /// <summary>The same, where others use a part of it.</summary>
    public async Task SetMemoryAsync(long bytes, long usedByOthers, CancellationToken cancellationToken)
    {
        await using var connection = await MySqlExtensions.OpenAsync(WorkerConnection(), cancellationToken);
        await connection.ExecuteAsync("UPDATE sys.sb_rapid_nodes SET memory_total=@p0, memory_base=@p1", cancellationToken, bytes, usedByOthers);
    }

    /// <summary>Sets the clock that users without administrative rights see, from their next connection on; it stands still during each.</summary>
    public async Task SetClockAsync(TimeSpan offset, CancellationToken cancellationToken)
    {
        await using var connection = await MySqlExtensions.OpenAsync(WorkerConnection(), cancellationToken);
        await connection.ExecuteAsync(
            "SET GLOBAL init_connect = @p0", cancellationToken, offset == TimeSpan.Zero ? "" : string.Create(CultureInfo.InvariantCulture, $"SET timestamp = UNIX_TIMESTAMP() + {(long)offset.TotalSeconds}"));
    }

    /// <summary>Brings the nodes back after <see cref="StopWorkerAsync"/>.</summary>
    public async Task StartWorkerAsync(CancellationToken cancellationToken)
    {
        _worker ??= new LoadWorker(WorkerConnection(), _options, Server.Binary.IsMariaDb, _translator, Faults, Loads, _http);
        await _worker.Ready.WaitAsync(TimeSpan.FromMinutes(5), cancellationToken);
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
    public async Task GoDownAsync(CancellationToken cancellationToken)
    {
        _front.Refuse();
        await Server.StopAsync(cancellationToken);
        await _front.CloseAsync();
    }

    /// <summary>The DB system comes back, with its data and, unless they were stopped, its nodes: whoever is let in finds them there.</summary>
    public async Task ComeBackAsync(CancellationToken cancellationToken)
    {
        await Server.StartAgainAsync(cancellationToken);
        await using (var connection = await MySqlExtensions.OpenAsync(WorkerConnection(), cancellationToken))
        {
            while (_worker is { HasEnded: false } && await connection.ScalarAsync("SELECT IS_USED_LOCK(@p0)", cancellationToken, HeatWaveSchema.WorkerLock) is null)
            {
                await Task.Delay(LoadWorker.Poll, cancellationToken);
            }
        }

        _front.Open(Port);
    }

    /// <summary>Down now, back after a while.</summary>
    public async Task GoDownForAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        await GoDownAsync(cancellationToken);
        await Task.Delay(duration, cancellationToken);
        await ComeBackAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _restarting.ContinueWith(static _ => { }, TaskScheduler.Default);
        await StopWorkerAsync();
        await _front.DisposeAsync();
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
