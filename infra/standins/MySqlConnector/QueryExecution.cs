using System.Data;
using System.Diagnostics;
using System.Threading.Channels;
using Driver = MySql.Data.MySqlClient;

namespace MySqlConnector;

/// <summary>The beginning of a result set.</summary>
internal sealed record ResultSetStarted(IReadOnlyList<Column> Columns, bool HasRows);

/// <summary>The end of a result set.</summary>
internal sealed record ResultSetEnded;

/// <summary>The end of the last result set.</summary>
internal sealed record ExecutionEnded(int RecordsAffected, long LastInsertedId);

/// <summary>The end by an error.</summary>
internal sealed record ExecutionFailed(Exception Error);

/// <summary>
/// One command being executed: the driver's synchronous calls run on a thread of their own and send what they read through a short
/// channel. The driver's asynchronous calls hang for ever once its command timeout fires, and it ignores cancellation: here both
/// kill the query from a second connection, and the answer to that ends the wait.
/// </summary>
internal sealed class QueryExecution(
    MySqlConnection connection, Driver.MySqlCommand command, CommandBehavior behavior, int timeoutSeconds, Action afterResults)
{
    private const int ChannelCapacity = 1024;

    private readonly Channel<object> _channel = Channel.CreateBounded<object>(
        new BoundedChannelOptions(ChannelCapacity) { SingleReader = true, SingleWriter = true });

    private readonly int _serverThread = connection.OpenDriver.ServerThread;
    private Task _thread = Task.CompletedTask;
    private TimeSpan _waited;
    private volatile bool _discard;

    /// <summary>Whether the last message has been read, or the connection was given up.</summary>
    public bool Ended { get; private set; }

    public void Start()
    {
        connection.ActiveExecution = this;
        _thread = Task.Factory.StartNew(Execute, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>The next message: a row is an <c>object[]</c>, the last message an <see cref="ExecutionEnded"/>. An error is thrown.</summary>
    public ValueTask<object> NextAsync(CancellationToken cancellationToken)
    {
        // What has arrived costs no wait; only waiting is cancelled and counted.
        return !cancellationToken.IsCancellationRequested && _channel.Reader.TryRead(out var message)
            ? ValueTask.FromResult(Accept(message, null))
            : new ValueTask<object>(WaitAsync(cancellationToken));
    }

    /// <summary>Reads to the end without looking, so that the connection is free again.</summary>
    public async Task DrainAsync()
    {
        _discard = true;
        try
        {
            while (!Ended)
                await NextAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (MySqlException e) when (e.ErrorCode is MySqlErrorCode.QueryInterrupted)
        {
            // Asked for: what was left of the results is gone, which is what draining is for.
        }
    }

    private async Task<object> WaitAsync(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (timeoutSeconds > 0)
        {
            var left = TimeSpan.FromSeconds(timeoutSeconds) - _waited;
            stop.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        }

        try
        {
            await _channel.Reader.WaitToReadAsync(stop.Token).ConfigureAwait(false);
            _waited += Stopwatch.GetElapsedTime(started);
            _channel.Reader.TryRead(out var message);
            return Accept(message!, null);
        }
        catch (OperationCanceledException interruption) when (stop.IsCancellationRequested)
        {
            return await InterruptAsync(interruption, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Kills the query and takes the server's answer to that, which may be that it had finished.</summary>
    private async Task<object> InterruptAsync(OperationCanceledException interruption, CancellationToken cancellationToken)
    {
        Func<Exception?, Exception> reason = cancellationToken.IsCancellationRequested
            ? inner => new OperationCanceledException("The command was cancelled.", inner ?? interruption, cancellationToken)
            : MySqlException.ForTimeout;

        var grace = connection.Options.CancellationTimeout;
        using var patience = new CancellationTokenSource(grace < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(grace));
        try
        {
            await connection.KillUntilAnsweredAsync(_serverThread, _channel.Reader.WaitToReadAsync(patience.Token).AsTask(), patience.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // The server does not answer, or not to us: the connection cannot be used again.
            Abandon();
            throw reason(e);
        }

        _channel.Reader.TryRead(out var message);
        return Accept(message!, reason);
    }

    private object Accept(object message, Func<Exception?, Exception>? reason)
    {
        switch (message)
        {
            case ExecutionFailed failure:
                Finish();
                var error = DriverErrors.Translate(failure.Error);
                connection.NoticeLoss();
                throw reason is null ? error : reason(error);
            case ExecutionEnded:
                Finish();
                return message;
            default:
                return message;
        }
    }

    private void Finish()
    {
        Ended = true;
        if (connection.ActiveExecution == this)
            connection.ActiveExecution = null;
    }

    private void Abandon()
    {
        _discard = true;
        Ended = true;
        connection.Abandon();

        // Frees the thread should it wait for room in the channel; the driver's own call ends with its connection.
        while (_channel.Reader.TryRead(out _))
        {
        }

        _ = _thread.ContinueWith(t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    private void Execute()
    {
        try
        {
            int recordsAffected;
            using (var reader = command.ExecuteReader(behavior & CommandBehavior.SchemaOnly))
            {
                do
                {
                    if (reader.FieldCount == 0)
                        continue;
                    var columns = Column.Of(reader, connection.Options);
                    Send(new ResultSetStarted(columns, reader.HasRows));
                    while (reader.Read())
                    {
                        if (!_discard)
                            Send(Column.ReadRow(reader, columns));
                    }

                    Send(new ResultSetEnded());
                }
                while (reader.NextResult());
                reader.Close();
                recordsAffected = reader.RecordsAffected;
            }

            afterResults();
            Send(new ExecutionEnded(recordsAffected, command.LastInsertedId));
        }
        catch (Exception e)
        {
            Send(new ExecutionFailed(e));
        }
    }

    private void Send(object message)
    {
        while (!_channel.Writer.TryWrite(message))
        {
            // This thread belongs to the execution: nothing else waits for it.
            _channel.Writer.WaitToWriteAsync().AsTask().GetAwaiter().GetResult();
        }
    }
}
