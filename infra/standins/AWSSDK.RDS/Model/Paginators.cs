using Amazon.Runtime;

namespace Amazon.RDS.Model;

/// <summary>Page-by-page reading of the Describe operations.</summary>
public interface IRDSPaginatorFactory
{
    IDescribeExportTasksPaginator DescribeExportTasks(DescribeExportTasksRequest request);

    IDescribeDBSnapshotsPaginator DescribeDBSnapshots(DescribeDBSnapshotsRequest request);

    IDescribeDBClusterSnapshotsPaginator DescribeDBClusterSnapshots(DescribeDBClusterSnapshotsRequest request);
}

/// <summary>The pages of DescribeExportTasks, or what is on them.</summary>
public interface IDescribeExportTasksPaginator
{
    IPaginatedEnumerable<DescribeExportTasksResponse> Responses { get; }

    IPaginatedEnumerable<ExportTask> ExportTasks { get; }
}

/// <summary>The pages of DescribeDBSnapshots, or what is on them.</summary>
public interface IDescribeDBSnapshotsPaginator
{
    IPaginatedEnumerable<DescribeDBSnapshotsResponse> Responses { get; }

    IPaginatedEnumerable<DBSnapshot> DBSnapshots { get; }
}

/// <summary>The pages of DescribeDBClusterSnapshots, or what is on them.</summary>
public interface IDescribeDBClusterSnapshotsPaginator
{
    IPaginatedEnumerable<DescribeDBClusterSnapshotsResponse> Responses { get; }

    IPaginatedEnumerable<DBClusterSnapshot> DBClusterSnapshots { get; }
}
