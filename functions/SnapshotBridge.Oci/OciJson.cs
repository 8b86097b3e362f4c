using System.Text.Json.Serialization;

namespace SnapshotBridge.Oci;

internal sealed record ListObjectsBody(IReadOnlyList<ListedObjectBody>? Objects, IReadOnlyList<string>? Prefixes, string? NextStartWith);

internal sealed record ListedObjectBody(string Name, long? Size, string? Etag, string? Md5);

internal sealed record CreateUploadBody(string Object, string ContentType, IReadOnlyDictionary<string, string> Metadata);

internal sealed record UploadBody(string Object, string UploadId, DateTimeOffset? TimeCreated);

internal sealed record UploadedPartBody(int PartNumber, string Etag, long Size, string? Md5);

internal sealed record CommitBody(IReadOnlyList<CommitPartBody> PartsToCommit, IReadOnlyList<int> PartsToExclude);

internal sealed record CommitPartBody(int PartNum, string Etag);

internal sealed record BucketBody(string? Namespace, string? Name, string? CompartmentId, string? Etag);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(ListObjectsBody))]
[JsonSerializable(typeof(CreateUploadBody))]
[JsonSerializable(typeof(UploadBody))]
[JsonSerializable(typeof(List<UploadBody>))]
[JsonSerializable(typeof(List<UploadedPartBody>))]
[JsonSerializable(typeof(CommitBody))]
[JsonSerializable(typeof(BucketBody))]
internal sealed partial class OciJson : JsonSerializerContext;
