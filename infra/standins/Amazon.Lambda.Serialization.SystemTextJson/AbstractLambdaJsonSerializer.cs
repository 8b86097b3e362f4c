using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Amazon.Lambda.Serialization.SystemTextJson.Converters;

namespace Amazon.Lambda.Serialization.SystemTextJson;

/// <summary>What the serializers have in common: the options, and one exception type for whatever goes wrong.</summary>
public abstract class AbstractLambdaJsonSerializer
{
    // As in the package, a customizer receives a copy of this struct: it cannot change what is used.
    protected AbstractLambdaJsonSerializer(Action<JsonWriterOptions> jsonWriterCustomizer)
    {
        WriterOptions = new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        jsonWriterCustomizer?.Invoke(WriterOptions);
    }

    protected JsonWriterOptions WriterOptions { get; }

    public void Serialize<T>(T response, Stream responseStream)
    {
        try
        {
            using var writer = new Utf8JsonWriter(responseStream, WriterOptions);
            InternalSerialize(writer, response);
        }
        catch (Exception e)
        {
            throw new JsonSerializerException(
                $"Error converting the response object of type {typeof(T).FullName} from the Lambda function to JSON: {e.Message}", e);
        }
    }

    public T Deserialize<T>(Stream requestStream)
    {
        try
        {
            using var buffer = new MemoryStream();
            requestStream.CopyTo(buffer);
            return InternalDeserialize<T>(buffer.ToArray());
        }
        catch (Exception e)
        {
            throw new JsonSerializerException(
                $"Error converting the Lambda event JSON payload to type {typeof(T).FullName}: {e.Message}", e);
        }
    }

    protected virtual JsonSerializerOptions CreateDefaultJsonSerializationOptions() => new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        PropertyNameCaseInsensitive = true,
        PropertyNamingPolicy = new AwsNamingPolicy(),
        Converters = { new DateTimeConverter(), new MemoryStreamConverter(), new ByteArrayConverter() },
    };

    protected abstract void InternalSerialize<T>(Utf8JsonWriter writer, T response);

    protected abstract T InternalDeserialize<T>(byte[] utf8Json);
}
