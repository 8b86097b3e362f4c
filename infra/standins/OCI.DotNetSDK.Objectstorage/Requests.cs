using Oci.Common;
using Oci.ObjectstorageService.Models;

namespace Oci.ObjectstorageService.Requests;

/// <summary>Asks for the tenancy's namespace.</summary>
public class GetNamespaceRequest : IOciRequest
{
    public string CompartmentId { get; set; }

    public string OpcClientRequestId { get; set; }
}

/// <summary>Asks for a bucket.</summary>
public class GetBucketRequest : IOciRequest
{
    public enum FieldsEnum
    {
        ApproximateCount,
        ApproximateSize,
        AutoTiering,
    }

    public string NamespaceName { get; set; }

    public string BucketName { get; set; }

    public string IfMatch { get; set; }

    public string IfNoneMatch { get; set; }

    public string OpcClientRequestId { get; set; }

    public List<FieldsEnum> Fields { get; set; }
}

/// <summary>Asks whether a bucket exists.</summary>
public class HeadBucketRequest : IOciRequest
{
    public string NamespaceName { get; set; }

    public string BucketName { get; set; }

    public string IfMatch { get; set; }

    public string IfNoneMatch { get; set; }

    public string OpcClientRequestId { get; set; }
}

/// <summary>Lists objects.</summary>
public class ListObjectsRequest : IOciRequest
{
    public string NamespaceName { get; set; }

    public string BucketName { get; set; }

    public string Prefix { get; set; }

    public string Start { get; set; }

    public string End { get; set; }

    public string StartAfter { get; set; }

    public int? Limit { get; set; }

    public string Delimiter { get; set; }

    public string Fields { get; set; }

    public string OpcClientRequestId { get; set; }
}

/// <summary>Asks for an object's headers.</summary>
public class HeadObjectRequest : IOciRequest
{
    public string NamespaceName { get; set; }

    public string BucketName { get; set; }

    public string ObjectName { get; set; }

    public string VersionId { get; set; }

    public string IfMatch { get; set; }

    public string IfNoneMatch { get; set; }

    public string OpcClientRequestId { get; set; }
}

/// <summary>Deletes an object.</summary>
public class DeleteObjectRequest : IOciRequest
{
    public string NamespaceName { get; set; }

    public string BucketName { get; set; }

    public string ObjectName { get; set; }

    public string IfMatch { get; set; }

    public string VersionId { get; set; }

    public string OpcClientRequestId { get; set; }
}

/// <summary>Writes an object.</summary>
public class PutObjectRequest : IOciRequest
{
    public string NamespaceName { get; set; }

    public string BucketName { get; set; }

    public string ObjectName { get; set; }

    public long? ContentLength { get; set; }

    public Stream PutObjectBody { get; set; }

    public string IfMatch { get; set; }

    public string IfNoneMatch { get; set; }

    public string OpcClientRequestId { get; set; }

    public string ContentMD5 { get; set; }

    public ChecksumAlgorithm? OpcChecksumAlgorithm { get; set; }

    public string OpcContentCrc32c { get; set; }

    public string OpcContentSha256 { get; set; }

    public string OpcContentSha384 { get; set; }

    public string ContentType { get; set; }

    public string ContentLanguage { get; set; }

    public string ContentEncoding { get; set; }

    public string ContentDisposition { get; set; }

    public string CacheControl { get; set; }

    public StorageTier? StorageTier { get; set; }

    public Dictionary<string, string> OpcMeta { get; set; }
}

/// <summary>Creates a pre-authenticated request.</summary>
public class CreatePreauthenticatedRequestRequest : IOciRequest
{
    public string NamespaceName { get; set; }

    public string BucketName { get; set; }

    public CreatePreauthenticatedRequestDetails CreatePreauthenticatedRequestDetails { get; set; }

    public string OpcClientRequestId { get; set; }
}

/// <summary>Asks for a pre-authenticated request.</summary>
public class GetPreauthenticatedRequestRequest : IOciRequest
{
    public string NamespaceName { get; set; }

    public string BucketName { get; set; }

    public string ParId { get; set; }

    public string OpcClientRequestId { get; set; }
}

/// <summary>Lists pre-authenticated requests.</summary>
public class ListPreauthenticatedRequestsRequest : IOciRequest
{
    public string NamespaceName { get; set; }

    public string BucketName { get; set; }

    public string ObjectNamePrefix { get; set; }

    public int? Limit { get; set; }

    public string Page { get; set; }

    public string OpcClientRequestId { get; set; }
}

/// <summary>Revokes a pre-authenticated request.</summary>
public class DeletePreauthenticatedRequestRequest : IOciRequest
{
    public string NamespaceName { get; set; }

    public string BucketName { get; set; }

    public string ParId { get; set; }

    public string OpcClientRequestId { get; set; }
}
