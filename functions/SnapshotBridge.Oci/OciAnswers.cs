using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SnapshotBridge.Copying;
using SnapshotBridge.Errors;

namespace SnapshotBridge.Oci;

/// <summary>Turns answers into what the operations promise.</summary>
internal static class OciAnswers
{
    private const string MetadataPrefix = "opc-meta-";

    public static T Json<T>(OciCall call, OciAnswer answer, JsonTypeInfo<T> type) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(answer.Body, type) ?? throw new JsonException("null");
        }
        catch (JsonException failure)
        {
            throw new OciRequestRejectedException(call.Description, answer.Status, null, $"the answer is not the JSON that this operation gives ({failure.Message})", answer.RequestId);
        }
    }

    /// <summary>The ETag that a successful write must carry.</summary>
    public static string ETag(OciCall call, OciAnswer answer) => answer.Header("etag")
        ?? throw new OciRequestRejectedException(call.Description, answer.Status, null, "the answer has no etag header", answer.RequestId);

    public static OciWriteOutcome Outcome(OciCall call, OciAnswer answer) => answer.Error switch
    {
        null => OciWriteOutcome.Stored,
        { Status: 412 } => OciWriteOutcome.PreconditionFailed,
        { Status: 400 } => OciWriteOutcome.ChecksumMismatch,
        { Status: 404, Code: "UploadNotFound" or "NoSuchUpload" } => OciWriteOutcome.UploadNotFound,
        var error => throw Rejected(call, answer, error),
    };

    public static uint? Crc32COf(OciAnswer answer) => ParseCrc32C(answer.Header("opc-content-crc32c"));

    public static OciObjectInfo Info(OciCall call, OciAnswer answer)
    {
        var content = answer.Message.Content.Headers;
        var size = content.ContentRange?.Length ?? content.ContentLength
            ?? throw new OciRequestRejectedException(call.Description, answer.Status, null, "the answer has no content length", answer.RequestId);
        var metadata = answer.Message.Headers.Concat(content)
            .Where(header => header.Key.StartsWith(MetadataPrefix, StringComparison.OrdinalIgnoreCase))
            .ToDictionary(header => header.Key[MetadataPrefix.Length..].ToLowerInvariant(), header => string.Join(",", header.Value), StringComparer.Ordinal);
        return new OciObjectInfo(size, ETag(call, answer), Crc32COf(answer), content.ContentType?.ToString(), metadata, answer.RequestId);
    }

    public static OciRequestRejectedException Rejected(OciCall call, OciAnswer answer, OciFailure error) =>
        new(call.Description, error.Status, error.Code, error.Message, answer.RequestId);

    public static string Header(uint crc32C) => Crc32C.ToBase64(crc32C);

    public static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static uint? ParseCrc32C(string? text)
    {
        try
        {
            return text is null ? null : Crc32C.FromBase64(text);
        }
        catch (FormatException)
        {
            // Not a CRC32C: as good as none, and the caller treats none as missing evidence.
            return null;
        }
    }
}
