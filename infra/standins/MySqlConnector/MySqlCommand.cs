using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Driver = MySql.Data.MySqlClient;

namespace MySqlConnector;

/// <summary>A statement, or several, to be executed.</summary>
public sealed partial class MySqlCommand : DbCommand, ICloneable
{
    private string _commandText = "";
    private int? _commandTimeout;
    private MySqlConnection? _connection;

    public MySqlCommand()
        : this(null, null, null)
    {
    }

    public MySqlCommand(string? commandText)
        : this(commandText, null, null)
    {
    }

    public MySqlCommand(MySqlConnection? connection, MySqlTransaction? transaction)
        : this(null, connection, transaction)
    {
    }

    public MySqlCommand(string? commandText, MySqlConnection? connection)
        : this(commandText, connection, null)
    {
    }

    public MySqlCommand(string? commandText, MySqlConnection? connection, MySqlTransaction? transaction)
    {
        CommandText = commandText;
        _connection = connection;
        Transaction = transaction;
    }

    [AllowNull]
    public override string CommandText { get => _commandText; set => _commandText = value ?? ""; }

    /// <summary>Seconds; 0 is without end. When it has passed, the query is killed and the exception is <c>CommandTimeoutExpired</c>.</summary>
    public override int CommandTimeout
    {
        get => _commandTimeout ?? (int)(Connection?.Options.DefaultCommandTimeout ?? 0);
        set => _commandTimeout = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), "CommandTimeout must be greater than or equal to zero.");
    }

    public override CommandType CommandType { get; set; } = CommandType.Text;

    public override bool DesignTimeVisible { get; set; }

    public override UpdateRowSource UpdatedRowSource { get; set; }

    public new MySqlConnection? Connection { get => _connection; set => _connection = value; }

    public new MySqlTransaction? Transaction { get; set; }

    public new MySqlParameterCollection Parameters { get; } = [];

    public long LastInsertedId { get; internal set; }

    /// <summary>Statements are sent as text here: the driver underneath differs in what it can prepare.</summary>
    public bool IsPrepared { get; private set; }

    protected override DbConnection? DbConnection { get => Connection; set => Connection = (MySqlConnection?)value; }

    protected override DbParameterCollection DbParameterCollection => Parameters;

    protected override DbTransaction? DbTransaction { get => Transaction; set => Transaction = (MySqlTransaction?)value; }

    public new MySqlParameter CreateParameter() => new();

    public override void Prepare()
    {
        _ = OpenConnection();
        if (CommandText.Length == 0)
            throw new InvalidOperationException("CommandText must be specified");
        IsPrepared = true;
    }

    public override Task PrepareAsync(CancellationToken cancellationToken = default)
    {
        Prepare();
        return Task.CompletedTask;
    }

    public override void Cancel()
    {
        if (Connection is { State: ConnectionState.Open, ActiveExecution: not null } connection)
            connection.KillQueryAsync(connection.ServerThread, CancellationToken.None).GetAwaiter().GetResult();
    }

    public override int ExecuteNonQuery() => ExecuteNonQueryAsync(CancellationToken.None).GetAwaiter().GetResult();

    public override async Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken)
    {
        var reader = await ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            await ReadAllAsync(reader, cancellationToken).ConfigureAwait(false);
            return reader.RecordsAffected;
        }
    }

    public override object? ExecuteScalar() => ExecuteScalarAsync(CancellationToken.None).GetAwaiter().GetResult();

    public override async Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken)
    {
        var reader = await ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            object? result = null;
            if (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                result = reader.GetValue(0);

            // An error after the first result set is an error of the command.
            await ReadAllAsync(reader, cancellationToken).ConfigureAwait(false);
            return result;
        }
    }

    public new MySqlDataReader ExecuteReader() => ExecuteReaderAsync().GetAwaiter().GetResult();

    public new MySqlDataReader ExecuteReader(CommandBehavior commandBehavior) =>
        ExecuteReaderAsync(commandBehavior).GetAwaiter().GetResult();

    public new Task<MySqlDataReader> ExecuteReaderAsync(CancellationToken cancellationToken = default) =>
        ExecuteReaderAsync(CommandBehavior.Default, cancellationToken);

    public new async Task<MySqlDataReader> ExecuteReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken = default)
    {
        var connection = OpenConnection();
        if (string.IsNullOrWhiteSpace(CommandText))
            throw new InvalidOperationException("CommandText must be specified");
        connection.RequireIdle();
        if (Transaction != connection.CurrentTransaction)
        {
            throw new InvalidOperationException(
                Transaction is null
                    ? "The transaction associated with this command is not the connection's active transaction; see https://fl.vu/mysql-trans"
                    : "The transaction used is not the connection's active transaction.");
        }

        if (CommandType == CommandType.Text && !connection.Options.AllowUserVariables)
            StatementVariables.RequireDefined(CommandText, Parameters);
        if (connection.Options.SslMode < MySqlSslMode.VerifyCA && LoadsALocalFile().IsMatch(CommandText))
        {
            // The package sends a file only to a server that it has verified, for a server can ask for any other file instead.
            throw new MySqlException(
                MySqlErrorCode.None,
                "Error during LOAD DATA LOCAL INFILE",
                new NotSupportedException("Use SourceStream or SslMode >= VerifyCA for LOAD DATA LOCAL INFILE. See https://mysqlconnector.net/load-data"));
        }

        cancellationToken.ThrowIfCancellationRequested();

        var driver = new Driver.MySqlCommand(CommandText, connection.OpenDriver) { CommandType = CommandType, CommandTimeout = 0 };
        foreach (MySqlParameter parameter in Parameters)
            driver.Parameters.Add(parameter.ToDriver());

        var execution = new QueryExecution(connection, driver, behavior, CommandTimeout, () => TakeOutputs(driver));
        return await MySqlDataReader.StartAsync(this, execution, behavior, cancellationToken).ConfigureAwait(false);
    }

    public MySqlCommand Clone()
    {
        var copy = new MySqlCommand(CommandText, Connection, Transaction) { CommandType = CommandType, _commandTimeout = _commandTimeout };
        foreach (MySqlParameter parameter in Parameters)
            copy.Parameters.Add(parameter.Clone());
        return copy;
    }

    object ICloneable.Clone() => Clone();

    protected override DbParameter CreateDbParameter() => CreateParameter();

    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => ExecuteReader(behavior);

    protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken) =>
        await ExecuteReaderAsync(behavior, cancellationToken).ConfigureAwait(false);

    private static async Task ReadAllAsync(MySqlDataReader reader, CancellationToken cancellationToken)
    {
        do
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
            }
        }
        while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false));
    }

    private MySqlConnection OpenConnection()
    {
        if (Connection is not { } connection)
            throw new InvalidOperationException("Connection property must be non-null.");
        return connection.State == ConnectionState.Open
            ? connection
            : throw new InvalidOperationException("Connection must be Open; current State is " + connection.State);
    }

    [GeneratedRegex(@"^\s*LOAD\s+(DATA|XML)\s+((LOW_PRIORITY|CONCURRENT)\s+)?LOCAL\b", RegexOptions.IgnoreCase)]
    private static partial Regex LoadsALocalFile();

    private void TakeOutputs(Driver.MySqlCommand driver)
    {
        for (var i = 0; i < Parameters.Count; i++)
        {
            if (Parameters[i].Direction != ParameterDirection.Input)
                Parameters[i].Value = driver.Parameters[i].Value;
        }
    }
}
