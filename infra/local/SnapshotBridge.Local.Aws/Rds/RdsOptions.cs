namespace SnapshotBridge.Local.Aws.Rds;

/// <summary>What the local RDS knows about the account around it.</summary>
public sealed record RdsStoreOptions
{
    /// <summary>The region of all ARNs.</summary>
    public string Region { get; init; } = "us-east-1";

    /// <summary>The account of all ARNs.</summary>
    public string AccountId { get; init; } = "123456789012";

    /// <summary>Roles that exist and may be assumed; null accepts every well-formed ARN.</summary>
    public IReadOnlySet<string>? KnownRoleArns { get; init; }

    /// <summary>Roles that exist but lack permissions: IamRoleMissingPermissions.</summary>
    public IReadOnlySet<string> PowerlessRoleArns { get; init; } = new HashSet<string>();

    /// <summary>Keys by ARN, id or alias; null accepts every non-empty value.</summary>
    public IReadOnlySet<string>? KnownKmsKeys { get; init; }

    /// <summary>How long a task stays in STARTING. RDS restores the snapshot in that time, often for half an hour.</summary>
    public TimeSpan StartingTime { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Export tasks that may run at the same time (RDS user guide: 5 per account).</summary>
    public int ExportSlots { get; init; } = 5;

    /// <summary>The store's clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Receives what went wrong inside the store itself.</summary>
    public Microsoft.Extensions.Logging.ILogger? Logger { get; init; }
}
