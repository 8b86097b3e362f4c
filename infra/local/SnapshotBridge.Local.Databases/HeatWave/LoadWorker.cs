using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MySqlConnector;
using SnapshotBridge.Local.Databases.HeatWave.Declared;
using SnapshotBridge.Local.Databases.HeatWave.Front;
using SnapshotBridge.Local.Databases.HeatWave.Tasks;
using SnapshotBridge.Local.Databases.Sql;

namespace SnapshotBridge.Local.Databases.HeatWave;

/// <summary>
/// HeatWave's nodes: takes the jobs that the procedures queue and works them off, a few loads at a time. It outlives the server:
/// when its connection breaks it comes back, and ends what was left half done.
/// </summary>
internal sealed partial class LoadWorker : IAsyncDisposable
{
    /// <summary>The pause between two looks at the server.</summary>
    public static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(15);
    private static readonly TimeSpan Reconnect = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan Watch = TimeSpan.FromMilliseconds(250);

    private readonly string _connectionString;
    private readonly HeatWaveServerOptions _options;
    private readonly bool _isMariaDb;
    private readonly StatementTranslator _translator;
    private readonly HeatWaveFaults _faults;
    private readonly LoadRecord _record;
    private readonly HttpClient _http;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _running;

    public LoadWorker(string connectionString, HeatWaveServerOptions options, bool isMariaDb, StatementTranslator translator, HeatWaveFaults faults, LoadRecord record, HttpClient http)
    {
        _connectionString = connectionString;
        _options = options;
        _isMariaDb = isMariaDb;
        _translator = translator;
        _faults = faults;
        _record = record;
        _http = http;
        _logger = options.Logger ?? NullLogger.Instance;
        _running = Task.Run(RunAsync);
    }

    /// <summary>Done when the worker has its lock for the first time.</summary>
    public Task Ready => _ready.Task;

    /// <summary>True when it will not come back to its server any more.</summary>
    public bool HasEnded => _running.IsCompleted;

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
        using var channel = new JobChannel(connection, _isMariaDb);
        while (!await channel.TryLockAsync(cancellationToken))
        {
            await Task.Delay(Reconnect, cancellationToken);
        }

        await channel.FailOrphansAsync(cancellationToken);
        await new RapidCatalogue(channel).ForgetInterruptedAsync(cancellationToken);
        _ready.TrySetResult();
        using var broken = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var jobs = new List<(Job Job, Task Work)>();
        try
        {
            while (true)
            {
                foreach (var ended in jobs.Where(job => job.Work.IsCompleted).ToList())
                {
                    jobs.Remove(ended);
                    await ended.Work;
                }

                if (await channel.TakeAsync(jobs.Count(job => job.Job.IsLoad) < _options.ParallelLoads, cancellationToken) is { } job)
                {
                    jobs.Add((job, WorkAsync(channel, job, broken.Token)));
                }
                else
                {
                    await Task.Delay(Poll, cancellationToken);
                }
            }
        }
        finally
        {
            await broken.CancelAsync();
            await Task.WhenAll(jobs.Select(job => job.Work)).ContinueWith(static _ => { }, TaskScheduler.Default);
        }
    }

    private async Task WorkAsync(JobChannel channel, Job job, CancellationToken cancellationToken)
    {
        switch (job.Kind)
        {
            case JobProcedures.Translate:
                await TranslateAsync(channel, job, cancellationToken);
                break;
            case JobProcedures.Load:
                await WatchAsync(channel, job, token => DeclaredLoadAsync(channel, job, token), cancellationToken);
                break;
            case JobProcedures.Unload:
                await UnloadAsync(channel, job, cancellationToken);
                break;
            case TaskJobs.Start:
                await QuickAsync(channel, job, token => TaskJobs.StartAsync(channel, job, _translator, token), cancellationToken);
                break;
            case TaskJobs.Kill:
                await QuickAsync(channel, job, token => TaskJobs.KillAsync(channel, job, token), cancellationToken);
                break;
            default:
                await CallAsync(channel, job, cancellationToken);
                break;
        }
    }

    private async Task TranslateAsync(JobChannel channel, Job job, CancellationToken cancellationToken)
    {
        try
        {
            await channel.EndAsync(job.Id, _translator.Translate(job.Input ?? ""), [], cancellationToken);
        }
        catch (StatementRejectedException e)
        {
            await channel.FailAsync(job.Id, e.Number, e.Message, cancellationToken);
        }
    }

    /// <summary>What the server says of the work is the job's error.</summary>
    private static async Task QuickAsync(JobChannel channel, Job job, Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        try
        {
            await work(cancellationToken);
            await channel.EndAsync(job.Id, null, [], cancellationToken);
        }
        catch (StatementRejectedException e)
        {
            await channel.FailAsync(job.Id, e.Number, e.Message, cancellationToken);
        }
        catch (MySqlException e) when (e.Number > 0)
        {
            await channel.FailAsync(job.Id, e.Number, e.Message, cancellationToken);
        }
    }

    private async Task DeclaredLoadAsync(JobChannel channel, Job job, CancellationToken cancellationToken)
    {
        var load = new DeclaredLoad(channel, _options, _faults, _record, _http, _connectionString);
        try
        {
            await channel.EndAsync(job.Id, null, await load.RunAsync(DeclaredLoadRequest.Parse(job), cancellationToken), cancellationToken);
        }
        catch (LakehouseException e)
        {
            await channel.FailAsync(job.Id, _options.Edition.NumberOf(e), e.Message, cancellationToken);
        }
    }

    private async Task UnloadAsync(JobChannel channel, Job job, CancellationToken cancellationToken)
    {
        try
        {
            await new RapidCatalogue(channel).UnloadAsync(DeclaredLoadRequest.Parse(job), cancellationToken);
            await channel.EndAsync(job.Id, null, [], cancellationToken);
        }
        catch (LakehouseException e)
        {
            await channel.FailAsync(job.Id, _options.Edition.NumberOf(e), e.Message, cancellationToken);
        }
    }

    private async Task CallAsync(JobChannel channel, Job job, CancellationToken cancellationToken)
    {
        LoadRequest request;
        try
        {
            request = LoadRequest.Parse(job.Input, job.Options, _options.Edition);
        }
        catch (ArgumentException e)
        {
            await channel.FailAsync(job.Id, 1210, $"Incorrect arguments to heatwave_load: {e.Message}", cancellationToken);
            return;
        }

        if (request.Output == LoadOutput.Help)
        {
            await channel.BoxAsync(job.Id, 1, HeatWaveSchema.HelpBox, LoadTexts.Help, cancellationToken);
            await channel.EndAsync(job.Id, cancellationToken);
            return;
        }

        await WatchAsync(
            channel, job, token => new LoadJob(channel, job.Id, job.ConnectionId, request, _options, _faults, _record, _http, _connectionString).RunAsync(token), cancellationToken);
    }

    /// <summary>Works as long as the caller waits.</summary>
    private async Task WatchAsync(JobChannel channel, Job job, Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        using var wanted = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var load = work(wanted.Token);
        try
        {
            while (await Task.WhenAny(load, Task.Delay(Watch, cancellationToken)) != load)
            {
                if (!await channel.IsWantedAsync(job.Id, job.ConnectionId, cancellationToken))
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
            LogAbandoned(_logger, job.Id);
            await channel.AbandonAsync(job.Id, cancellationToken);
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
