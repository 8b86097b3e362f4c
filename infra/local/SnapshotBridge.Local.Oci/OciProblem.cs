using System.Text.Json;

namespace SnapshotBridge.Local.Oci;

/// <summary>An error answer of the service.</summary>
internal sealed class OciProblem(int status, string code, string message, string? detail = null) : Exception(message)
{
    public int Status { get; } = status;

    public string Code { get; } = code;

    /// <summary>For the request log: what the answer does not tell.</summary>
    public string? Detail { get; } = detail;

    public static string Json(string code, string message) =>
        JsonSerializer.Serialize(new Dictionary<string, string> { ["code"] = code, ["message"] = message });

    public static OciProblem NotAuthenticated(string detail) =>
        new(401, "NotAuthenticated", "The required information to complete authentication was not provided or was incorrect.", detail);

    public static OciProblem BucketNotFound(string bucket, string ns, string detail) =>
        new(404, "BucketNotFound", $"Either the bucket named '{bucket}' does not exist in the namespace '{ns}' or you are not authorized to access it", detail);

    public static OciProblem ParNotFound(string detail) => new(404, "NotAuthenticated", "PAR does not exist", detail);

    public static OciProblem ObjectNotFound(string name, string bucket) =>
        new(404, "ObjectNotFound", $"The object '{name}' was not found in the bucket '{bucket}'");

    public static OciProblem UploadNotFound(string? uploadId) => new(404, "UploadNotFound", $"The upload '{uploadId}' was not found");

    public static OciProblem Invalid(string code, string message) => new(400, code, message);

    public static OciProblem IfNoneMatch() => new(412, "IfNoneMatchFailed", "The If-None-Match header is '*' but there is an existing object");

    public static OciProblem IfMatch() => new(412, "IfMatchFailed", "The If-Match header does not match the ETag of the existing object");
}
