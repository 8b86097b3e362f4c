using System.Data.Common;
using Microsoft.Extensions.Logging;

namespace MySqlConnector;

/// <summary>Where connections come from.</summary>
public sealed class MySqlDataSource : DbDataSource
{
    private readonly string _connectionString;

    public MySqlDataSource(string connectionString)
        : this(connectionString, null)
    {
    }

    internal MySqlDataSource(string connectionString, string? name)
    {
        _connectionString = new MySqlConnectionStringBuilder(connectionString).ConnectionString;
        Name = name;
    }

    public override string ConnectionString => new MySqlConnectionStringBuilder(_connectionString) is { PersistSecurityInfo: false } options
        ? options.WithoutPassword()
        : _connectionString;

    internal string? Name { get; }

    public new MySqlConnection CreateConnection() => new(this, _connectionString);

    public new MySqlConnection OpenConnection() => (MySqlConnection)base.OpenConnection();

    public new async ValueTask<MySqlConnection> OpenConnectionAsync(CancellationToken cancellationToken = default) =>
        (MySqlConnection)await base.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);

    protected override DbConnection CreateDbConnection() => CreateConnection();
}

/// <summary>Builds a <see cref="MySqlDataSource"/>.</summary>
public sealed class MySqlDataSourceBuilder(string? connectionString = null)
{
    private string? _name;

    public MySqlConnectionStringBuilder ConnectionStringBuilder { get; } = new(connectionString);

    /// <summary>The stand-in logs nothing.</summary>
    public MySqlDataSourceBuilder UseLoggerFactory(ILoggerFactory? loggerFactory)
    {
        _ = loggerFactory;
        return this;
    }

    public MySqlDataSourceBuilder UseName(string? name)
    {
        _name = name;
        return this;
    }

    public MySqlDataSource Build() => new(ConnectionStringBuilder.ConnectionString, _name);
}

/// <summary>Creates the provider's objects.</summary>
public sealed class MySqlConnectorFactory : DbProviderFactory
{
    public static readonly MySqlConnectorFactory Instance = new();

    private MySqlConnectorFactory()
    {
    }

    public override DbCommand CreateCommand() => new MySqlCommand();

    public override DbConnection CreateConnection() => new MySqlConnection();

    public override DbConnectionStringBuilder CreateConnectionStringBuilder() => new MySqlConnectionStringBuilder();

    public override DbParameter CreateParameter() => new MySqlParameter();
}
