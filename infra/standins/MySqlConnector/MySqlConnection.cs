using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Driver = MySql.Data.MySqlClient;

namespace MySqlConnector;

/// <summary>A connection to a server.</summary>
[SuppressMessage("Usage", "CA2213", Justification = "The driver's connection is disposed of when its last command has ended, which may be after Dispose.")]
public sealed class MySqlConnection : DbConnection, ICloneable
{
    private static readonly TimeSpan FirstKillPause = TimeSpan.FromMilliseconds(500);

    private readonly MySqlDataSource? _dataSource;
    private MySqlConnectionStringBuilder _options;
    private string _connectionString;
    private Driver.MySqlConnection? _driver;
    private ConnectionState _state = ConnectionState.Closed;
    private bool _hasBeenOpened;

    public MySqlConnection()
        : this(null)
    {
    }

    public MySqlConnection(string? connectionString)
    {
        _connectionString = connectionString ?? "";
        _options = new MySqlConnectionStringBuilder(_connectionString);
    }

    internal MySqlConnection(MySqlDataSource dataSource, string connectionString)
        : this(connectionString) => _dataSource = dataSource;

    public event MySqlInfoMessageEventHandler? InfoMessage;

    [AllowNull]
    public override string ConnectionString
    {
        get => _hasBeenOpened && !_options.PersistSecurityInfo ? _options.WithoutPassword() : _connectionString;
        set
        {
            if (_state != ConnectionState.Closed)
                throw new InvalidOperationException("Cannot change the connection string on an open connection.");
            _connectionString = value ?? "";
            _options = new MySqlConnectionStringBuilder(_connectionString);
            _hasBeenOpened = false;
        }
    }

    public override string Database => _driver is { State: ConnectionState.Open } open ? open.Database : _options.Database;

    public override string DataSource => _options.Server;

    public override ConnectionState State => _state;

    public override string ServerVersion => OpenDriver.ServerVersion;

    /// <summary>The connection's id at the server, as <c>KILL</c> wants it.</summary>
    public int ServerThread => OpenDriver.ServerThread;

    public override int ConnectionTimeout => (int)_options.ConnectionTimeout;

    protected override DbProviderFactory DbProviderFactory => MySqlConnectorFactory.Instance;

    internal MySqlConnectionStringBuilder Options => _options;

    internal Driver.MySqlConnection OpenDriver => _driver is not null && _state == ConnectionState.Open
        ? _driver
        : throw new InvalidOperationException("Connection must be Open; current State is " + _state);

    /// <summary>The command whose results are being read. A connection has one at a time.</summary>
    internal QueryExecution? ActiveExecution { get; set; }

    internal MySqlTransaction? CurrentTransaction { get; set; }

    public static void ClearAllPools() => Driver.MySqlConnection.ClearAllPools();

    public static Task ClearAllPoolsAsync(CancellationToken cancellationToken = default) => Task.Run(ClearAllPools, cancellationToken);

    public static void ClearPool(MySqlConnection connection) => Driver.MySqlConnection.ClearPool(
        new Driver.MySqlConnection(DriverConnectionString.From(connection._options, connection._options.Pooling)));

    public override void Open() => OpenAsync(CancellationToken.None).GetAwaiter().GetResult();

    public override async Task OpenAsync(CancellationToken cancellationToken)
    {
        if (_state != ConnectionState.Closed)
            throw new InvalidOperationException("Cannot Open when State is " + _state + ".");
        cancellationToken.ThrowIfCancellationRequested();
        SetState(ConnectionState.Connecting);
        try
        {
            _driver = await ConnectAsync(_options, _options.Pooling, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            SetState(ConnectionState.Closed);
            if (DriverErrors.TranslateConnecting(e) is var translated && translated != e)
                throw translated;
            throw;
        }

        _driver.InfoMessage += OnInfoMessage;
        _hasBeenOpened = true;
        SetState(ConnectionState.Open);
    }

    public override void Close() => CloseAsync().GetAwaiter().GetResult();

    public override async Task CloseAsync()
    {
        if (ActiveExecution is { } execution)
            await execution.DrainAsync().ConfigureAwait(false);
        if (CurrentTransaction is { } transaction)
            await transaction.DisposeAsync().ConfigureAwait(false);
        if (_driver is { } driver)
        {
            _driver = null;
            driver.InfoMessage -= OnInfoMessage;
            await Task.Run(driver.Close).ConfigureAwait(false);
        }

        if (_state != ConnectionState.Closed)
            SetState(ConnectionState.Closed);
    }

    public override void ChangeDatabase(string databaseName) => ChangeDatabaseAsync(databaseName).GetAwaiter().GetResult();

    public override async Task ChangeDatabaseAsync(string databaseName, CancellationToken cancellationToken = default)
    {
        RequireIdle();
        var driver = OpenDriver;
        await RunAsync(() => driver.ChangeDatabase(databaseName), cancellationToken).ConfigureAwait(false);
    }

    public bool Ping() => PingAsync().GetAwaiter().GetResult();

    public async Task<bool> PingAsync(CancellationToken cancellationToken = default)
    {
        if (_driver is not { } driver || _state != ConnectionState.Open)
            return false;
        RequireIdle();
        cancellationToken.ThrowIfCancellationRequested();
        if (await Task.Run(driver.Ping, CancellationToken.None).ConfigureAwait(false))
            return true;
        Abandon();
        return false;
    }

    public new MySqlCommand CreateCommand() => new(null, this);

    public new MySqlTransaction BeginTransaction() => BeginTransactionAsync().AsTask().GetAwaiter().GetResult();

    public new MySqlTransaction BeginTransaction(IsolationLevel isolationLevel) =>
        BeginTransactionAsync(isolationLevel).AsTask().GetAwaiter().GetResult();

    public new ValueTask<MySqlTransaction> BeginTransactionAsync(CancellationToken cancellationToken = default) =>
        BeginTransactionAsync(IsolationLevel.Unspecified, cancellationToken);

    public new async ValueTask<MySqlTransaction> BeginTransactionAsync(
        IsolationLevel isolationLevel, CancellationToken cancellationToken = default)
    {
        RequireIdle();
        if (CurrentTransaction is not null)
            throw new InvalidOperationException("Transactions may not be nested.");
        var driver = OpenDriver;
        var level = isolationLevel == IsolationLevel.Unspecified ? IsolationLevel.RepeatableRead : isolationLevel;
        Driver.MySqlTransaction? inner = null;
        await RunAsync(() => inner = driver.BeginTransaction(level), cancellationToken).ConfigureAwait(false);
        return CurrentTransaction = new MySqlTransaction(this, inner!, isolationLevel);
    }

    public MySqlConnection Clone() =>
        _dataSource is null ? new MySqlConnection(_connectionString) : new MySqlConnection(_dataSource, _connectionString);

    object ICloneable.Clone() => Clone();

    public override async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Close();
        base.Dispose(disposing);
    }

    protected override DbCommand CreateDbCommand() => CreateCommand();

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => BeginTransaction(isolationLevel);

    protected override async ValueTask<DbTransaction> BeginDbTransactionAsync(
        IsolationLevel isolationLevel, CancellationToken cancellationToken) =>
        await BeginTransactionAsync(isolationLevel, cancellationToken).ConfigureAwait(false);

    internal void RequireIdle()
    {
        if (ActiveExecution is not null)
            throw new InvalidOperationException("This MySqlConnection is already in use. See https://fl.vu/mysql-conn-reuse");
    }

    /// <summary>Ends what the server is executing for this connection, from a second connection.</summary>
    internal async Task KillQueryAsync(int serverThread, CancellationToken cancellationToken)
    {
        var killer = await ConnectAsync(_options, pooling: false, cancellationToken).ConfigureAwait(false);
        try
        {
            var sql = string.Create(CultureInfo.InvariantCulture, $"KILL QUERY {serverThread}");
            await Task.Run(() => new Driver.MySqlCommand(sql, killer).ExecuteNonQuery(), CancellationToken.None)
                .WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await Task.Run(killer.Dispose, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// The same, until the answer to the query is there. A kill that comes to the server before its query does ends nothing,
    /// and is repeated after a pause that grows.
    /// </summary>
    internal async Task KillUntilAnsweredAsync(int serverThread, Task answer, CancellationToken cancellationToken)
    {
        for (var pause = FirstKillPause; ; pause *= 2)
        {
            await KillQueryAsync(serverThread, cancellationToken).ConfigureAwait(false);
            await Task.WhenAny(answer, Task.Delay(pause, cancellationToken)).ConfigureAwait(false);
            if (answer.IsCompleted)
            {
                await answer.ConfigureAwait(false);
                return;
            }

            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Gives the connection up: nobody waits for what the driver is still doing with it.</summary>
    internal void Abandon()
    {
        if (_driver is not { } driver)
            return;
        _driver = null;
        ActiveExecution = null;
        driver.InfoMessage -= OnInfoMessage;
        _ = Task.Run(driver.Dispose);
        SetState(ConnectionState.Broken);
    }

    /// <summary>Notices that an error took the connection with it.</summary>
    internal void NoticeLoss()
    {
        if (_driver is { State: not ConnectionState.Open })
            Abandon();
    }

    /// <summary>Runs a short call of the driver off the caller's thread.</summary>
    internal async Task RunAsync(Action work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            await Task.Run(work, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            NoticeLoss();
            if (DriverErrors.Translate(e) is var translated && translated != e)
                throw translated;
            throw;
        }
    }

    private static async Task<Driver.MySqlConnection> ConnectAsync(
        MySqlConnectionStringBuilder options, bool pooling, CancellationToken cancellationToken)
    {
        var driver = new Driver.MySqlConnection(DriverConnectionString.From(options, pooling));
        var opening = Task.Factory.StartNew(driver.Open, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            await opening.WaitAsync(cancellationToken).ConfigureAwait(false);
            return driver;
        }
        catch
        {
            // The driver cannot be told to stop connecting: whatever comes of it is closed when it ends.
            _ = opening.ContinueWith(
                ended =>
                {
                    _ = ended.Exception;
                    driver.Dispose();
                },
                CancellationToken.None,
                TaskContinuationOptions.None,
                TaskScheduler.Default);
            throw;
        }
    }

    private void SetState(ConnectionState state)
    {
        var before = _state;
        _state = state;
        if (before != state)
            OnStateChange(new StateChangeEventArgs(before, state));
    }

    private void OnInfoMessage(object sender, Driver.MySqlInfoMessageEventArgs args) =>
        InfoMessage?.Invoke(
            this, new MySqlInfoMessageEventArgs([.. args.errors.Select(e => new MySqlError(e.Level, e.Code, e.Message))]));
}
