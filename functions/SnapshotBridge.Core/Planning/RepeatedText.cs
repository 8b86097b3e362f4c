using System.Text.Json;
using System.Text.Json.Serialization;

namespace SnapshotBridge.Planning;

/// <summary>
/// Texts of which there are few, repeated for each of some hundred thousand columns: each is kept once. Only names of types,
/// so what is interned for good stays small.
/// </summary>
internal sealed class RepeatedText : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetString() is { } text ? string.Intern(text) : null;

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}
