using System.Globalization;
using System.Net;
using System.Text.Json;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;

namespace SnapshotBridge.StandIns.Aws;

/// <summary>The AWS JSON protocols 1.0 and 1.1: a JSON document out, a JSON document back.</summary>
internal sealed class JsonProtocol(string serviceName, string targetPrefix, string jsonVersion, string apiVersion, ExceptionFactory exceptions)
{
    public InvokeOptions Options<TRequest, TResponse>(
        string operation, Action<TRequest, JsonFields> write, Action<JsonElement, TResponse> read)
        where TRequest : AmazonWebServiceRequest
        where TResponse : AmazonWebServiceResponse, new() => new()
        {
            RequestMarshaller = new Marshaller(request =>
            {
                using var body = new MemoryStream();
                using (var writer = new Utf8JsonWriter(body))
                {
                    writer.WriteStartObject();
                    write((TRequest)request, new JsonFields(writer));
                    writer.WriteEndObject();
                }

                var wire = new DefaultRequest(request, serviceName) { HttpMethod = "POST", ResourcePath = "/", Content = body.ToArray() };
                wire.Headers["X-Amz-Target"] = $"{targetPrefix}.{operation}";
                wire.Headers["Content-Type"] = $"application/x-amz-json-{jsonVersion}";
                wire.Headers["X-Amz-Api-Version"] = apiVersion;
                return wire;
            }),
            ResponseUnmarshaller = new Unmarshaller<TResponse>(read, exceptions),
        };

    private sealed class Marshaller(Func<AmazonWebServiceRequest, IRequest> marshall) : IMarshaller<IRequest, AmazonWebServiceRequest>
    {
        public IRequest Marshall(AmazonWebServiceRequest input) => marshall(input);
    }

    private sealed class Unmarshaller<TResponse>(Action<JsonElement, TResponse> read, ExceptionFactory exceptions) : JsonResponseUnmarshaller
        where TResponse : AmazonWebServiceResponse, new()
    {
        public override AmazonWebServiceResponse Unmarshall(JsonUnmarshallerContext context)
        {
            var response = new TResponse();
            using var document = JsonDocument.Parse(context.Stream);
            read(document.RootElement, response);
            return response;
        }

        public override AmazonServiceException UnmarshallException(
            JsonUnmarshallerContext context, Exception innerException, HttpStatusCode statusCode)
        {
            string code = null, message = null;
            var readError = innerException;
            try
            {
                using var document = JsonDocument.Parse(context.Stream);
                code = document.RootElement.Text("__type") ?? document.RootElement.Text("code");
                message = document.RootElement.Text("message") ?? document.RootElement.Text("Message");
            }
            catch (JsonException e)
            {
                // A proxy's page, or nothing at all: headers and status code still say what happened.
                readError ??= e;
            }

            code = Header(context, "x-amzn-ErrorType") ?? code;
            return exceptions(new ServiceError(
                message ?? $"The service answered with HTTP status {(int)statusCode}.",
                readError,
                (int)statusCode >= 500 ? ErrorType.Receiver : ErrorType.Sender,
                ShortCode(code),
                Header(context, "x-amzn-RequestId") ?? Header(context, "x-amz-request-id"),
                statusCode));
        }

        private static string Header(JsonUnmarshallerContext context, string name) =>
            context.ResponseData.IsHeaderPresent(name) ? context.ResponseData.GetHeaderValue(name) : null;

        /// <summary><c>com.amazonaws.states#TaskTimedOut</c> and <c>TaskTimedOut:http://…</c> are both <c>TaskTimedOut</c>.</summary>
        private static string ShortCode(string code)
        {
            if (code is null)
                return null;
            var end = code.IndexOf(':', StringComparison.Ordinal);
            var name = end < 0 ? code : code[..end];
            return name[(name.LastIndexOf('#') + 1)..];
        }
    }
}

/// <summary>The fields of a request; what is not set is not sent.</summary>
internal sealed class JsonFields(Utf8JsonWriter writer)
{
    public JsonFields Add(string name, string value)
    {
        if (value is not null)
            writer.WriteString(name, value);
        return this;
    }

    public JsonFields Add(string name, int? value)
    {
        if (value is not null)
            writer.WriteNumber(name, value.Value);
        return this;
    }

    public JsonFields Add(string name, bool? value)
    {
        if (value is not null)
            writer.WriteBoolean(name, value.Value);
        return this;
    }

    /// <summary>Epoch seconds, as the JSON protocols have times.</summary>
    public JsonFields Add(string name, DateTime? value)
    {
        if (value is not null)
            writer.WriteNumber(name, (value.Value.ToUniversalTime() - DateTime.UnixEpoch).Ticks / (decimal)TimeSpan.TicksPerSecond);
        return this;
    }

    public JsonFields Add(string name, IEnumerable<string> values)
    {
        if (values is null)
            return this;
        writer.WriteStartArray(name);
        foreach (var value in values)
            writer.WriteStringValue(value);
        writer.WriteEndArray();
        return this;
    }

    public JsonFields Add<T>(string name, IEnumerable<T> items, Action<T, JsonFields> write)
    {
        if (items is null)
            return this;
        writer.WriteStartArray(name);
        foreach (var item in items)
        {
            writer.WriteStartObject();
            write(item, this);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        return this;
    }
}

/// <summary>Reading of answers: null where something is absent or null.</summary>
internal static class JsonReading
{
    public static JsonElement? Field(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
            ? value
            : null;

    public static string Text(this JsonElement element, string name) => element.Field(name)?.GetString();

    public static int? Int(this JsonElement element, string name) => element.Field(name)?.GetInt32();

    public static long? Long(this JsonElement element, string name) => element.Field(name)?.GetInt64();

    /// <summary>Epoch seconds with a fraction, or ISO 8601.</summary>
    public static DateTime? Date(this JsonElement element, string name) => element.Field(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } number => DateTime.UnixEpoch.AddTicks((long)(number.GetDecimal() * TimeSpan.TicksPerSecond)),
        { } text => DateTime.Parse(
            text.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal),
    };

    public static List<T> List<T>(this JsonElement element, string name, Func<JsonElement, T> read) =>
        element.Field(name)?.EnumerateArray().Select(read).ToList();
}
