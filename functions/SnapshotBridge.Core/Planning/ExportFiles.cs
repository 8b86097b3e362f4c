using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SnapshotBridge.Planning;

/// <summary><c>export_info_*.json</c>: RDS documents none of it, so everything is optional.</summary>
public sealed record ExportInfo
{
    public string? ExportTaskIdentifier { get; init; }

    public string? SourceArn { get; init; }

    /// <summary>"Sep 10, 2020 6:50:05 AM" in older exports, ISO 8601 in newer ones; both UTC.</summary>
    public string? SnapshotTime { get; init; }

    public string? Status { get; init; }

    public string? FailureCause { get; init; }

    public JsonElement? WarningMessage { get; init; }
}

/// <summary><c>export_tables_info_*_from_n_to_m.json</c>.</summary>
public sealed record ExportTablesInfo
{
    public IReadOnlyList<ExportedTable?>? PerTableStatus { get; init; }
}

/// <summary>One table, or a database that has something to say about itself.</summary>
public sealed record ExportedTable
{
    /// <summary><c>database.schema.table</c>, for MySQL too.</summary>
    public string? Target { get; init; }

    public string? Status { get; init; }

    public JsonElement? WarningMessage { get; init; }

    public ExportedSchema? SchemaMetadata { get; init; }
}

public sealed record ExportedSchema
{
    public IReadOnlyList<ExportedColumn?>? OriginalTypeMappings { get; init; }
}

/// <summary>One column; the numbers came with newer exports and are sometimes texts.</summary>
public sealed record ExportedColumn
{
    public string? ColumnName { get; init; }

    [JsonConverter(typeof(RepeatedText))]
    public string? OriginalType { get; init; }

    [JsonConverter(typeof(RepeatedText))]
    public string? ExpectedExportedType { get; init; }

    [JsonConverter(typeof(LooseNumber))]
    public int? OriginalCharMaxLength { get; init; }

    [JsonConverter(typeof(LooseNumber))]
    public int? OriginalNumPrecision { get; init; }

    [JsonConverter(typeof(LooseNumber))]
    public int? OriginalDateTimePrecision { get; init; }
}

/// <summary>A number, a number in a text, or anything else as null: these fields only describe, nothing depends on them.</summary>
internal sealed class LooseNumber : JsonConverter<int?>
{
    public override int? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Number:
                return reader.TryGetInt32(out var number) ? number : null;
            case JsonTokenType.String:
                return int.TryParse(reader.GetString(), NumberStyles.Integer, CultureInfo.InvariantCulture, out var parsed) ? parsed : null;
            default:
                reader.Skip();
                return null;
        }
    }

    public override void Write(Utf8JsonWriter writer, int? value, JsonSerializerOptions options)
    {
        if (value is { } number)
        {
            writer.WriteNumberValue(number);
        }
        else
        {
            writer.WriteNullValue();
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ExportInfo))]
[JsonSerializable(typeof(ExportTablesInfo))]
internal sealed partial class ExportFilesJson : JsonSerializerContext;

/// <summary>The dates of the export's files.</summary>
public static class ExportDates
{
    /// <summary>Reads both forms, or gives null.</summary>
    public static DateTimeOffset? Parse(string? text) =>
        DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : null;
}
