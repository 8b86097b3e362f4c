using Microsoft.Extensions.Logging;
using SnapshotBridge.Announcing;
using SnapshotBridge.Errors;
using SnapshotBridge.Loading;
using SnapshotBridge.Metrics;
using SnapshotBridge.Reporting;
using SnapshotBridge.TestKit;
using SnapshotBridge.TestKit.Metrics;
using Xunit;

namespace SnapshotBridge.Core.Tests.Announcing;

public sealed class RunAnnouncementsTests
{
    private readonly RecordedMetrics _metrics = new();
    private readonly Announcer _announcer = new();
    private readonly Lines _log = new();
    private readonly ManualTime _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AnnounceAsync_Taken_GivesTheIdThatIsKept()
    {
        var id = await AnnounceAsync(State());

        Assert.Equal(Assert.Single(_announcer.Told).Id, id);
        Assert.Equal(0, _metrics.Sum(BridgeMetrics.AnnouncementsFailed));
    }

    [Fact]
    public async Task AnnounceAsync_ToldBefore_DoesNotTellAgain()
    {
        var id = await AnnounceAsync(State());

        Assert.Equal(id, await AnnounceAsync(State() with { Announced = id, RunId = "attempt-2" }));
        Assert.Single(_announcer.Told);
    }

    [Fact]
    public async Task AnnounceAsync_Refused_IsLoudAndNoFailure()
    {
        _announcer.Failure = new AwsAccessDeniedException("events:PutEvents", "event bus 'default'", "no https://h/p/SECRETTOKEN/n/x/b/y");

        Assert.Null(await AnnounceAsync(State()));

        Assert.Equal(1, _metrics.Sum(BridgeMetrics.AnnouncementsFailed));
        var line = Assert.Single(_log.Errors);
        Assert.Contains("run-1", line, StringComparison.Ordinal);
        Assert.Contains("events:PutEvents", line, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRETTOKEN", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnnounceAsync_NoAnswer_EndsAfterItsTime()
    {
        _announcer.Hangs = true;
        var announced = AnnounceAsync(State());

        _time.Advance(RunAnnouncements.Patience);

        Assert.Null(await announced);
        Assert.Contains("no answer within 20 s", Assert.Single(_log.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnnounceAsync_InvocationEnds_IsNoFailedAnnouncement()
    {
        _announcer.Hangs = true;
        using var end = new CancellationTokenSource();
        var announced = AnnounceAsync(State(), end.Token);

        await end.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => announced);
        Assert.Empty(_metrics.Records);
    }

    private Task<string?> AnnounceAsync(LoadState state, CancellationToken? token = null) =>
        new RunAnnouncements(_announcer, "exports", _time, _log, _metrics).AnnounceAsync(Report(), state, token ?? Token);

    private static LoadState State() => new()
    {
        ExportTaskId = "task-1", RunId = "attempt-1", Attempt = 1, PassedGate = [], ServerVersion = "9.4.1", Carrier = LoadCarrier.Event, Tables = [],
    };

    private static RunReport Report() => new()
    {
        ExecutionName = "run-1", ExportTaskId = "task-1", SourceArn = "arn", Succeeded = true, StartedAt = DateTimeOffset.UnixEpoch, FinishedAt = DateTimeOffset.UnixEpoch,
        ServerVersion = "9.4.1", Tables = [], Totals = new ReportTotals { Loaded = 0, Empty = 0, Skipped = 0, Failed = 0, Rows = 0, Objects = 0, Bytes = 0 },
    };

    private sealed class Announcer : IRunAnnouncer
    {
        public List<RunCompletion> Told { get; } = [];

        public BridgeException? Failure { get; set; }

        public bool Hangs { get; set; }

        public async Task AnnounceAsync(RunCompletion completion, CancellationToken cancellationToken)
        {
            if (Hangs)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            }

            if (Failure is not null)
            {
                throw Failure;
            }

            Told.Add(completion);
        }

        public Task RehearseAsync(string id, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class Lines : ILogger
    {
        public List<string> Errors { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel == LogLevel.Error)
            {
                Errors.Add(formatter(state, exception));
            }
        }
    }
}
