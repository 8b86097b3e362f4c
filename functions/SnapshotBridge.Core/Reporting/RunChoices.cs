using SnapshotBridge.Loading;
using SnapshotBridge.Requests;

namespace SnapshotBridge.Reporting;

/// <summary>What was asked of a run: the request's choices, and the deployment's where it made none.</summary>
public sealed record RunChoices
{
    public required TypeMode Types { get; init; }

    public required PublishMode Publish { get; init; }

    /// <summary>Versions kept besides the one that is served; null where nothing is switched.</summary>
    public int? KeepVersions { get; init; }

    public required VerifyMode Verify { get; init; }

    public required double ParHours { get; init; }

    public required ParAfterLoad ParAfterLoad { get; init; }

    /// <summary>What of the snapshot was asked for; empty for everything.</summary>
    public IReadOnlyList<string> ExportOnly { get; init => field = value ?? []; } = [];

    /// <summary>Source schema → HeatWave schema, for those that change their name.</summary>
    public IReadOnlyDictionary<string, string> TargetSchemas { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Tables of which column types were given by the request.</summary>
    public int ColumnTypeTables { get; init; }

    public bool NewExport { get; init; }

    /// <summary>Who held the loads: the server's event scheduler or our connection.</summary>
    public required LoadCarrier LoadedBy { get; init; }

    /// <summary>Why they were not carried as they might have been; empty where they were.</summary>
    public IReadOnlyList<string> LoadedByReasons { get; init => field = value ?? []; } = [];

    internal static RunChoices Of(LoadChoices choices, BridgeRequest request, LoadState state) => new()
    {
        Types = choices.Types,
        Publish = choices.Publish,
        KeepVersions = choices.Publish == PublishMode.Swap ? choices.KeepVersions : null,
        Verify = choices.Verify,
        ParHours = choices.ParLifetime.TotalHours,
        ParAfterLoad = choices.ParAfterLoad,
        ExportOnly = request.Scope.Entries,
        TargetSchemas = request.TargetSchemas,
        ColumnTypeTables = request.ColumnTypes.Count,
        NewExport = request.NewExport,
        LoadedBy = state.Carrier,
        LoadedByReasons = [.. state.CarrierReasons.Select(SecretMask.Mask)],
    };
}
