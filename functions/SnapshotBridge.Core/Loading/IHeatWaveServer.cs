using System.Globalization;

namespace SnapshotBridge.Loading;

/// <summary>The HeatWave server that tables are loaded into.</summary>
public interface IHeatWaveServer
{
    /// <summary>A new connection of its own, with <see cref="LedgerSql.SessionSettings"/> applied; disposing it closes it and gives its locks back.</summary>
    /// <exception cref="HeatWaveUnavailableException">No connection could be made.</exception>
    /// <exception cref="HeatWaveAccessDeniedException">User or password were refused.</exception>
    /// <exception cref="HeatWaveTlsException">The server's certificate is not trusted.</exception>
    Task<IHeatWaveSession> OpenAsync(CancellationToken cancellationToken);
}

/// <summary>
/// One connection. Failures come as <see cref="HeatWaveUnavailableException"/>, <see cref="HeatWaveGrantMissingException"/>
/// or <see cref="HeatWaveStatementException"/>, all texts without PAR tokens. Statements have no time limit of their own.
/// </summary>
public interface IHeatWaveSession : IAsyncDisposable
{
    /// <summary>Host and port, for messages.</summary>
    string Server { get; }

    /// <summary>The user, for messages.</summary>
    string User { get; }

    /// <summary>Runs a statement and reads everything that it answers; an error after the first result set is raised too.</summary>
    /// <param name="statement">The statement and its parameters.</param>
    /// <param name="action">What it is for, as the end of "could not …".</param>
    /// <param name="cancellationToken">Interrupts the statement on the server.</param>
    /// <returns>The number of rows changed.</returns>
    Task<int> ExecuteAsync(Sql statement, string action, CancellationToken cancellationToken);

    /// <summary>Runs a query and returns the rows of its first result set.</summary>
    Task<IReadOnlyList<SqlRow>> QueryAsync(Sql statement, string action, CancellationToken cancellationToken);
}

/// <summary>A statement with named parameters, written <c>@name</c> in the text.</summary>
public sealed record Sql(string Text, params (string Name, object? Value)[] Parameters);

/// <summary>One row of an answer.</summary>
public sealed class SqlRow(params object?[] values)
{
    public string? Text(int column) => Value(column) switch
    {
        null => null,
        byte[] bytes => System.Text.Encoding.UTF8.GetString(bytes),
        var value => Convert.ToString(value, CultureInfo.InvariantCulture),
    };

    public long? Number(int column) => Value(column) switch
    {
        null => null,
        byte[] bytes => long.Parse(bytes, CultureInfo.InvariantCulture),
        var value => Convert.ToInt64(value, CultureInfo.InvariantCulture),
    };

    public double? Fraction(int column) => Value(column) is { } value ? Convert.ToDouble(value, CultureInfo.InvariantCulture) : null;

    private object? Value(int column) => values[column] is DBNull ? null : values[column];
}
