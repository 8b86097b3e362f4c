using System.Xml;
using SnapshotBridge.Local.Aws.Protocols;

namespace SnapshotBridge.Local.Aws.Rds;

/// <summary>The part of RDS that snapshot exports need, on the loopback interface, with the Query protocol.</summary>
public sealed class RdsServer : IAsyncDisposable
{
    private static readonly AwsQueryService Service = new("rds", "2014-10-31", RdsXml.Namespace);

    private readonly RdsStore _store;
    private AwsQueryServer? _server;

    private RdsServer(RdsStore store) => _store = store;

    /// <summary>Where it listens.</summary>
    public Uri Endpoint => _server!.Endpoint;

    /// <summary>What goes wrong on purpose.</summary>
    public RdsFaults Faults => _store.Faults;

    /// <summary>Starts the endpoint over <paramref name="store"/>, which the caller keeps owning.</summary>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<RdsServer> StartAsync(RdsStore store, AwsServerOptions options, CancellationToken cancellationToken = default)
    {
        var server = new RdsServer(store);
        server._server = await AwsQueryServer.StartAsync(options, Service, server.AnswerAsync, cancellationToken);
        return server;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _server!.DisposeAsync();

    private Task AnswerAsync(QueryForm form, XmlWriter result, CancellationToken cancellationToken)
    {
        var action = form.Require("Action");
        Faults.ThrowFor(action);
        switch (action)
        {
            case "StartExportTask":
                RdsXml.WriteExportTask(result, _store.StartExport(ReadExport(form)));
                break;
            case "CancelExportTask":
                RdsXml.WriteExportTask(result, _store.CancelExport(form.Require("ExportTaskIdentifier")));
                break;
            case "DescribeExportTasks":
                DescribeExportTasks(form, result);
                break;
            case "DescribeDBSnapshots":
                DescribeSnapshots(form, result, RdsSnapshotKind.Instance);
                break;
            case "DescribeDBClusterSnapshots":
                DescribeSnapshots(form, result, RdsSnapshotKind.Cluster);
                break;
            default:
                throw new AwsServiceException("InvalidAction", $"Could not find operation {action} for version {Service.ApiVersion}");
        }

        return Task.CompletedTask;
    }

    private static RdsExportTask ReadExport(QueryForm form) => new()
    {
        ExportTaskIdentifier = form.Require("ExportTaskIdentifier"),
        SourceArn = form.Require("SourceArn"),
        S3Bucket = form.Require("S3BucketName"),
        S3Prefix = form.Find("S3Prefix") ?? "",
        IamRoleArn = form.Require("IamRoleArn"),
        KmsKeyId = form.Require("KmsKeyId"),
        ExportOnly = form.List("ExportOnly.member"),
        SnapshotTime = default,
        Status = "STARTING",
    };

    private void DescribeExportTasks(QueryForm form, XmlWriter result)
    {
        var (identifier, source, type) = (form.Find("ExportTaskIdentifier"), form.Find("SourceArn"), form.Find("SourceType"));
        if (type is not (null or "SNAPSHOT" or "CLUSTER"))
            throw new AwsServiceException("InvalidParameterValue", $"SourceType '{type}' is neither SNAPSHOT nor CLUSTER.");
        var filters = RdsFilters.Read(form, new Dictionary<string, Func<RdsExportTask, string>>
        {
            ["export-task-identifier"] = task => task.ExportTaskIdentifier,
            ["s3-bucket"] = task => task.S3Bucket,
            ["source-arn"] = task => task.SourceArn,
            // Lower case in filters, upper case in answers.
            ["status"] = task => task.Status.ToLowerInvariant(),
        });
        var tasks = _store.ExportTasks;
        if (identifier is not null && tasks.All(task => task.ExportTaskIdentifier != identifier))
            throw new AwsServiceException("ExportTaskNotFound", $"The export task {identifier} doesn't exist.", 404);
        var page = RdsPage.Of(form, tasks, task => task.ExportTaskIdentifier, task =>
            (identifier is null || task.ExportTaskIdentifier == identifier)
            && (source is null || task.SourceArn == source)
            && type is not "CLUSTER"
            && filters(task));
        page.Write(result, "ExportTasks", "ExportTask", RdsXml.WriteExportTask);
    }

    private void DescribeSnapshots(QueryForm form, XmlWriter result, RdsSnapshotKind kind)
    {
        var cluster = kind == RdsSnapshotKind.Cluster;
        var identifier = form.Find(cluster ? "DBClusterSnapshotIdentifier" : "DBSnapshotIdentifier");
        var database = form.Find(cluster ? "DBClusterIdentifier" : "DBInstanceIdentifier");
        var type = form.Find("SnapshotType");
        var filters = RdsFilters.Read(form, new Dictionary<string, Func<(string Arn, RdsSnapshot Snapshot), string>>
        {
            [cluster ? "db-cluster-id" : "db-instance-id"] = entry => entry.Snapshot.DatabaseIdentifier,
            [cluster ? "db-cluster-snapshot-id" : "db-snapshot-id"] = entry => entry.Snapshot.Identifier,
            ["snapshot-type"] = entry => entry.Snapshot.SnapshotType,
            ["engine"] = entry => entry.Snapshot.Engine,
        });
        var all = _store.Snapshots.Where(entry => entry.Snapshot.Kind == kind).ToList();
        bool Named((string Arn, RdsSnapshot Snapshot) entry) => entry.Snapshot.Identifier == identifier || entry.Arn == identifier;
        if (identifier is not null && !all.Exists(Named))
        {
            throw cluster
                ? new AwsServiceException("DBClusterSnapshotNotFoundFault", $"DBClusterSnapshot not found: {identifier}", 404)
                : new AwsServiceException("DBSnapshotNotFound", $"DBSnapshot not found: {identifier}", 404);
        }

        // Without a type or an identifier only automated and manual snapshots are listed (API reference).
        var page = RdsPage.Of(form, all, entry => entry.Arn, entry =>
            (identifier is null || Named(entry))
            && (database is null || entry.Snapshot.DatabaseIdentifier == database)
            && (type is not null ? entry.Snapshot.SnapshotType == type : identifier is not null || entry.Snapshot.SnapshotType is "manual" or "automated")
            && filters(entry));
        if (cluster)
            page.Write(result, "DBClusterSnapshots", "DBClusterSnapshot", RdsXml.WriteClusterSnapshot);
        else
            page.Write(result, "DBSnapshots", "DBSnapshot", RdsXml.WriteSnapshot);
    }
}
