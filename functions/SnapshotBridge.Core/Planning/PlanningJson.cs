using System.Text.Json.Serialization;

namespace SnapshotBridge.Planning;

/// <summary>The serialization contract of the planning documents: camelCase, absent instead of null.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CopyPlan))]
[JsonSerializable(typeof(CopyBatch))]
[JsonSerializable(typeof(IReadOnlyList<BatchReference>))]
public sealed partial class PlanningJson : JsonSerializerContext;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PlanStamp))]
internal sealed partial class PlanStampJson : JsonSerializerContext;
