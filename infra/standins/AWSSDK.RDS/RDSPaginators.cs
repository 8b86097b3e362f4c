using Amazon.RDS.Model;
using Amazon.Runtime;
using SnapshotBridge.StandIns.Aws;

namespace Amazon.RDS;

internal sealed class RDSPaginatorFactory(IAmazonRDS client) : IRDSPaginatorFactory
{
    public IDescribeExportTasksPaginator DescribeExportTasks(DescribeExportTasksRequest request) => new DescribeExportTasksPaginator(client, request);

    public IDescribeDBSnapshotsPaginator DescribeDBSnapshots(DescribeDBSnapshotsRequest request) => new DescribeDBSnapshotsPaginator(client, request);

    public IDescribeDBClusterSnapshotsPaginator DescribeDBClusterSnapshots(DescribeDBClusterSnapshotsRequest request) => new DescribeDBClusterSnapshotsPaginator(client, request);
}

internal sealed class DescribeExportTasksPaginator(IAmazonRDS client, DescribeExportTasksRequest request) : IDescribeExportTasksPaginator
{
    private readonly Paginator<DescribeExportTasksResponse> _pages = new(
        (marker, cancellationToken) =>
        {
            request.Marker = marker ?? request.Marker;
            return client.DescribeExportTasksAsync(request, cancellationToken);
        },
        response => response.Marker);

    public IPaginatedEnumerable<DescribeExportTasksResponse> Responses => new PaginatedResponse<DescribeExportTasksResponse>(_pages);

    public IPaginatedEnumerable<ExportTask> ExportTasks => new PaginatedResultKeyResponse<DescribeExportTasksResponse, ExportTask>(_pages, r => r.ExportTasks ?? []);
}

internal sealed class DescribeDBSnapshotsPaginator(IAmazonRDS client, DescribeDBSnapshotsRequest request) : IDescribeDBSnapshotsPaginator
{
    private readonly Paginator<DescribeDBSnapshotsResponse> _pages = new(
        (marker, cancellationToken) =>
        {
            request.Marker = marker ?? request.Marker;
            return client.DescribeDBSnapshotsAsync(request, cancellationToken);
        },
        response => response.Marker);

    public IPaginatedEnumerable<DescribeDBSnapshotsResponse> Responses => new PaginatedResponse<DescribeDBSnapshotsResponse>(_pages);

    public IPaginatedEnumerable<DBSnapshot> DBSnapshots => new PaginatedResultKeyResponse<DescribeDBSnapshotsResponse, DBSnapshot>(_pages, r => r.DBSnapshots ?? []);
}

internal sealed class DescribeDBClusterSnapshotsPaginator(IAmazonRDS client, DescribeDBClusterSnapshotsRequest request) : IDescribeDBClusterSnapshotsPaginator
{
    private readonly Paginator<DescribeDBClusterSnapshotsResponse> _pages = new(
        (marker, cancellationToken) =>
        {
            request.Marker = marker ?? request.Marker;
            return client.DescribeDBClusterSnapshotsAsync(request, cancellationToken);
        },
        response => response.Marker);

    public IPaginatedEnumerable<DescribeDBClusterSnapshotsResponse> Responses => new PaginatedResponse<DescribeDBClusterSnapshotsResponse>(_pages);

    public IPaginatedEnumerable<DBClusterSnapshot> DBClusterSnapshots => new PaginatedResultKeyResponse<DescribeDBClusterSnapshotsResponse, DBClusterSnapshot>(_pages, r => r.DBClusterSnapshots ?? []);
}
