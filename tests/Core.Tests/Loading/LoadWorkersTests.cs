using Microsoft.Extensions.Logging.Abstractions;
using SnapshotBridge.Copying;
using SnapshotBridge.Errors;
using SnapshotBridge.Loading;
using SnapshotBridge.Requests;
using SnapshotBridge.Storage;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading;

/// <summary>Who carries the loads, and which files a PAR is asked for.</summary>
public sealed class LoadWorkersTests : IAsyncDisposable
{
    private static readonly QueueLook Waiting = new(Queued: 100, Running: 0, Ended: 0, Other: 0, Orphans: 0, Live: 0);

    private readonly ScriptedServer _server = new();
    private readonly ListedRequests _requests = new();
    private readonly MemoryDocuments _documents = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1577, "Cannot proceed, because event scheduler is disabled")]
    [InlineData(1545, "Failed to open mysql.event")]
    public async Task Start_ServerThatTakesNoEvents_LoadsOnTheConnectionAndKeepsTheReason(int number, string said)
    {
        _server.Refusal = new HeatWaveStatementException(number, "create an event", said);

        var (state, _) = await StartAsync(LoadMode.Auto);

        Assert.Equal((LoadCarrier.Connection, $"not as events of the server: error {number}: {said}"), (state.Carrier, Assert.Single(state.CarrierReasons)));
        Assert.Equal(state.CarrierReasons, (await _documents.ReadAsync(BridgeLayout.Load("task"), LoadingJson.Default.LoadState, Token))!.CarrierReasons);
        Assert.Contains(_server.Statements, statement => statement.StartsWith("DELETE FROM `snapshotbridge`.`queue_workers`", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_UserWhoMayNotCreateEvents_LoadsOnTheConnectionAndKeepsTheReason()
    {
        _server.Refusal = new HeatWaveGrantMissingException(1044, "loader", "create an event", "Access denied");

        Assert.Equal(["not as events of the server: error 1044: Access denied"], (await StartAsync(LoadMode.Auto)).State.CarrierReasons);
    }

    [Fact]
    public async Task Start_ErrorThatSaysNothingAboutEvents_IsNotSwallowed()
    {
        _server.Refusal = new HeatWaveStatementException(1064, "create an event", "You have an error in your SQL syntax");

        Assert.Equal(1064, (await Assert.ThrowsAsync<HeatWaveStatementException>(() => StartAsync(LoadMode.Auto))).Number);
    }

    [Fact]
    public async Task Start_ModeEventAndNoEvents_SaysSo()
    {
        _server.Refusal = new HeatWaveStatementException(1577, "create an event", "disabled");

        Assert.Contains("1577", (await Assert.ThrowsAsync<EventSchedulerOffException>(() => StartAsync(LoadMode.Event))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 100)]
    [InlineData(3, 50)]
    public async Task Start_LaterParOfAnAttempt_ListsOnlyWhatIsLoadedNext(int earlierWorkers, int listed)
    {
        _server.EarlierWorkers = earlierWorkers;

        var (state, _) = await StartAsync(LoadMode.Auto);

        Assert.Equal(LoadCarrier.Event, state.Carrier);
        Assert.Equal(listed, _requests.Listed.Count);
        Assert.Equal(2, _server.Statements.Count(statement => statement.StartsWith("CREATE EVENT", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Start_AsManyWorkersAsWanted_AsksNothing()
    {
        Assert.False((await StartAsync(LoadMode.Auto, Waiting with { Live = 2 })).Moved);

        Assert.Empty(_server.Statements);
    }

    [Fact]
    public async Task Start_OneWorkerGone_StartsOneMoreAndLeavesTheOthersPar()
    {
        (_server.EarlierWorkers, _server.LiveWorkers) = (2, 1);
        _requests.Add("snapshotbridge.task.run.1.0");
        _requests.Add("snapshotbridge.task.run.0.9");

        await StartAsync(LoadMode.Auto, Waiting with { Live = 1 });

        Assert.Single(_server.Statements, statement => statement.StartsWith("CREATE EVENT", StringComparison.Ordinal));
        Assert.Equal(["snapshotbridge.task.run.1.0", "snapshotbridge.task.run.1.2"], _requests.Names);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task<(LoadState State, bool Moved)> StartAsync(LoadMode mode, QueueLook? look = null)
    {
        CopiedObject[] copied = [.. Enumerable.Range(0, 100).Select(table => LoadSamples.Copied(table, $"run1/s/s.t{table}/part", 1, 1))];
        var plan = LoadSamples.PlanOf([.. Enumerable.Range(0, 100).Select(table => LoadSamples.Table("s", $"t{table}", 1, 1) with { DestinationPrefix = $"run1/s/s.t{table}/" })]);
        _requests.Objects = copied.ToDictionary(item => item.DestinationName[..(item.DestinationName.LastIndexOf('/') + 1)], item => new SinkListing(item.DestinationName, item.SizeBytes, item.DestinationETag));
        var time = TimeProvider.System;
        var context = new LoadContext
        {
            Documents = _documents,
            Server = _server,
            Session = _server,
            Probe = new ServerProbe(ServerVersion.Parse("9.7.0-cloud", "heatwave"), true, true, StringComparer.Ordinal, true, false, time.GetUtcNow(), FreeConnections: 50),
            Settings = new LoadSettings { Mode = mode },
            Input = new LoadInput("task", new BridgeRequest { Snapshot = SnapshotArn.Parse(plan.SourceArn, "snapshotArn", [])! }, "run", time.GetUtcNow()),
            Plan = plan,
            Pars = new LoadPars(_requests, time, NullLogger.Instance),
            Time = time,
            Log = NullLogger.Instance,
        };
        var state = new LoadState
        {
            ExportTaskId = "task",
            RunId = "r",
            Attempt = 1,
            PassedGate = [],
            ServerVersion = "9.7.0-cloud",
            Carrier = LoadCarrier.Event,
            Tables = [.. Enumerable.Range(0, 100).Select(table => new TableLoad
            {
                Table = table, TargetSchema = "s", TargetTable = $"t{table}", Rows = 1, Columns = [], Phase = TablePhase.Queued, LoadId = LoadQueue.LoadId("r", table),
            })],
        };
        return await new LoadWorkers(context, CopiedExport.Of(plan, copied)).StartAsync(state, look ?? Waiting, () => TimeSpan.FromMinutes(10), Token);
    }

    /// <summary>A server with a queue of a hundred loads, and one answer for CREATE EVENT.</summary>
    private sealed class ScriptedServer : IHeatWaveServer, IHeatWaveSession
    {
        public BridgeException? Refusal { get; set; }

        public int EarlierWorkers { get; set; }

        public int LiveWorkers { get; set; }

        public List<string> Statements { get; } = [];

        public string Server => "heatwave";

        public string User => "loader";

        public Task<IHeatWaveSession> OpenAsync(CancellationToken cancellationToken) => Task.FromResult<IHeatWaveSession>(this);

        public Task<int> ExecuteAsync(Sql statement, string action, CancellationToken cancellationToken)
        {
            Statements.Add(statement.Text);
            return Refusal is not null && statement.Text.StartsWith("CREATE EVENT", StringComparison.Ordinal) ? throw Refusal : Task.FromResult(1);
        }

        public Task<IReadOnlyList<SqlRow>> QueryAsync(Sql statement, string action, CancellationToken cancellationToken)
        {
            Statements.Add(statement.Text);
            return Task.FromResult<IReadOnlyList<SqlRow>>(action switch
            {
                "read the workers" => [.. Enumerable.Range(0, EarlierWorkers).Select(number => new SqlRow($"r_{number:D4}", $"snapshotbridge.task.run.1.{number}", number < LiveWorkers ? 7L : null, 1000L, 1L))],
                "read the queue" => [.. Enumerable.Range(0, 50).Select(load => new SqlRow(LoadQueue.LoadId("r", load), "s", $"t{load}", "queued", null, 0L, null, null, null, null))],
                _ => [],
            });
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class ListedRequests : IPreauthenticatedRequests
    {
        private readonly List<string> _names = [];

        public Dictionary<string, SinkListing> Objects { get; set; } = [];

        public List<string> Listed { get; } = [];

        public IReadOnlyList<string> Names => _names;

        public void Add(string name) => _names.Add(name);

        public Task<LoadPar> CreateAsync(string name, string prefix, DateTimeOffset expires, CancellationToken cancellationToken)
        {
            _names.Add(name);
            return Task.FromResult(new LoadPar("https://h/p/TOKEN_1/n/ns/b/bucket/o/"));
        }

        public Task<IReadOnlyList<ParSummary>> FindAsync(string namePrefix, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<ParSummary>>([.. _names.Where(name => name.StartsWith(namePrefix, StringComparison.Ordinal)).Select(name => new ParSummary(name, name))]);

        public Task DeleteAsync(string id, CancellationToken cancellationToken)
        {
            _names.Remove(id);
            return Task.CompletedTask;
        }

        public Task<IReadOnlyList<SinkListing>> ListThroughAsync(LoadPar par, string prefix, CancellationToken cancellationToken)
        {
            lock (Listed)
            {
                Listed.Add(prefix);
            }

            return Task.FromResult<IReadOnlyList<SinkListing>>([Objects[prefix]]);
        }
    }
}
