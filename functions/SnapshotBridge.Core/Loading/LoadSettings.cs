using SnapshotBridge.Reporting;
using SnapshotBridge.Requests;

namespace SnapshotBridge.Loading;

/// <summary>How the calls run.</summary>
public enum LoadMode
{
    /// <summary>By the server's task API, else as its events, where its scheduler runs and the user may, else on our own connection.</summary>
    Auto,

    /// <summary>On the server's event scheduler, as tasks or events: loads of any length.</summary>
    Event,

    /// <summary>On our own connection: each table must load within one invocation.</summary>
    Connection,
}

/// <summary>What the deployment decides about loads.</summary>
public sealed record LoadSettings
{
    public LoadMode Mode { get; init; } = LoadMode.Auto;

    /// <summary>What holds where the request does not say.</summary>
    public LoadChoices Defaults { get; init; } = new();

    /// <summary>What the report's cost estimate reckons with.</summary>
    public ListPrices Prices { get; init; } = new();

    /// <summary>Tables that load at the same time. HeatWave loads one table with all its nodes, so a second only fills the gaps.</summary>
    public int Workers { get; init; } = 2;

    /// <summary>How long one invocation watches loads that run on the server: small snapshots end within it.</summary>
    public TimeSpan Watch { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a new event may take to begin.</summary>
    public TimeSpan EventStart { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>What an invocation leaves of its time for cleaning up.</summary>
    public TimeSpan Reserve { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The shortest time in which a call on our own connection is begun.</summary>
    public TimeSpan ShortestCall { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long nothing may have happened in another run that wants the same tables before it is given up: longer than
    /// the state machine ever waits between two invocations, be it for a load (600 s) or to try again (300 s).
    /// </summary>
    public TimeSpan OthersPatience { get; init; } = TimeSpan.FromMinutes(20);

    /// <summary>Tables that are judged at the same time, as far as the server has free connections.</summary>
    public int Counts { get; init; } = 4;

    /// <summary>How many invocations may spend their time on counting one table before that is given up and said.</summary>
    public int MaxCounts { get; init; } = 3;

    /// <summary>Tables whose statistics are compared at the same time: small ones take no longer than a connection's way there and back.</summary>
    public int Scans { get; init; } = 4;

    /// <summary>The shortest time in which the comparison of a table's statistics is begun.</summary>
    public TimeSpan ShortestScan { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many invocations may spend their time on comparing one table before that is given up and said.</summary>
    public int MaxScans { get; init; } = 3;

    /// <summary>How long the server keeps what became of each table of a run, for people who look into it.</summary>
    public TimeSpan KeepQueues { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How often an interrupted load is begun anew before its table counts as failed.</summary>
    public int MaxStarts { get; init; } = 3;

    /// <summary>
    /// The settings for invocations of a length: what is reserved and what is asked for before something is begun never take
    /// more than half of it, or a function with a short timeout would say for ever that it has no time.
    /// </summary>
    public LoadSettings Within(TimeSpan invocation)
    {
        var quarter = invocation / 4;
        return this with
        {
            Reserve = Shorter(Reserve, quarter),
            ShortestCall = Shorter(ShortestCall, quarter),
            ShortestScan = Shorter(ShortestScan, quarter),
        };
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}

/// <summary>One invocation's input.</summary>
public sealed record LoadInput(string ExportTaskId, BridgeRequest Request, string ExecutionName, DateTimeOffset ExecutionStartTime);

/// <summary>One invocation's result. <paramref name="ReportKey"/> is empty while the load goes on.</summary>
/// <param name="IsLoaded">True once every table is judged and the report is written.</param>
/// <param name="Tables">Tables that are loaded, or empty and therefore done.</param>
/// <param name="Rows">Rows counted in HeatWave.</param>
/// <param name="Bytes">Bytes of the tables' Parquet files.</param>
/// <param name="ReportKey">The report's key in the export bucket.</param>
public sealed record LoadResult(bool IsLoaded, int Tables, long Rows, long Bytes, string ReportKey)
{
    /// <summary>When to look again, in seconds; 0 once it is loaded. See <see cref="LoadWait"/>.</summary>
    public int WaitSeconds { get; init; }
}

/// <summary>How one run loads: the request's choices, and the deployment's where it makes none.</summary>
public sealed record LoadChoices
{
    public TypeMode Types { get; init; } = TypeMode.Faithful;

    public PublishMode Publish { get; init; } = PublishMode.Replace;

    /// <summary>With <see cref="PublishMode.Swap"/>: how many versions stay besides the one that is served.</summary>
    public int KeepVersions { get; init; } = 1;

    public VerifyMode Verify { get; init; } = VerifyMode.Rows;

    /// <summary>How long a PAR lives.</summary>
    public TimeSpan ParLifetime { get; init; } = TimeSpan.FromHours(24);

    public ParAfterLoad ParAfterLoad { get; init; } = ParAfterLoad.Keep;

    /// <summary>The choices for a request.</summary>
    public LoadChoices For(BridgeRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new LoadChoices
        {
            Types = request.Types ?? Types,
            Publish = request.Publish ?? Publish,
            KeepVersions = request.KeepVersions ?? KeepVersions,
            Verify = request.Verify ?? Verify,
            ParLifetime = request.ParHours is { } hours ? TimeSpan.FromHours(hours) : ParLifetime,
            ParAfterLoad = request.ParAfterLoad ?? ParAfterLoad,
        };
    }
}
