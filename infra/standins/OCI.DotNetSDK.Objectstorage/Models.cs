namespace Oci.ObjectstorageService.Models;

/// <summary>What an object's content can be checked with besides its MD5.</summary>
public enum ChecksumAlgorithm
{
    Crc32C,
    Sha256,
    Sha384,
}

public enum StorageTier
{
    UnknownEnumValue,
    Standard,
    InfrequentAccess,
    Archive,
}

public enum ArchivalState
{
    UnknownEnumValue,
    Archived,
    Restoring,
    Restored,
}

/// <summary>A bucket.</summary>
public class Bucket
{
    public enum PublicAccessTypeEnum
    {
        UnknownEnumValue,
        NoPublicAccess,
        ObjectRead,
        ObjectReadWithoutList,
    }

    public enum VersioningEnum
    {
        UnknownEnumValue,
        Enabled,
        Suspended,
        Disabled,
    }

    public string Namespace { get; set; }

    public string Name { get; set; }

    public string CompartmentId { get; set; }

    public Dictionary<string, string> Metadata { get; set; }

    public string CreatedBy { get; set; }

    public DateTime? TimeCreated { get; set; }

    public string Etag { get; set; }

    public PublicAccessTypeEnum? PublicAccessType { get; set; }

    public VersioningEnum? Versioning { get; set; }

    public string KmsKeyId { get; set; }

    public string ObjectLifecyclePolicyEtag { get; set; }

    public long? ApproximateCount { get; set; }

    public long? ApproximateSize { get; set; }

    public bool? ObjectEventsEnabled { get; set; }

    public bool? ReplicationEnabled { get; set; }

    public bool? IsReadOnly { get; set; }

    public string Id { get; set; }
}

/// <summary>A page of a listing.</summary>
public class ListObjects
{
    public List<ObjectSummary> Objects { get; set; }

    public List<string> Prefixes { get; set; }

    /// <summary>Where the next page starts; null on the last one.</summary>
    public string NextStartWith { get; set; }
}

/// <summary>An object in a listing. What was not asked for is null.</summary>
public class ObjectSummary
{
    public string Name { get; set; }

    public long? Size { get; set; }

    public string Md5 { get; set; }

    public DateTime? TimeCreated { get; set; }

    public string Etag { get; set; }

    public StorageTier? StorageTier { get; set; }

    public ArchivalState? ArchivalState { get; set; }

    public DateTime? TimeModified { get; set; }
}

/// <summary>A pre-authenticated request to be created.</summary>
public class CreatePreauthenticatedRequestDetails
{
    public enum AccessTypeEnum
    {
        ObjectRead,
        ObjectWrite,
        ObjectReadWrite,
        AnyObjectWrite,
        AnyObjectRead,
        AnyObjectReadWrite,
    }

    public string Name { get; set; }

    public PreauthenticatedRequest.BucketListingActionEnum? BucketListingAction { get; set; }

    /// <summary>An object, or a prefix where the access type is one of the "any object" ones.</summary>
    public string ObjectName { get; set; }

    public AccessTypeEnum? AccessType { get; set; }

    public DateTime? TimeExpires { get; set; }
}

/// <summary>A pre-authenticated request as it is shown once, when it is created: with its URL, which is a secret.</summary>
public class PreauthenticatedRequest
{
    public enum AccessTypeEnum
    {
        UnknownEnumValue,
        ObjectRead,
        ObjectWrite,
        ObjectReadWrite,
        AnyObjectWrite,
        AnyObjectRead,
        AnyObjectReadWrite,
    }

    public enum BucketListingActionEnum
    {
        UnknownEnumValue,
        Deny,
        ListObjects,
    }

    public string Id { get; set; }

    public string Name { get; set; }

    public string AccessUri { get; set; }

    public string FullPath { get; set; }

    public string ObjectName { get; set; }

    public BucketListingActionEnum? BucketListingAction { get; set; }

    public AccessTypeEnum? AccessType { get; set; }

    public DateTime? TimeExpires { get; set; }

    public DateTime? TimeCreated { get; set; }
}

/// <summary>A pre-authenticated request without its URL.</summary>
public class PreauthenticatedRequestSummary
{
    public enum AccessTypeEnum
    {
        UnknownEnumValue,
        ObjectRead,
        ObjectWrite,
        ObjectReadWrite,
        AnyObjectWrite,
        AnyObjectRead,
        AnyObjectReadWrite,
    }

    public string Id { get; set; }

    public string Name { get; set; }

    public string ObjectName { get; set; }

    public PreauthenticatedRequest.BucketListingActionEnum? BucketListingAction { get; set; }

    public AccessTypeEnum? AccessType { get; set; }

    public DateTime? TimeExpires { get; set; }

    public DateTime? TimeCreated { get; set; }
}
