namespace MySqlConnector;

/// <summary>One long call of the driver that is not a query: on its own thread, ended by killing it at the server.</summary>
internal static class DriverCall
{
    public static async Task<T> RunAsync<T>(
        MySqlConnection connection, Func<T> call, int timeoutSeconds, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var serverThread = connection.ServerThread;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (timeoutSeconds > 0)
            stop.CancelAfter(TimeSpan.FromSeconds(timeoutSeconds));

        var running = Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            return await running.WaitAsync(stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            try
            {
                await connection.KillUntilAnsweredAsync(serverThread, running, CancellationToken.None).ConfigureAwait(false);
                return await running.ConfigureAwait(false);
            }
            catch (Exception e)
            {
                connection.NoticeLoss();
                var error = DriverErrors.Translate(e);
                throw cancellationToken.IsCancellationRequested
                    ? new OperationCanceledException("The command was cancelled.", error, cancellationToken)
                    : MySqlException.ForTimeout(error);
            }
        }
        catch (Exception e)
        {
            connection.NoticeLoss();
            if (DriverErrors.Translate(e) is var translated && translated != e)
                throw translated;
            throw;
        }
    }
}
