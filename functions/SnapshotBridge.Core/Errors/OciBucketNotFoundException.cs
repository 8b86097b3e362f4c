namespace SnapshotBridge.Errors;

/// <summary>OCI answered 404 for the bucket, also after retries. It gives the same answer for a missing bucket and for a missing permission.</summary>
/// <param name="operation">The call that was refused.</param>
/// <param name="namespaceName">The Object Storage namespace that was asked.</param>
/// <param name="bucketName">The bucket that was asked for.</param>
/// <param name="region">The region, or the endpoint where one is set.</param>
/// <param name="requestId">The service's <c>opc-request-id</c>, for a support request.</param>
public sealed class OciBucketNotFoundException(string operation, string namespaceName, string bucketName, string region, string? requestId)
    : BridgeException(
        $"OCI says that bucket '{bucketName}' in namespace '{namespaceName}', region {region}, does not exist or may not be used for {operation}. "
        + "It gives the same answer when the bucket is missing, when the namespace or the region is wrong, and when the user's policy lacks the permission: "
        + $"check the bucket's name and region, then the policy statements for this user's group. opc-request-id: {requestId ?? "none"}")
{
    public string BucketName { get; } = bucketName;

    public string? RequestId { get; } = requestId;
}
