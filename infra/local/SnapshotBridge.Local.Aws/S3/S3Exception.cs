namespace SnapshotBridge.Local.Aws.S3;

/// <summary>An error in S3's words; over HTTP it becomes S3's XML.</summary>
/// <param name="code">S3's code, for example <c>NoSuchKey</c>.</param>
/// <param name="message">For the caller; no secrets.</param>
/// <param name="statusCode">The HTTP status.</param>
public sealed class S3Exception(string code, string message, int statusCode) : Exception(message)
{
    /// <summary>S3's code.</summary>
    public string Code { get; } = code;

    /// <summary>The HTTP status.</summary>
    public int StatusCode { get; } = statusCode;

    /// <summary>Further elements of the XML error, such as <c>Key</c> or <c>BucketName</c>.</summary>
    public IReadOnlyList<(string Name, string Value)> Details { get; init; } = [];

    internal static S3Exception NoSuchBucket(string bucket)
        => new("NoSuchBucket", "The specified bucket does not exist", 404) { Details = [("BucketName", bucket)] };

    internal static S3Exception NoSuchKey(string key)
        => new("NoSuchKey", "The specified key does not exist.", 404) { Details = [("Key", key)] };

    internal static S3Exception NoSuchUpload(string uploadId)
        => new("NoSuchUpload", "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.", 404)
        {
            Details = [("UploadId", uploadId)],
        };

    internal static S3Exception PreconditionFailed(string condition)
        => new("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412) { Details = [("Condition", condition)] };

    internal static S3Exception InvalidArgument(string name, string value, string message)
        => new("InvalidArgument", message, 400) { Details = [("ArgumentName", name), ("ArgumentValue", value)] };

    internal static S3Exception BadDigest(string message) => new("BadDigest", message, 400);
}
