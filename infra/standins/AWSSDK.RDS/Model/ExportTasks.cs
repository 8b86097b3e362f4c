using Amazon.Runtime;

namespace Amazon.RDS.Model;

/// <summary>Base of all requests of the service.</summary>
public abstract class AmazonRDSRequest : AmazonWebServiceRequest;

/// <summary>Starts an export of a snapshot to S3.</summary>
public class StartExportTaskRequest : AmazonRDSRequest
{
    public string ExportTaskIdentifier { get; set; }

    public string SourceArn { get; set; }

    public string S3BucketName { get; set; }

    public string IamRoleArn { get; set; }

    public string KmsKeyId { get; set; }

    public string S3Prefix { get; set; }

    public List<string> ExportOnly { get; set; }
}

/// <summary>The task that was started.</summary>
public class StartExportTaskResponse : AmazonWebServiceResponse
{
    public string ExportTaskIdentifier { get; set; }

    public string SourceArn { get; set; }

    public string S3Bucket { get; set; }

    public string S3Prefix { get; set; }

    public string IamRoleArn { get; set; }

    public string KmsKeyId { get; set; }

    public List<string> ExportOnly { get; set; }

    /// <summary>STARTING, IN_PROGRESS, COMPLETE, FAILED, CANCELING or CANCELED.</summary>
    public string Status { get; set; }

    public int? PercentProgress { get; set; }

    public int? TotalExtractedDataInGB { get; set; }

    public DateTime? SnapshotTime { get; set; }

    public DateTime? TaskStartTime { get; set; }

    public DateTime? TaskEndTime { get; set; }

    public string FailureCause { get; set; }

    public string WarningMessage { get; set; }

    public ExportSourceType SourceType { get; set; }
}

/// <summary>Cancels an export.</summary>
public class CancelExportTaskRequest : AmazonRDSRequest
{
    public string ExportTaskIdentifier { get; set; }
}

/// <summary>The task that was cancelled.</summary>
public class CancelExportTaskResponse : AmazonWebServiceResponse
{
    public string ExportTaskIdentifier { get; set; }

    public string SourceArn { get; set; }

    public string S3Bucket { get; set; }

    public string S3Prefix { get; set; }

    public string IamRoleArn { get; set; }

    public string KmsKeyId { get; set; }

    public List<string> ExportOnly { get; set; }

    /// <summary>STARTING, IN_PROGRESS, COMPLETE, FAILED, CANCELING or CANCELED.</summary>
    public string Status { get; set; }

    public int? PercentProgress { get; set; }

    public int? TotalExtractedDataInGB { get; set; }

    public DateTime? SnapshotTime { get; set; }

    public DateTime? TaskStartTime { get; set; }

    public DateTime? TaskEndTime { get; set; }

    public string FailureCause { get; set; }

    public string WarningMessage { get; set; }

    public ExportSourceType SourceType { get; set; }
}

/// <summary>Asks for export tasks.</summary>
public class DescribeExportTasksRequest : AmazonRDSRequest
{
    public string ExportTaskIdentifier { get; set; }

    public string SourceArn { get; set; }

    public ExportSourceType SourceType { get; set; }

    public List<Filter> Filters { get; set; }

    public string Marker { get; set; }

    public int? MaxRecords { get; set; }
}

/// <summary>Export tasks; null when there are none.</summary>
public class DescribeExportTasksResponse : AmazonWebServiceResponse
{
    public List<ExportTask> ExportTasks { get; set; }

    public string Marker { get; set; }
}

/// <summary>An export of a snapshot to S3.</summary>
public class ExportTask
{
    public string ExportTaskIdentifier { get; set; }

    public string SourceArn { get; set; }

    public string S3Bucket { get; set; }

    public string S3Prefix { get; set; }

    public string IamRoleArn { get; set; }

    public string KmsKeyId { get; set; }

    public List<string> ExportOnly { get; set; }

    /// <summary>STARTING, IN_PROGRESS, COMPLETE, FAILED, CANCELING or CANCELED.</summary>
    public string Status { get; set; }

    public int? PercentProgress { get; set; }

    public int? TotalExtractedDataInGB { get; set; }

    public DateTime? SnapshotTime { get; set; }

    public DateTime? TaskStartTime { get; set; }

    public DateTime? TaskEndTime { get; set; }

    public string FailureCause { get; set; }

    public string WarningMessage { get; set; }

    public ExportSourceType SourceType { get; set; }
}
