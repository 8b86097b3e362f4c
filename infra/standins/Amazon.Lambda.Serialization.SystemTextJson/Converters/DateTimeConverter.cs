using System.Text.Json;
using System.Text.Json.Serialization;

namespace Amazon.Lambda.Serialization.SystemTextJson.Converters;

/// <summary>Reads ISO 8601 text and epoch numbers: seconds, or milliseconds where seconds would lie beyond the year 5000.</summary>
public class DateTimeConverter : JsonConverter<DateTime>
{
    // 5000 years of 365.25 days, the package's border between seconds and milliseconds.
    private const long MaxEpochSeconds = 157753180800;

    public override DateTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String && reader.TryGetDateTime(out var date))
            return date;
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var whole))
            return whole > MaxEpochSeconds ? DateTime.UnixEpoch.AddMilliseconds(whole) : DateTime.UnixEpoch.AddSeconds(whole);
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var seconds))
            return DateTime.UnixEpoch.AddSeconds(seconds);
        throw new JsonSerializerException($"Unknown data type for DateTime: {reader.TokenType}");
    }

    public override void Write(Utf8JsonWriter writer, DateTime value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}
