using System.Text.Json.Nodes;
using SnapshotBridge.Local.Aws.Protocols;
using SnapshotBridge.Local.Aws.S3;

namespace SnapshotBridge.Local.Aws.Rds;

/// <summary>
/// The snapshots and export tasks behind the RDS endpoint. Started tasks run in the background through an
/// <see cref="IExportEngine"/> that writes into the S3 store. Safe for concurrent use.
/// </summary>
public sealed class RdsStore : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly List<(string Arn, RdsSnapshot Snapshot)> _snapshots = [];
    private readonly List<RdsExport> _exports = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly RdsStoreOptions _options;
    private readonly S3Store _s3;

    /// <summary>Opens an RDS without snapshots.</summary>
    /// <param name="options">The account around it.</param>
    /// <param name="s3">Where exports go.</param>
    public RdsStore(RdsStoreOptions options, S3Store s3)
    {
        _options = options;
        _s3 = s3;
        Faults = new RdsFaults(options.Clock);
    }

    /// <summary>Produces the files of an export. Without one every export fails with an internal error.</summary>
    public IExportEngine? Engine { get; set; }

    /// <summary>Receives RDS's events as EventBridge gets them; best effort, as with RDS: what is refused is not sent again.</summary>
    public Func<JsonObject, CancellationToken, Task>? EventSink { get; set; }

    /// <summary>What goes wrong on purpose.</summary>
    public RdsFaults Faults { get; }

    /// <summary>All snapshots in the order of their registration.</summary>
    public IReadOnlyList<(string Arn, RdsSnapshot Snapshot)> Snapshots
    {
        get
        {
            lock (_lock)
                return [.. _snapshots];
        }
    }

    /// <summary>All export tasks in the order of their start, as they are now.</summary>
    public IReadOnlyList<RdsExportTask> ExportTasks
    {
        get
        {
            lock (_lock)
                return [.. _exports.Select(export => export.Task)];
        }
    }

    /// <summary>Registers a snapshot, or replaces the one of the same kind and identifier.</summary>
    /// <returns>Its ARN.</returns>
    public string AddSnapshot(RdsSnapshot snapshot)
    {
        var arn = $"arn:aws:rds:{_options.Region}:{_options.AccountId}:{snapshot.ArnType}:{snapshot.Identifier}";
        lock (_lock)
        {
            var index = _snapshots.FindIndex(known => known.Arn == arn);
            if (index >= 0)
                _snapshots[index] = (arn, snapshot);
            else
                _snapshots.Add((arn, snapshot));
        }

        return arn;
    }

    /// <summary>Changes a snapshot's status, for example from <c>creating</c> to <c>available</c>.</summary>
    /// <exception cref="KeyNotFoundException">There is no such snapshot.</exception>
    public void SetSnapshotStatus(string arn, string status)
    {
        lock (_lock)
        {
            var index = _snapshots.FindIndex(known => known.Arn == arn);
            if (index < 0)
                throw new KeyNotFoundException($"No snapshot {arn}.");
            _snapshots[index] = (arn, _snapshots[index].Snapshot with { Status = status });
        }
    }

    /// <summary>Sends the event that RDS sends when this snapshot has been created.</summary>
    /// <returns>The event, also when a fault loses it.</returns>
    /// <exception cref="KeyNotFoundException">There is no such snapshot.</exception>
    public async Task<JsonObject> AnnounceSnapshotAsync(string arn, CancellationToken cancellationToken)
    {
        var snapshot = FindSnapshot(arn) ?? throw new KeyNotFoundException($"No snapshot {arn}.");
        var created = RdsEvents.SnapshotCreated(snapshot, arn, _options.Region, _options.AccountId, _options.Clock.GetUtcNow());
        await SendAsync(created, cancellationToken);
        return created;
    }

    /// <summary>Waits until no export task of ours is running.</summary>
    public Task WhenExportsEndAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
            return Task.WhenAll(_exports.Select(export => export.Run)).WaitAsync(cancellationToken);
    }

    /// <summary>Cancels what runs. No event is sent for it.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Task[] runs;
        lock (_lock)
            runs = [.. _exports.Select(export => export.Run)];
        await Task.WhenAll(runs);
        foreach (var export in _exports)
            export.Dispose();
        _stop.Dispose();
    }

    internal RdsSnapshot? FindSnapshot(string arn)
    {
        lock (_lock)
            return _snapshots.Find(known => known.Arn == arn).Snapshot;
    }

    /// <exception cref="AwsServiceException">Every refusal of StartExportTask.</exception>
    internal RdsExportTask StartExport(RdsExportTask requested)
    {
        ExportRequest.CheckIdentifier(requested.ExportTaskIdentifier);
        ExportRequest.CheckPrefix(requested.S3Prefix);
        var snapshot = RequireSnapshot(requested.SourceArn);
        ExportRequest.CheckScope(requested.ExportOnly, snapshot.Engine);
        RequireAccount(requested);
        var task = requested with { SnapshotTime = snapshot.CreatedAt };
        lock (_lock)
        {
            if (_exports.Exists(export => export.Task.ExportTaskIdentifier == task.ExportTaskIdentifier))
                throw new AwsServiceException("ExportTaskAlreadyExists", $"An export task with the identifier {task.ExportTaskIdentifier} already exists.");
            if (snapshot.Status != "available")
            {
                throw new AwsServiceException("InvalidExportSourceState",
                    $"The state of the export source {snapshot.Identifier} is {snapshot.Status}. It must be available for an export.");
            }

            var running = _exports.Where(export => export.Task.IsRunning).ToList();
            if (running.Count + Faults.ForeignExports() >= _options.ExportSlots)
                throw new AwsServiceException("ExportTaskLimitReachedFault", $"You have reached the limit of {_options.ExportSlots} concurrent export tasks");
            // "One export per snapshot at a time" is documented, the code is not.
            if (running.Exists(export => export.Task.SourceArn == task.SourceArn))
                throw new AwsServiceException("InvalidExportSourceState", $"The snapshot {snapshot.Identifier} is already being exported.");

            var started = new RdsExport(task, snapshot, CancellationTokenSource.CreateLinkedTokenSource(_stop.Token));
            _exports.Add(started);
            started.Run = Task.Run(() => new RdsExportRunner(this, _s3, _options).RunAsync(started, _stop.Token));
            return task;
        }
    }

    /// <exception cref="AwsServiceException">ExportTaskNotFound, InvalidExportTaskStateFault.</exception>
    internal RdsExportTask CancelExport(string identifier)
    {
        lock (_lock)
        {
            var export = _exports.Find(candidate => candidate.Task.ExportTaskIdentifier == identifier)
                ?? throw new AwsServiceException("ExportTaskNotFound", $"The export task {identifier} doesn't exist.", 404);
            if (export.Task.Status is not ("STARTING" or "IN_PROGRESS"))
            {
                throw new AwsServiceException("InvalidExportTaskStateFault",
                    $"The export task {identifier} is in the state {export.Task.Status} and can't be canceled.");
            }

            export.Task = export.Task with { Status = "CANCELING" };
            // Its continuations run elsewhere: cancelling under the lock must not call into the engine.
            _ = export.Cancellation.CancelAsync();
            return export.Task;
        }
    }

    internal void Update(RdsExport export, Func<RdsExportTask, RdsExportTask> change)
    {
        lock (_lock)
            export.Task = change(export.Task);
    }

    internal async Task SendAsync(JsonObject rdsEvent, CancellationToken cancellationToken)
    {
        if (EventSink is not { } sink || Faults.LoseEvent?.Invoke(rdsEvent) == true)
            return;
        try
        {
            await sink(rdsEvent, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // RDS events are best effort; the pipeline has to live without them.
            if (_options.Logger is { } logger)
                Log.RdsEventRefused(logger, rdsEvent["detail"]!["EventID"]!.GetValue<string>(), exception);
        }
    }

    private RdsSnapshot RequireSnapshot(string arn)
    {
        var fields = arn.Split(':', 7);
        if (fields.Length < 7 || fields[0] != "arn" || fields[2] != "rds" || fields[6].Length == 0)
            throw new AwsServiceException("InvalidParameterValue", $"Invalid resource name: {arn}");
        if (fields[3] != _options.Region)
            throw new AwsServiceException("InvalidParameterValue", $"The source {arn} is not in this region ({_options.Region}).");
        return FindSnapshot(arn) is { } snapshot ? snapshot : throw (fields[5] switch
        {
            "snapshot" => new AwsServiceException("DBSnapshotNotFound", $"DBSnapshot not found: {fields[6]}", 404),
            "cluster-snapshot" => new AwsServiceException("DBClusterSnapshotNotFoundFault", $"DBClusterSnapshot not found: {fields[6]}", 404),
            "cluster" => new AwsServiceException("DBClusterNotFoundFault", $"DBCluster {fields[6]} not found.", 404),
            _ => new AwsServiceException("InvalidParameterValue", $"The source {arn} is neither a snapshot nor a cluster."),
        });
    }

    private void RequireAccount(RdsExportTask task)
    {
        if (!_s3.BucketExists(task.S3Bucket))
            throw new AwsServiceException("InvalidS3BucketFault", $"The S3 bucket {task.S3Bucket} doesn't exist or isn't valid.");
        if (!task.IamRoleArn.StartsWith("arn:aws:iam::", StringComparison.Ordinal) || _options.KnownRoleArns?.Contains(task.IamRoleArn) == false)
            throw new AwsServiceException("IamRoleNotFound", $"The IAM role {task.IamRoleArn} doesn't exist or can't be assumed by RDS.", 404);
        if (_options.PowerlessRoleArns.Contains(task.IamRoleArn))
        {
            throw new AwsServiceException("IamRoleMissingPermissions",
                $"The IAM role {task.IamRoleArn} isn't authorized to write to the S3 bucket {task.S3Bucket}.");
        }

        if (_options.KnownKmsKeys?.Contains(task.KmsKeyId) == false)
            throw new AwsServiceException("KMSKeyNotAccessibleFault", $"The KMS key {task.KmsKeyId} doesn't exist, isn't enabled or isn't accessible.");
    }
}
