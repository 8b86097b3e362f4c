using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Amazon.Lambda.Core;

namespace Amazon.Lambda.Serialization.SystemTextJson;

/// <summary>The serializer that works from a source-generated context.</summary>
/// <remarks>
/// The context is created with the Lambda options, so options that its own attribute names are not used: a naming policy
/// has to be set through the customizer.
/// </remarks>
public class SourceGeneratorLambdaJsonSerializer<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TSGContext>
    : AbstractLambdaJsonSerializer, ILambdaSerializer
    where TSGContext : JsonSerializerContext
{
    private readonly TSGContext _context;

    public SourceGeneratorLambdaJsonSerializer()
        : this(null, null)
    {
    }

    public SourceGeneratorLambdaJsonSerializer(Action<JsonSerializerOptions> customizer)
        : this(customizer, null)
    {
    }

    public SourceGeneratorLambdaJsonSerializer(Action<JsonWriterOptions> jsonWriterCustomizer)
        : this(null, jsonWriterCustomizer)
    {
    }

    public SourceGeneratorLambdaJsonSerializer(Action<JsonSerializerOptions> customizer, Action<JsonWriterOptions> jsonWriterCustomizer)
        : base(jsonWriterCustomizer)
    {
        SerializerOptions = CreateDefaultJsonSerializationOptions();
        customizer?.Invoke(SerializerOptions);

        var constructor = typeof(TSGContext).GetConstructor([typeof(JsonSerializerOptions)])
            ?? throw new InvalidOperationException(
                $"The serializer {typeof(TSGContext).FullName} is missing a constructor that takes in JsonSerializerOptions object");
        _context = (TSGContext)constructor.Invoke([SerializerOptions]);
    }

    protected JsonSerializerOptions SerializerOptions { get; }

    protected override void InternalSerialize<T>(Utf8JsonWriter writer, T response) =>
        JsonSerializer.Serialize(writer, response, TypeInfo<T>());

    protected override T InternalDeserialize<T>(byte[] utf8Json) => JsonSerializer.Deserialize(utf8Json, TypeInfo<T>());

    private JsonTypeInfo<T> TypeInfo<T>() =>
        _context.GetTypeInfo(typeof(T)) as JsonTypeInfo<T>
        ?? throw new JsonSerializerException($"No JsonTypeInfo registered in {_context.GetType().FullName} for type {typeof(T).FullName}.");
}
