using System.Data;
using System.Data.Common;
using Driver = MySql.Data.MySqlClient;

namespace MySqlConnector;

/// <summary>A transaction. Rolled back when it is disposed of before it was committed.</summary>
public sealed class MySqlTransaction : DbTransaction
{
    private readonly Driver.MySqlTransaction _driver;

    internal MySqlTransaction(MySqlConnection connection, Driver.MySqlTransaction driver, IsolationLevel isolationLevel)
    {
        Connection = connection;
        _driver = driver;
        IsolationLevel = isolationLevel;
    }

    public new MySqlConnection? Connection { get; private set; }

    public override IsolationLevel IsolationLevel { get; }

    protected override DbConnection? DbConnection => Connection;

    public override void Commit() => CommitAsync().GetAwaiter().GetResult();

    public override Task CommitAsync(CancellationToken cancellationToken = default) => EndAsync(_driver.Commit, cancellationToken);

    public override void Rollback() => RollbackAsync().GetAwaiter().GetResult();

    public override Task RollbackAsync(CancellationToken cancellationToken = default) => EndAsync(_driver.Rollback, cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        if (Connection is { State: ConnectionState.Open, ActiveExecution: null })
            await RollbackAsync().ConfigureAwait(false);
        else
            Forget();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && Connection is { State: ConnectionState.Open, ActiveExecution: null })
            Rollback();
        Forget();
        base.Dispose(disposing);
    }

    private async Task EndAsync(Action end, CancellationToken cancellationToken)
    {
        var connection = Connection ?? throw new InvalidOperationException("Already committed or rolled back.");
        connection.RequireIdle();
        await connection.RunAsync(end, cancellationToken).ConfigureAwait(false);
        Forget();
    }

    private void Forget()
    {
        if (Connection?.CurrentTransaction == this)
            Connection.CurrentTransaction = null;
        Connection = null;
    }
}
