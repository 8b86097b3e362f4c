using Amazon.RDS.Model;
using SnapshotBridge.StandIns.Aws;

namespace Amazon.RDS;

/// <summary>The exception class of each error code.</summary>
internal static class ServiceExceptions
{
    public static AmazonRDSException From(ServiceError e) => e.Code switch
    {
        "DBClusterNotFoundFault" => new DBClusterNotFoundException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        "DBClusterSnapshotNotFoundFault" => new DBClusterSnapshotNotFoundException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        "DBSnapshotNotFound" => new DBSnapshotNotFoundException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        "DBInstanceNotFound" => new DBInstanceNotFoundException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        "ExportTaskAlreadyExists" => new ExportTaskAlreadyExistsException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        "ExportTaskNotFound" => new ExportTaskNotFoundException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        "IamRoleMissingPermissions" => new IamRoleMissingPermissionsException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        "IamRoleNotFound" => new IamRoleNotFoundException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        "InvalidExportOnly" => new InvalidExportOnlyException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        "InvalidExportSourceState" => new InvalidExportSourceStateException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        "InvalidExportTaskStateFault" => new InvalidExportTaskStateException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        "InvalidS3BucketFault" => new InvalidS3BucketException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        "KMSKeyNotAccessibleFault" => new KMSKeyNotAccessibleException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        _ => new AmazonRDSException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
    };
}
