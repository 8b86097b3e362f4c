namespace SnapshotBridge.Local.Oci;

/// <summary>The operations that the endpoint knows, by the service's names.</summary>
public enum OciOperation
{
    Unknown,
    GetNamespace,
    ListBuckets,
    HeadBucket,
    GetBucket,
    PutObject,
    HeadObject,
    GetObject,
    DeleteObject,
    ListObjects,
    CreateMultipartUpload,
    UploadPart,
    CommitMultipartUpload,
    AbortMultipartUpload,
    ListMultipartUploadParts,
    ListMultipartUploads,
    CreatePreauthenticatedRequest,
    GetPreauthenticatedRequest,
    ListPreauthenticatedRequests,
    DeletePreauthenticatedRequest,
}
