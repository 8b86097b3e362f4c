namespace SnapshotBridge.Local.Aws.Rds;

/// <summary>An export task as RDS describes it at one moment.</summary>
public sealed record RdsExportTask
{
    /// <summary>The caller's identifier.</summary>
    public required string ExportTaskIdentifier { get; init; }

    /// <summary>The snapshot's ARN.</summary>
    public required string SourceArn { get; init; }

    /// <summary>The bucket.</summary>
    public required string S3Bucket { get; init; }

    /// <summary>The prefix, empty when unset.</summary>
    public required string S3Prefix { get; init; }

    /// <summary>The export role.</summary>
    public required string IamRoleArn { get; init; }

    /// <summary>The KMS key.</summary>
    public required string KmsKeyId { get; init; }

    /// <summary>The scope, empty for everything.</summary>
    public required IReadOnlyList<string> ExportOnly { get; init; }

    /// <summary>When the snapshot was taken.</summary>
    public required DateTimeOffset SnapshotTime { get; init; }

    /// <summary>STARTING, IN_PROGRESS, COMPLETE, FAILED, CANCELING or CANCELED.</summary>
    public required string Status { get; init; }

    /// <summary>When it began to write; absent while it is starting.</summary>
    public DateTimeOffset? TaskStartTime { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? TaskEndTime { get; init; }

    /// <summary>0 to 100.</summary>
    public int PercentProgress { get; init; }

    /// <summary>What the snapshot's data take, in GB.</summary>
    public double TotalExtractedDataInGB { get; init; }

    /// <summary>Why it failed.</summary>
    public string? FailureCause { get; init; }

    /// <summary>RDS's warning JSON, when something was skipped.</summary>
    public string? WarningMessage { get; init; }

    /// <summary>Whether it occupies one of the account's slots.</summary>
    public bool IsRunning => Status is "STARTING" or "IN_PROGRESS" or "CANCELING";
}
