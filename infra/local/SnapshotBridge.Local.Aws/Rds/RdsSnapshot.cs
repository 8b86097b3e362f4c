namespace SnapshotBridge.Local.Aws.Rds;

/// <summary>What a snapshot was taken of.</summary>
public enum RdsSnapshotKind
{
    /// <summary>An RDS instance: a DB snapshot.</summary>
    Instance,

    /// <summary>An Aurora or Multi-AZ cluster: a DB cluster snapshot.</summary>
    Cluster,
}

/// <summary>A snapshot that the RDS endpoint knows.</summary>
public sealed record RdsSnapshot
{
    /// <summary>Instance or cluster.</summary>
    public required RdsSnapshotKind Kind { get; init; }

    /// <summary>The snapshot's identifier, for example <c>rds:shop-2026-01-31-03-10</c> or <c>awsbackup:job-…</c>.</summary>
    public required string Identifier { get; init; }

    /// <summary>The instance or cluster it was taken of.</summary>
    public required string DatabaseIdentifier { get; init; }

    /// <summary>The engine; RDS exports MySQL, MariaDB and PostgreSQL families.</summary>
    public string Engine { get; init; } = "aurora-mysql";

    /// <summary>The engine's version.</summary>
    public string EngineVersion { get; init; } = "8.0.mysql_aurora.3.08.0";

    /// <summary><c>manual</c>, <c>automated</c>, <c>awsbackup</c>, <c>shared</c> or <c>public</c>.</summary>
    public string SnapshotType { get; init; } = "manual";

    /// <summary><c>creating</c>, <c>available</c>, <c>copying</c>, <c>failed</c>, …</summary>
    public string Status { get; init; } = "available";

    /// <summary>Whether it is encrypted.</summary>
    public bool Encrypted { get; init; } = true;

    /// <summary>Its key when it is encrypted.</summary>
    public string? KmsKeyId { get; init; }

    /// <summary>Where it was copied from, for a copy.</summary>
    public string? SourceSnapshotArn { get; init; }

    /// <summary>When it was taken.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The storage of the database in GiB.</summary>
    public int AllocatedStorageGiB { get; init; } = 20;

    /// <summary>Its tags.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>The word of this kind in an ARN.</summary>
    internal string ArnType => Kind == RdsSnapshotKind.Cluster ? "cluster-snapshot" : "snapshot";
}
