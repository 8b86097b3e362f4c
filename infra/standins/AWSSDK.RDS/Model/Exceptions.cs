using System.Net;
using Amazon.Runtime;

namespace Amazon.RDS.Model;

/// <summary>No such DB cluster.</summary>
public class DBClusterNotFoundException : AmazonRDSException
{
    public DBClusterNotFoundException(string message)
        : base(message)
    {
    }

    public DBClusterNotFoundException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public DBClusterNotFoundException(Exception innerException)
        : base(innerException)
    {
    }

    public DBClusterNotFoundException(string message, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, errorType, errorCode, requestId, statusCode)
    {
    }

    public DBClusterNotFoundException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}

/// <summary>No such DB cluster snapshot.</summary>
public class DBClusterSnapshotNotFoundException : AmazonRDSException
{
    public DBClusterSnapshotNotFoundException(string message)
        : base(message)
    {
    }

    public DBClusterSnapshotNotFoundException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public DBClusterSnapshotNotFoundException(Exception innerException)
        : base(innerException)
    {
    }

    public DBClusterSnapshotNotFoundException(string message, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, errorType, errorCode, requestId, statusCode)
    {
    }

    public DBClusterSnapshotNotFoundException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}

/// <summary>No such DB snapshot.</summary>
public class DBSnapshotNotFoundException : AmazonRDSException
{
    public DBSnapshotNotFoundException(string message)
        : base(message)
    {
    }

    public DBSnapshotNotFoundException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public DBSnapshotNotFoundException(Exception innerException)
        : base(innerException)
    {
    }

    public DBSnapshotNotFoundException(string message, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, errorType, errorCode, requestId, statusCode)
    {
    }

    public DBSnapshotNotFoundException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}

/// <summary>No such DB instance.</summary>
public class DBInstanceNotFoundException : AmazonRDSException
{
    public DBInstanceNotFoundException(string message)
        : base(message)
    {
    }

    public DBInstanceNotFoundException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public DBInstanceNotFoundException(Exception innerException)
        : base(innerException)
    {
    }

    public DBInstanceNotFoundException(string message, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, errorType, errorCode, requestId, statusCode)
    {
    }

    public DBInstanceNotFoundException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}

/// <summary>An export task of this identifier exists.</summary>
public class ExportTaskAlreadyExistsException : AmazonRDSException
{
    public ExportTaskAlreadyExistsException(string message)
        : base(message)
    {
    }

    public ExportTaskAlreadyExistsException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public ExportTaskAlreadyExistsException(Exception innerException)
        : base(innerException)
    {
    }

    public ExportTaskAlreadyExistsException(string message, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, errorType, errorCode, requestId, statusCode)
    {
    }

    public ExportTaskAlreadyExistsException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}

/// <summary>No such export task.</summary>
public class ExportTaskNotFoundException : AmazonRDSException
{
    public ExportTaskNotFoundException(string message)
        : base(message)
    {
    }

    public ExportTaskNotFoundException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public ExportTaskNotFoundException(Exception innerException)
        : base(innerException)
    {
    }

    public ExportTaskNotFoundException(string message, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, errorType, errorCode, requestId, statusCode)
    {
    }

    public ExportTaskNotFoundException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}

/// <summary>The export role may not write to the bucket or use the key.</summary>
public class IamRoleMissingPermissionsException : AmazonRDSException
{
    public IamRoleMissingPermissionsException(string message)
        : base(message)
    {
    }

    public IamRoleMissingPermissionsException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public IamRoleMissingPermissionsException(Exception innerException)
        : base(innerException)
    {
    }

    public IamRoleMissingPermissionsException(string message, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, errorType, errorCode, requestId, statusCode)
    {
    }

    public IamRoleMissingPermissionsException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}

/// <summary>No such IAM role.</summary>
public class IamRoleNotFoundException : AmazonRDSException
{
    public IamRoleNotFoundException(string message)
        : base(message)
    {
    }

    public IamRoleNotFoundException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public IamRoleNotFoundException(Exception innerException)
        : base(innerException)
    {
    }

    public IamRoleNotFoundException(string message, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, errorType, errorCode, requestId, statusCode)
    {
    }

    public IamRoleNotFoundException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}

/// <summary>The export's scope is not valid.</summary>
public class InvalidExportOnlyException : AmazonRDSException
{
    public InvalidExportOnlyException(string message)
        : base(message)
    {
    }

    public InvalidExportOnlyException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public InvalidExportOnlyException(Exception innerException)
        : base(innerException)
    {
    }

    public InvalidExportOnlyException(string message, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, errorType, errorCode, requestId, statusCode)
    {
    }

    public InvalidExportOnlyException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}

/// <summary>The snapshot is not in a state to be exported.</summary>
public class InvalidExportSourceStateException : AmazonRDSException
{
    public InvalidExportSourceStateException(string message)
        : base(message)
    {
    }

    public InvalidExportSourceStateException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public InvalidExportSourceStateException(Exception innerException)
        : base(innerException)
    {
    }

    public InvalidExportSourceStateException(string message, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, errorType, errorCode, requestId, statusCode)
    {
    }

    public InvalidExportSourceStateException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}

/// <summary>The export task is not in a state for this operation.</summary>
public class InvalidExportTaskStateException : AmazonRDSException
{
    public InvalidExportTaskStateException(string message)
        : base(message)
    {
    }

    public InvalidExportTaskStateException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public InvalidExportTaskStateException(Exception innerException)
        : base(innerException)
    {
    }

    public InvalidExportTaskStateException(string message, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, errorType, errorCode, requestId, statusCode)
    {
    }

    public InvalidExportTaskStateException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}

/// <summary>The bucket cannot be found or accessed.</summary>
public class InvalidS3BucketException : AmazonRDSException
{
    public InvalidS3BucketException(string message)
        : base(message)
    {
    }

    public InvalidS3BucketException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public InvalidS3BucketException(Exception innerException)
        : base(innerException)
    {
    }

    public InvalidS3BucketException(string message, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, errorType, errorCode, requestId, statusCode)
    {
    }

    public InvalidS3BucketException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}

/// <summary>The KMS key cannot be used.</summary>
public class KMSKeyNotAccessibleException : AmazonRDSException
{
    public KMSKeyNotAccessibleException(string message)
        : base(message)
    {
    }

    public KMSKeyNotAccessibleException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public KMSKeyNotAccessibleException(Exception innerException)
        : base(innerException)
    {
    }

    public KMSKeyNotAccessibleException(string message, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, errorType, errorCode, requestId, statusCode)
    {
    }

    public KMSKeyNotAccessibleException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}
