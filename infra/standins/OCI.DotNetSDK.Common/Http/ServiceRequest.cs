using System.Globalization;
using System.Text;
using Newtonsoft.Json;
using Newtonsoft.Json.Converters;
using Newtonsoft.Json.Serialization;

namespace Oci.Common.Http;

/// <summary>A request before it is signed: it can be built again for every attempt.</summary>
internal sealed class ServiceRequest(HttpMethod method)
{
    private readonly StringBuilder _path = new();
    private readonly List<string> _query = [];

    public static JsonSerializerSettings JsonSettings { get; } = new()
    {
        ContractResolver = new CamelCasePropertyNamesContractResolver { NamingStrategy = { ProcessDictionaryKeys = false } },
        NullValueHandling = NullValueHandling.Ignore,
        Converters = { new TolerantEnumConverter(), new UtcMillisecondsConverter() },
    };

    public HttpMethod Method => method;

    public List<KeyValuePair<string, string>> Headers { get; } = [];

    /// <summary>A JSON document. It is signed.</summary>
    public object Body { get; set; }

    /// <summary>An object's content. It is not signed.</summary>
    public Stream Content { get; set; }

    /// <summary>A name of the path and its value, escaped whole: a slash inside it is not one of the path.</summary>
    public ServiceRequest Path(string name, string value, string property)
    {
        if (string.IsNullOrWhiteSpace(value))
            throw new ArgumentException($"{property} is required.");
        _path.Append(CultureInfo.InvariantCulture, $"/{name}/{Uri.EscapeDataString(value)}");
        return this;
    }

    public ServiceRequest Path(string name)
    {
        _path.Append('/').Append(name);
        return this;
    }

    public ServiceRequest Query(string name, object value)
    {
        if (value is not null)
            _query.Add($"{name}={Uri.EscapeDataString(Convert.ToString(value, CultureInfo.InvariantCulture))}");
        return this;
    }

    public ServiceRequest Header(string name, object value)
    {
        if (value is not null)
            Headers.Add(new(name, Convert.ToString(value, CultureInfo.InvariantCulture)));
        return this;
    }

    public Uri Address(Uri endpoint)
    {
        var query = _query.Count > 0 ? "?" + string.Join('&', _query) : "";
        return new Uri(endpoint.AbsoluteUri.TrimEnd('/') + _path + query);
    }

    /// <summary>Enumerations by name; what this version does not know is the unknown value.</summary>
    private sealed class TolerantEnumConverter : StringEnumConverter
    {
        public override object ReadJson(JsonReader reader, Type objectType, object existingValue, JsonSerializer serializer)
        {
            var type = Nullable.GetUnderlyingType(objectType) ?? objectType;
            if (reader.TokenType == JsonToken.Null)
                return null;
            return Enum.TryParse(type, reader.Value?.ToString(), ignoreCase: true, out var value) ? value : Enum.Parse(type, "UnknownEnumValue");
        }
    }

    /// <summary>Times are sent in UTC with milliseconds.</summary>
    private sealed class UtcMillisecondsConverter : JsonConverter<DateTime>
    {
        public override bool CanRead => false;

        public override void WriteJson(JsonWriter writer, DateTime value, JsonSerializer serializer) =>
            writer.WriteValue(value.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));

        public override DateTime ReadJson(JsonReader reader, Type objectType, DateTime existingValue, bool hasExistingValue, JsonSerializer serializer) =>
            throw new NotSupportedException();
    }
}
