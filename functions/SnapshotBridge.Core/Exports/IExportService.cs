using SnapshotBridge.Requests;

namespace SnapshotBridge.Exports;

/// <summary>RDS, as far as exporting a snapshot needs it. Every failure is a <see cref="Errors.BridgeException"/>.</summary>
public interface IExportService
{
    /// <summary>The snapshot, or null where RDS has none with this ARN.</summary>
    Task<SnapshotDescription?> FindSnapshotAsync(SnapshotArn arn, CancellationToken cancellationToken);

    /// <summary>The export task, or null where RDS lists none of this identifier.</summary>
    Task<ExportTaskState?> FindTaskAsync(string exportTaskId, CancellationToken cancellationToken);

    /// <summary>All export tasks of one snapshot that RDS still lists, over all pages.</summary>
    Task<IReadOnlyList<ExportTaskState>> ListTasksAsync(string sourceArn, CancellationToken cancellationToken);

    /// <summary>All export tasks of the account that have not ended, whatever their snapshot.</summary>
    Task<IReadOnlyList<ExportTaskState>> ListRunningTasksAsync(CancellationToken cancellationToken);

    /// <summary>Starts an export.</summary>
    /// <exception cref="ExportTaskExistsException">There is a task of this identifier.</exception>
    /// <exception cref="ExportLimitReachedException">Too many exports are running.</exception>
    /// <exception cref="SnapshotNotExportableException">RDS refuses the snapshot in its present state.</exception>
    Task<ExportTaskState> StartTaskAsync(string exportTaskId, string sourceArn, ExportScope scope, ExportTarget target, CancellationToken cancellationToken);
}

/// <summary>Where and with which rights RDS writes an export.</summary>
/// <param name="Bucket">The S3 bucket.</param>
/// <param name="Prefix">The folder of all exports, with a trailing slash.</param>
/// <param name="RoleArn">The role that RDS assumes to write.</param>
/// <param name="KmsKeyId">The key that encrypts the files.</param>
public sealed record ExportTarget(string Bucket, string Prefix, string RoleArn, string KmsKeyId);
