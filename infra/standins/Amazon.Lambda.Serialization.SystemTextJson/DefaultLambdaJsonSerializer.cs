using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Amazon.Lambda.Core;

namespace Amazon.Lambda.Serialization.SystemTextJson;

/// <summary>The serializer that finds types by reflection.</summary>
[RequiresUnreferencedCode("Serializes by reflection; a trimmed function needs SourceGeneratorLambdaJsonSerializer.")]
public class DefaultLambdaJsonSerializer : AbstractLambdaJsonSerializer, ILambdaSerializer
{
    public DefaultLambdaJsonSerializer()
        : this(null, null)
    {
    }

    public DefaultLambdaJsonSerializer(Action<JsonSerializerOptions> customizer)
        : this(customizer, null)
    {
    }

    public DefaultLambdaJsonSerializer(Action<JsonSerializerOptions> customizer, Action<JsonWriterOptions> jsonWriterCustomizer)
        : base(jsonWriterCustomizer)
    {
        SerializerOptions = CreateDefaultJsonSerializationOptions();
        customizer?.Invoke(SerializerOptions);
    }

    protected JsonSerializerOptions SerializerOptions { get; }

    protected override void InternalSerialize<T>(Utf8JsonWriter writer, T response) =>
        JsonSerializer.Serialize(writer, response, SerializerOptions);

    protected override T InternalDeserialize<T>(byte[] utf8Json) => JsonSerializer.Deserialize<T>(utf8Json, SerializerOptions);
}

/// <summary>The serializer that finds types by reflection and writes camelCase.</summary>
[RequiresUnreferencedCode("Serializes by reflection; a trimmed function needs SourceGeneratorLambdaJsonSerializer.")]
public class CamelCaseLambdaJsonSerializer : DefaultLambdaJsonSerializer
{
    public CamelCaseLambdaJsonSerializer()
        : base(o => o.PropertyNamingPolicy = new AwsNamingPolicy(JsonNamingPolicy.CamelCase))
    {
    }
}
