namespace SnapshotBridge.Local.Oci;

/// <summary>What a user's policies allow, by the permissions that the Object Storage operations ask for.</summary>
[Flags]
public enum OciPermissions
{
    None = 0,

    /// <summary>ListObjects, HeadObject, ListMultipartUploadParts.</summary>
    ObjectInspect = 1,

    /// <summary>GetObject.</summary>
    ObjectRead = 2,

    /// <summary>PutObject of a new name; with <see cref="ObjectOverwrite"/> multipart uploads.</summary>
    ObjectCreate = 4,

    /// <summary>PutObject of an existing name; with <see cref="ObjectCreate"/> multipart uploads.</summary>
    ObjectOverwrite = 8,

    /// <summary>DeleteObject, AbortMultipartUpload.</summary>
    ObjectDelete = 16,

    /// <summary>HeadBucket, GetBucket, ListMultipartUploads, listing and getting PARs.</summary>
    BucketRead = 32,

    /// <summary>Creating and deleting PARs; creating one also needs what it grants.</summary>
    ParManage = 64,

    /// <summary>ListBuckets.</summary>
    BucketInspect = 128,

    All = ObjectInspect | ObjectRead | ObjectCreate | ObjectOverwrite | ObjectDelete | BucketRead | ParManage | BucketInspect,
}
