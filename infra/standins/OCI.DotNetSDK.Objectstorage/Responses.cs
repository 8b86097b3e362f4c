using Oci.Common;
using Oci.ObjectstorageService.Models;

namespace Oci.ObjectstorageService.Responses;

/// <summary>The namespace.</summary>
public class GetNamespaceResponse : OciResponse
{
    public string Value { get; set; }
}

/// <summary>The bucket.</summary>
public class GetBucketResponse : OciResponse
{
    public string OpcClientRequestId { get; set; }

    public string OpcRequestId { get; set; }

    public string ETag { get; set; }

    public Bucket Bucket { get; set; }

    public bool IsNotModified { get; set; }
}

/// <summary>The bucket exists.</summary>
public class HeadBucketResponse : OciResponse
{
    public string OpcClientRequestId { get; set; }

    public string OpcRequestId { get; set; }

    public string ETag { get; set; }

    public bool IsNotModified { get; set; }
}

/// <summary>A page of objects.</summary>
public class ListObjectsResponse : OciResponse
{
    public string OpcClientRequestId { get; set; }

    public string OpcRequestId { get; set; }

    public ListObjects ListObjects { get; set; }
}

/// <summary>The object's headers.</summary>
public class HeadObjectResponse : OciResponse
{
    public string OpcClientRequestId { get; set; }

    public string OpcRequestId { get; set; }

    public string ETag { get; set; }

    public Dictionary<string, string> OpcMeta { get; set; }

    public long? ContentLength { get; set; }

    public string ContentMd5 { get; set; }

    public string OpcMultipartMd5 { get; set; }

    public string OpcContentCrc32c { get; set; }

    public string OpcContentSha256 { get; set; }

    public string OpcContentSha384 { get; set; }

    public string ContentType { get; set; }

    public DateTime? LastModified { get; set; }

    public string VersionId { get; set; }

    public bool IsNotModified { get; set; }
}

/// <summary>The object is gone.</summary>
public class DeleteObjectResponse : OciResponse
{
    public string OpcClientRequestId { get; set; }

    public string OpcRequestId { get; set; }

    public DateTime? LastModified { get; set; }

    public string VersionId { get; set; }

    public bool? IsDeleteMarker { get; set; }
}

/// <summary>The object is stored.</summary>
public class PutObjectResponse : OciResponse
{
    public string OpcClientRequestId { get; set; }

    public string OpcRequestId { get; set; }

    public string OpcContentMd5 { get; set; }

    public string OpcContentCrc32c { get; set; }

    public string OpcContentSha256 { get; set; }

    public string OpcContentSha384 { get; set; }

    public string ETag { get; set; }

    public DateTime? LastModified { get; set; }

    public string VersionId { get; set; }
}

/// <summary>The request, with its URL.</summary>
public class CreatePreauthenticatedRequestResponse : OciResponse
{
    public string OpcClientRequestId { get; set; }

    public string OpcRequestId { get; set; }

    public PreauthenticatedRequest PreauthenticatedRequest { get; set; }
}

/// <summary>The request.</summary>
public class GetPreauthenticatedRequestResponse : OciResponse
{
    public string OpcClientRequestId { get; set; }

    public string OpcRequestId { get; set; }

    public PreauthenticatedRequestSummary PreauthenticatedRequestSummary { get; set; }
}

/// <summary>A page of requests.</summary>
public class ListPreauthenticatedRequestsResponse : OciResponse
{
    public string OpcClientRequestId { get; set; }

    public string OpcRequestId { get; set; }

    public string OpcNextPage { get; set; }

    public List<PreauthenticatedRequestSummary> Items { get; set; }
}

/// <summary>The request is revoked.</summary>
public class DeletePreauthenticatedRequestResponse : OciResponse
{
    public string OpcClientRequestId { get; set; }

    public string OpcRequestId { get; set; }
}
