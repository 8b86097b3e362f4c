using Amazon.RDS.Model;
using Amazon.Runtime;

namespace Amazon.RDS;

/// <summary>The part of the service that exports snapshots. The package's interface has many more members.</summary>
public interface IAmazonRDS : IAmazonService, IDisposable
{
    IRDSPaginatorFactory Paginators { get; }

    Task<StartExportTaskResponse> StartExportTaskAsync(StartExportTaskRequest request, CancellationToken cancellationToken = default);

    Task<CancelExportTaskResponse> CancelExportTaskAsync(CancelExportTaskRequest request, CancellationToken cancellationToken = default);

    Task<DescribeExportTasksResponse> DescribeExportTasksAsync(
        DescribeExportTasksRequest request, CancellationToken cancellationToken = default);

    Task<DescribeDBSnapshotsResponse> DescribeDBSnapshotsAsync(
        DescribeDBSnapshotsRequest request, CancellationToken cancellationToken = default);

    Task<DescribeDBClusterSnapshotsResponse> DescribeDBClusterSnapshotsAsync(
        DescribeDBClusterSnapshotsRequest request, CancellationToken cancellationToken = default);
}
