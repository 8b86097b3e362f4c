using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MySqlConnector;
using SnapshotBridge.Local.Databases.Sql;

namespace SnapshotBridge.Local.Databases.HeatWave;

/// <summary>
/// HeatWave's nodes: takes the jobs that the procedure queues and works them off, one at a time. It outlives the server:
/// when its connection breaks it comes back, and ends what was left half done.
/// </summary>
internal sealed partial class LoadWorker : IAsyncDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(15);
    private static readonly TimeSpan Reconnect = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan Watch = TimeSpan.FromMilliseconds(250);

    private readonly string _connectionString;
    private readonly HeatWaveFaults _faults;
    private readonly HttpClient _http;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _running;

    public LoadWorker(string connectionString, HeatWaveFaults faults, HttpClient http, ILogger? logger)
    {
        _connectionString = connectionString;
        _faults = faults;
        _http = http;
        _logger = logger ?? NullLogger.Instance;
        _running = Task.Run(RunAsync);
    }

    /// <summary>Done when the worker has its lock for the first time.</summary>
    public Task Ready => _ready.Task;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await ServeAsync(_stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e) when (e is MySqlException or InvalidOperationException or IOException or ObjectDisposedException or OperationCanceledException)
            {
                // The server is down or was restarted: that is its affair, and the worker waits for it.
                LogDisconnected(_logger, e);
            }

            await Task.Delay(Reconnect, _stop.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
        }

        _ready.TrySetCanceled();
    }

    private async Task ServeAsync(CancellationToken cancellationToken)
    {
        await using var connection = await MySqlExtensions.OpenAsync(_connectionString, cancellationToken);
        await connection.ExecuteAsync("SET NAMES utf8mb4", cancellationToken);
        using var channel = new JobChannel(connection);
        while (!await channel.TryLockAsync(cancellationToken))
        {
            await Task.Delay(Reconnect, cancellationToken);
        }

        await channel.FailOrphansAsync(cancellationToken);
        _ready.TrySetResult();
        while (true)
        {
            if (await channel.TakeAsync(cancellationToken) is { } job)
            {
                await WorkAsync(channel, job.Id, job.ConnectionId, job.Input, job.Options, cancellationToken);
            }
            else
            {
                await Task.Delay(Poll, cancellationToken);
            }
        }
    }

    private async Task WorkAsync(JobChannel channel, long id, long connectionId, string? input, string? options, CancellationToken cancellationToken)
    {
        LoadRequest request;
        try
        {
            request = LoadRequest.Parse(input, options);
        }
        catch (ArgumentException e)
        {
            await channel.FailAsync(id, 1210, $"Incorrect arguments to heatwave_load: {e.Message}", cancellationToken);
            return;
        }

        if (request.Output == LoadOutput.Help)
        {
            await channel.BoxAsync(id, 1, HeatWaveSchema.HelpBox, LoadTexts.Help, cancellationToken);
            await channel.EndAsync(id, cancellationToken);
            return;
        }

        using var wanted = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var load = new LoadJob(channel, id, connectionId, request, _faults, _http, _connectionString).RunAsync(wanted.Token);
        try
        {
            while (await Task.WhenAny(load, Task.Delay(Watch, cancellationToken)) != load)
            {
                if (!await channel.IsWantedAsync(id, connectionId, cancellationToken))
                {
                    await wanted.CancelAsync();
                    break;
                }
            }

            await load;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The caller was killed or went away: HeatWave halts the load, and so did we.
            // A killed connection runs no handler that would say so itself.
            LogAbandoned(_logger, id);
            await channel.AbandonAsync(id, cancellationToken);
        }
        finally
        {
            await wanted.CancelAsync();
            await load.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The HeatWave worker lost its server or its job")]
    private static partial void LogDisconnected(ILogger logger, Exception exception);

    [LoggerMessage(2, LogLevel.Information, "The caller of HeatWave load {Job} is gone; the load was halted")]
    private static partial void LogAbandoned(ILogger logger, long job);
}
