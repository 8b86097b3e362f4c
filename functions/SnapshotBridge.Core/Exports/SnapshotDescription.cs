namespace SnapshotBridge.Exports;

/// <summary>What RDS says about a snapshot.</summary>
/// <param name="Arn">The ARN as RDS spells it.</param>
/// <param name="Database">The identifier of the instance or cluster that it was taken of.</param>
/// <param name="Engine">RDS's name of the engine, such as <c>aurora-mysql</c>.</param>
/// <param name="Status">RDS's word for its state; <c>available</c> can be exported.</param>
/// <param name="PercentProgress">How much of it exists, while it is being created.</param>
/// <param name="IsEncrypted">Whether the snapshot itself is encrypted; null where RDS does not say.</param>
public sealed record SnapshotDescription(string Arn, string Database, string Engine, string Status, int? PercentProgress, bool? IsEncrypted = null)
{
    /// <summary>The engines whose snapshots RDS exports: RDS and Aurora User Guides, "Exporting DB snapshot data to Amazon S3".</summary>
    public static readonly IReadOnlyList<string> ExportableEngines = ["mysql", "mariadb", "aurora", "aurora-mysql", "postgres", "aurora-postgresql"];

    /// <summary>When it was taken, or copied; null while it is being created.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    public bool IsExportable => ExportableEngines.Contains(Engine, StringComparer.OrdinalIgnoreCase);

    public bool IsPostgres => Engine.Contains("postgres", StringComparison.OrdinalIgnoreCase);

    public bool IsAvailable => Status.Equals("available", StringComparison.OrdinalIgnoreCase);
}
