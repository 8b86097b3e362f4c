using Amazon.RDS.Model;
using SnapshotBridge.StandIns.Aws;

namespace Amazon.RDS;

public partial class AmazonRDSClient
{
    private static readonly QueryProtocol _protocol = new("Amazon.RDS", "2014-10-31", ServiceExceptions.From);

    public IRDSPaginatorFactory Paginators => new RDSPaginatorFactory(this);

    public virtual Task<StartExportTaskResponse> StartExportTaskAsync(
        StartExportTaskRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<StartExportTaskResponse>(
            request,
            _protocol.Options<StartExportTaskRequest, StartExportTaskResponse>(
                "StartExportTask",
                (r, form) => form
                    .AddList("ExportOnly", "member", r.ExportOnly)
                    .Add("ExportTaskIdentifier", r.ExportTaskIdentifier)
                    .Add("IamRoleArn", r.IamRoleArn)
                    .Add("KmsKeyId", r.KmsKeyId)
                    .Add("S3BucketName", r.S3BucketName)
                    .Add("S3Prefix", r.S3Prefix)
                    .Add("SourceArn", r.SourceArn),
                RdsReading.Read),
            cancellationToken);

    public virtual Task<CancelExportTaskResponse> CancelExportTaskAsync(
        CancelExportTaskRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<CancelExportTaskResponse>(
            request,
            _protocol.Options<CancelExportTaskRequest, CancelExportTaskResponse>(
                "CancelExportTask", (r, form) => form.Add("ExportTaskIdentifier", r.ExportTaskIdentifier), RdsReading.Read),
            cancellationToken);

    public virtual Task<DescribeExportTasksResponse> DescribeExportTasksAsync(
        DescribeExportTasksRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<DescribeExportTasksResponse>(
            request,
            _protocol.Options<DescribeExportTasksRequest, DescribeExportTasksResponse>(
                "DescribeExportTasks",
                (r, form) => AddFilters(form, r.Filters)
                    .Add("ExportTaskIdentifier", r.ExportTaskIdentifier)
                    .Add("Marker", r.Marker)
                    .Add("MaxRecords", r.MaxRecords)
                    .Add("SourceArn", r.SourceArn)
                    .Add("SourceType", r.SourceType?.Value),
                (x, response) =>
                {
                    response.ExportTasks = x.List("ExportTasks", RdsReading.ExportTask);
                    response.Marker = x.Text("Marker");
                }),
            cancellationToken);

    public virtual Task<DescribeDBSnapshotsResponse> DescribeDBSnapshotsAsync(
        DescribeDBSnapshotsRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<DescribeDBSnapshotsResponse>(
            request,
            _protocol.Options<DescribeDBSnapshotsRequest, DescribeDBSnapshotsResponse>(
                "DescribeDBSnapshots",
                (r, form) => AddFilters(form, r.Filters)
                    .Add("DBInstanceIdentifier", r.DBInstanceIdentifier)
                    .Add("DBSnapshotIdentifier", r.DBSnapshotIdentifier)
                    .Add("DbiResourceId", r.DbiResourceId)
                    .Add("IncludePublic", r.IncludePublic)
                    .Add("IncludeShared", r.IncludeShared)
                    .Add("Marker", r.Marker)
                    .Add("MaxRecords", r.MaxRecords)
                    .Add("SnapshotType", r.SnapshotType),
                (x, response) =>
                {
                    response.DBSnapshots = x.List("DBSnapshots", RdsReading.Snapshot);
                    response.Marker = x.Text("Marker");
                }),
            cancellationToken);

    public virtual Task<DescribeDBClusterSnapshotsResponse> DescribeDBClusterSnapshotsAsync(
        DescribeDBClusterSnapshotsRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<DescribeDBClusterSnapshotsResponse>(
            request,
            _protocol.Options<DescribeDBClusterSnapshotsRequest, DescribeDBClusterSnapshotsResponse>(
                "DescribeDBClusterSnapshots",
                (r, form) => AddFilters(form, r.Filters)
                    .Add("DBClusterIdentifier", r.DBClusterIdentifier)
                    .Add("DBClusterSnapshotIdentifier", r.DBClusterSnapshotIdentifier)
                    .Add("DbClusterResourceId", r.DbClusterResourceId)
                    .Add("IncludePublic", r.IncludePublic)
                    .Add("IncludeShared", r.IncludeShared)
                    .Add("Marker", r.Marker)
                    .Add("MaxRecords", r.MaxRecords)
                    .Add("SnapshotType", r.SnapshotType),
                (x, response) =>
                {
                    response.DBClusterSnapshots = x.List("DBClusterSnapshots", RdsReading.ClusterSnapshot);
                    response.Marker = x.Text("Marker");
                }),
            cancellationToken);

    private static QueryForm AddFilters(QueryForm form, List<Filter> filters)
    {
        for (var i = 0; i < filters?.Count; i++)
        {
            form.Add($"Filters.Filter.{i + 1}.Name", filters[i].Name)
                .AddList($"Filters.Filter.{i + 1}.Values", "Value", filters[i].Values);
        }

        return form;
    }
}
