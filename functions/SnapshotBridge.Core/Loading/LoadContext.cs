using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using SnapshotBridge.Loading.Publishing;
using SnapshotBridge.Planning;
using SnapshotBridge.Storage;

namespace SnapshotBridge.Loading;

/// <summary>What one invocation works with once it has its connection and its turn.</summary>
internal sealed record LoadContext
{
    public required IDocumentStore Documents { get; init; }

    public required IHeatWaveServer Server { get; init; }

    public required IHeatWaveSession Session { get; init; }

    public required ServerProbe Probe { get; init; }

    public required LoadSettings Settings { get; init; }

    public required LoadInput Input { get; init; }

    public required CopyPlan Plan { get; init; }

    public required LoadPars Pars { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILogger Log { get; init; }

    /// <summary>What the request and the deployment chose.</summary>
    public LoadChoices Choices => Settings.Defaults.For(Input.Request);

    /// <summary>
    /// What the request has tables declared by, as a short text: an execution that asks for other types would judge the tables
    /// of this one against its own declarations.
    /// </summary>
    public string Types => field ??= Input.Request.ColumnTypes.Count == 0 ? $"{Choices.Types}" : $"{Choices.Types} {Digest(Input.Request.ColumnTypes)}";

    public LoadLedger Ledger => field ??= new LoadLedger(Session);

    public LoadQueue Queue => field ??= new LoadQueue(Session);

    public LoadSteps Steps => field ??= new LoadSteps(Probe.Version, Plan, Input.Request, Choices);

    public TableInspector Inspector => field ??= new TableInspector(Session, Probe);

    public Task SaveAsync(LoadState state, CancellationToken cancellationToken) =>
        Documents.WriteAsync(BridgeLayout.Load(state.ExportTaskId), state, LoadingJson.Default.LoadState, cancellationToken);

    /// <summary>The table of that name as it stands, by the connection of that ledger, and whether it is ours; null where none stands.</summary>
    public async Task<(ExistingTable Table, bool IsOurs)?> FindTableAsync(LoadLedger ledger, string schema, string name, CancellationToken cancellationToken)
    {
        var there = (await ledger.ExistingAsync([schema], cancellationToken, name)).FirstOrDefault(table => Probe.Names.Equals(table.Table, name));
        var mark = (await ledger.MarksAsync([schema], cancellationToken, name)).LastOrDefault(item => Probe.Names.Equals(item.Table, name));
        return there is null ? null : (there, Ownership.IsOurs(there, mark));
    }

    /// <summary>As <see cref="FindTableAsync"/>, by this connection; a view that we published is ours as well, and a load may take its place.</summary>
    public async Task<(ExistingTable Table, bool IsOurs)?> FindTargetAsync(string schema, string name, CancellationToken cancellationToken)
    {
        var there = await FindTableAsync(Ledger, schema, name, cancellationToken);
        return there is { IsOurs: false, Table.IsBaseTable: false } && await new PublishLedger(Session, Ledger, Probe.Names).IsOurViewAsync(schema, name, cancellationToken)
            ? (there.Value.Table, true)
            : there;
    }

    private static string Digest(IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> types) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Join('\n', types.OrderBy(table => table.Key, StringComparer.Ordinal).SelectMany(table => table.Value.OrderBy(column => column.Key, StringComparer.Ordinal).Select(column => $"{table.Key}\0{column.Key}\0{column.Value}"))))))[..16];
}
