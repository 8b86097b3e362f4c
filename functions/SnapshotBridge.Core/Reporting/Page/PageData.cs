using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using SnapshotBridge.Loading.Verification;

namespace SnapshotBridge.Reporting.Page;

/// <summary>
/// The tables as the page's script reads them: an array each, with texts that repeat (names of schemas, warnings, reasons) kept
/// once, so that 10,000 tables stay small. The figures are the report's own.
/// </summary>
internal sealed class PageData
{
    // Escapes <, >, & and quotes: no text can end the script element that it stands in.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };

    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly List<string> _texts = [];

    private PageData()
    {
    }

    public static string Of(IReadOnlyList<TableReport> tables)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            var data = new PageData();
            json.WriteStartObject();
            json.WriteStartArray("tables");
            foreach (var table in tables)
            {
                data.Write(json, table);
            }

            json.WriteEndArray();
            json.WriteStartArray("texts");
            data._texts.ForEach(json.WriteStringValue);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    // [schema, name, target schema, status, rows exported, rows loaded, files, bytes, evidence, seconds, details?]
    private void Write(Utf8JsonWriter json, TableReport table)
    {
        json.WriteStartArray();
        json.WriteNumberValue(Id(table.Schema));
        json.WriteStringValue(PageText.Name(table));
        json.WriteNumberValue(Id(table.TargetSchema));
        json.WriteNumberValue((int)table.Status);
        Write(json, table.RowsExported);
        Write(json, table.RowsLoaded);
        json.WriteNumberValue(table.Objects);
        json.WriteNumberValue(table.Bytes);
        Write(json, (long?)table.Evidence);
        if (table.LoadSeconds is { } seconds)
        {
            json.WriteNumberValue(seconds);
        }
        else
        {
            json.WriteNullValue();
        }

        if (HasDetails(table))
        {
            WriteDetails(json, table);
        }

        json.WriteEndArray();
    }

    private static bool HasDetails(TableReport table) =>
        table.Reason is not null || table.NextStep is not null || table.PublicSchema is not null || table.Statistics is not null
        || table.Warnings.Count + table.DroppedColumns.Count + table.TypeChanges.Count > 0;

    private void WriteDetails(Utf8JsonWriter json, TableReport table)
    {
        json.WriteStartObject();
        WriteId(json, "reason", table.Reason);
        WriteId(json, "next", table.NextStep);
        WriteId(json, "served", table.PublicSchema);
        if (table.Warnings.Count > 0)
        {
            json.WriteStartArray("warnings");
            foreach (var warning in table.Warnings)
            {
                json.WriteNumberValue(Id(warning));
            }

            json.WriteEndArray();
        }

        if (table.DroppedColumns.Count > 0)
        {
            json.WriteStartArray("dropped");
            foreach (var column in table.DroppedColumns)
            {
                json.WriteStringValue(column);
            }

            json.WriteEndArray();
        }

        if (table.TypeChanges.Count > 0)
        {
            json.WriteStartArray("types");
            foreach (var change in table.TypeChanges)
            {
                json.WriteStartArray();
                json.WriteStringValue(change.Column);
                json.WriteNumberValue(Id(change.SourceType));
                json.WriteNumberValue(Id(change.LoadedType));
                json.WriteNumberValue(Id(change.Reason));
                json.WriteEndArray();
            }

            json.WriteEndArray();
        }

        if (table.Statistics is { } statistics)
        {
            WriteStatistics(json, statistics);
        }

        json.WriteEndObject();
    }

    private void WriteStatistics(Utf8JsonWriter json, StatisticsOutcome statistics)
    {
        json.WriteStartObject("statistics");
        json.WriteNumber("all", statistics.Columns);
        json.WriteNumber("columns", statistics.ColumnsCompared);
        json.WriteNumber("full", statistics.ColumnsInFull);
        json.WriteNumber("values", statistics.ValuesCompared);
        json.WriteStartArray("differences");
        foreach (var difference in statistics.Differences)
        {
            json.WriteStartArray();
            json.WriteStringValue(difference.Column);
            json.WriteStringValue(difference.Figure);
            json.WriteStringValue(difference.Exported);
            json.WriteStringValue(difference.Loaded);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteStartArray("not");
        foreach (var reason in statistics.NotCompared)
        {
            json.WriteNumberValue(Id(reason));
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteId(Utf8JsonWriter json, string name, string? text)
    {
        if (text is not null)
        {
            json.WriteNumber(name, Id(text));
        }
    }

    private static void Write(Utf8JsonWriter json, long? value)
    {
        if (value is { } number)
        {
            json.WriteNumberValue(number);
        }
        else
        {
            json.WriteNullValue();
        }
    }

    private int Id(string text)
    {
        if (!_ids.TryGetValue(text, out var id))
        {
            _ids.Add(text, id = _texts.Count);
            _texts.Add(text);
        }

        return id;
    }
}
