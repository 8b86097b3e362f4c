using Amazon.RDS;
using Amazon.RDS.Model;
using SnapshotBridge.Aws;
using SnapshotBridge.Requests;

namespace SnapshotBridge.Exports;

/// <summary>RDS's export tasks and snapshots through the AWS SDK.</summary>
public sealed class RdsExportService(IAmazonRDS rds) : IExportService
{
    /// <inheritdoc />
    public Task<SnapshotDescription?> FindSnapshotAsync(SnapshotArn arn, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(arn);
        return arn.Kind == SnapshotKind.Cluster
            ? FindClusterSnapshotAsync(arn, cancellationToken)
            : FindInstanceSnapshotAsync(arn, cancellationToken);
    }

    /// <inheritdoc />
    public async Task<ExportTaskState?> FindTaskAsync(string exportTaskId, CancellationToken cancellationToken)
    {
        try
        {
            var tasks = await DescribeTasksAsync(
                () => new DescribeExportTasksRequest { ExportTaskIdentifier = exportTaskId }, $"export task '{exportTaskId}'", cancellationToken);
            return tasks.FirstOrDefault(task => task.ExportTaskId == exportTaskId);
        }
        catch (ExportTaskNotFoundException)
        {
            return null;
        }
    }

    /// <inheritdoc />
    public async Task<IReadOnlyList<ExportTaskState>> ListTasksAsync(string sourceArn, CancellationToken cancellationToken)
    {
        try
        {
            return await DescribeTasksAsync(
                () => new DescribeExportTasksRequest { SourceArn = sourceArn }, $"the export tasks of {sourceArn}", cancellationToken);
        }
        catch (ExportTaskNotFoundException)
        {
            return [];
        }
    }

    /// <inheritdoc />
    public async Task<IReadOnlyList<ExportTaskState>> ListRunningTasksAsync(CancellationToken cancellationToken)
    {
        // The filter takes the states in lower case, though the answers give them in upper case.
        var filter = new Filter { Name = "status", Values = ["starting", "in_progress", "canceling"] };
        try
        {
            return await DescribeTasksAsync(
                () => new DescribeExportTasksRequest { Filters = [filter] }, "the running export tasks", cancellationToken);
        }
        catch (ExportTaskNotFoundException)
        {
            return [];
        }
    }

    /// <inheritdoc />
    public async Task<ExportTaskState> StartTaskAsync(
        string exportTaskId, string sourceArn, ExportScope scope, ExportTarget target, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(scope);
        ArgumentNullException.ThrowIfNull(target);
        var request = new StartExportTaskRequest
        {
            ExportTaskIdentifier = exportTaskId,
            SourceArn = sourceArn,
            S3BucketName = target.Bucket,
            // Whether RDS takes a trailing slash is not documented; its own examples have none.
            S3Prefix = target.Prefix.TrimEnd('/'),
            IamRoleArn = target.RoleArn,
            KmsKeyId = target.KmsKeyId,
            ExportOnly = scope.IsEverything ? null : [.. scope.Entries],
        };
        try
        {
            var response = await rds.StartExportTaskAsync(request, cancellationToken);
            return new ExportTaskState
            {
                ExportTaskId = response.ExportTaskIdentifier ?? exportTaskId,
                SourceArn = response.SourceArn ?? sourceArn,
                Bucket = response.S3Bucket ?? target.Bucket,
                Prefix = response.S3Prefix ?? target.Prefix,
                Scope = scope,
                Status = response.Status ?? "STARTING",
                PercentProgress = response.PercentProgress ?? 0,
                FailureCause = response.FailureCause,
                WarningMessage = response.WarningMessage,
                StartedAt = Utc(response.TaskStartTime),
                EndedAt = Utc(response.TaskEndTime),
                SnapshotTime = Utc(response.SnapshotTime),
            };
        }
        catch (AmazonRDSException exception) when (Refusal(exception, exportTaskId, sourceArn, scope, target) is { } refusal)
        {
            throw refusal;
        }
        catch (Exception exception)
            when (AwsErrors.Wrap(exception, "rds:StartExportTask", $"{sourceArn} as '{exportTaskId}'", null, cancellationToken) is { } wrapped)
        {
            throw wrapped;
        }
    }

    /// <summary>What RDS's answer to StartExportTask means, by its code: some codes have no class of their own in the SDK.</summary>
    private static Errors.BridgeException? Refusal(
        AmazonRDSException exception, string exportTaskId, string sourceArn, ExportScope scope, ExportTarget target) => exception.ErrorCode switch
        {
            "ExportTaskAlreadyExists" => new ExportTaskExistsException(exportTaskId, exception),
            "ExportTaskLimitReachedFault" or "ExportTaskLimitReached" => new ExportLimitReachedException(exception.Message, exception),
            "InvalidExportSourceState" => new SnapshotNotExportableException(sourceArn, exception.Message, exception),
            "InvalidExportOnly" => new ExportScopeRefusedException(scope.ToString(), exception.Message, exception),
            "IamRoleNotFound" or "IamRoleMissingPermissions" => new ExportRoleRefusedException(target.RoleArn, target.Bucket, exception.Message, exception),
            "KMSKeyNotAccessibleFault" => new ExportKeyRefusedException(target.KmsKeyId, exception.Message, exception),
            "InvalidS3BucketFault" => new ExportBucketRefusedException(target.Bucket, exception.Message, exception),
            "DBSnapshotNotFound" or "DBClusterSnapshotNotFoundFault" or "DBClusterNotFoundFault" => new SnapshotNotFoundException(sourceArn, exception.Message),
            _ => null,
        };

    private async Task<SnapshotDescription?> FindInstanceSnapshotAsync(SnapshotArn arn, CancellationToken cancellationToken)
    {
        try
        {
            var response = await rds.DescribeDBSnapshotsAsync(new DescribeDBSnapshotsRequest { DBSnapshotIdentifier = arn.Id }, cancellationToken);
            return Only(
                arn,
                (response.DBSnapshots ?? []).Select(snapshot => new SnapshotDescription(
                    snapshot.DBSnapshotArn ?? "", snapshot.DBInstanceIdentifier ?? "", snapshot.Engine ?? "", snapshot.Status ?? "", snapshot.PercentProgress, snapshot.Encrypted)));
        }
        catch (DBSnapshotNotFoundException)
        {
            return null;
        }
        catch (Exception exception) when (AwsErrors.Wrap(exception, "rds:DescribeDBSnapshots", arn.ToString(), null, cancellationToken) is { } wrapped)
        {
            throw wrapped;
        }
    }

    private async Task<SnapshotDescription?> FindClusterSnapshotAsync(SnapshotArn arn, CancellationToken cancellationToken)
    {
        try
        {
            var response = await rds.DescribeDBClusterSnapshotsAsync(
                new DescribeDBClusterSnapshotsRequest { DBClusterSnapshotIdentifier = arn.Id }, cancellationToken);
            return Only(
                arn,
                (response.DBClusterSnapshots ?? []).Select(snapshot => new SnapshotDescription(
                    snapshot.DBClusterSnapshotArn ?? "", snapshot.DBClusterIdentifier ?? "", snapshot.Engine ?? "", snapshot.Status ?? "", snapshot.PercentProgress, snapshot.StorageEncrypted)));
        }
        catch (DBClusterSnapshotNotFoundException)
        {
            return null;
        }
        catch (Exception exception) when (AwsErrors.Wrap(exception, "rds:DescribeDBClusterSnapshots", arn.ToString(), null, cancellationToken) is { } wrapped)
        {
            throw wrapped;
        }
    }

    // Identifiers are unique in one account and region only, so the ARN decides. RDS keeps identifiers in lower case.
    private static SnapshotDescription? Only(SnapshotArn arn, IEnumerable<SnapshotDescription> found)
    {
        var all = found.ToList();
        var wanted = arn.ToString();
        return all.FirstOrDefault(snapshot => snapshot.Arn.Equals(wanted, StringComparison.OrdinalIgnoreCase))
            ?? (all.Count == 0
                ? null
                : throw new SnapshotNotFoundException(wanted, $"a snapshot of this name exists as {string.Join(", ", all.Select(snapshot => snapshot.Arn))}"));
    }

    private async Task<List<ExportTaskState>> DescribeTasksAsync(Func<DescribeExportTasksRequest> first, string target, CancellationToken cancellationToken)
    {
        var tasks = new List<ExportTaskState>();
        string? marker = null;
        do
        {
            var request = first();
            request.Marker = marker;
            try
            {
                var page = await rds.DescribeExportTasksAsync(request, cancellationToken);
                tasks.AddRange((page.ExportTasks ?? []).Select(State));
                marker = string.IsNullOrEmpty(page.Marker) ? null : page.Marker;
            }
            catch (ExportTaskNotFoundException)
            {
                throw;
            }
            catch (Exception exception) when (AwsErrors.Wrap(exception, "rds:DescribeExportTasks", target, null, cancellationToken) is { } wrapped)
            {
                throw wrapped;
            }
        }
        while (marker is not null);
        return tasks;
    }

    private static ExportTaskState State(ExportTask task) => new()
    {
        ExportTaskId = task.ExportTaskIdentifier ?? "",
        SourceArn = task.SourceArn ?? "",
        Bucket = task.S3Bucket ?? "",
        Prefix = task.S3Prefix ?? "",
        Scope = ExportScope.Of(task.ExportOnly ?? []),
        Status = task.Status ?? "",
        PercentProgress = task.PercentProgress ?? 0,
        FailureCause = task.FailureCause,
        WarningMessage = task.WarningMessage,
        StartedAt = Utc(task.TaskStartTime),
        EndedAt = Utc(task.TaskEndTime),
        SnapshotTime = Utc(task.SnapshotTime),
        ExtractedGigabytes = task.TotalExtractedDataInGB,
    };

    private static DateTimeOffset? Utc(DateTime? time) => time is { } value ? new DateTimeOffset(value.ToUniversalTime()) : null;
}
