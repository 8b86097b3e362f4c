using System.Text.Json;

namespace SnapshotBridge.Loading;

/// <summary>An error or warning of HeatWave's own report.</summary>
/// <param name="Type"><c>error</c> or <c>warn</c>.</param>
/// <param name="Log">The report's JSON, without PAR tokens.</param>
public sealed record LoadMessage(string Type, string Log)
{
    // One message may quote a whole row of the data.
    private const int LongestText = 500;

    public bool IsError => string.Equals(Type, "error", StringComparison.OrdinalIgnoreCase);

    /// <summary>The text inside the JSON, whatever its key in this server's version, or the JSON itself.</summary>
    public string Text
    {
        get
        {
            var text = Log;
            try
            {
                using var document = JsonDocument.Parse(Log);
                if (document.RootElement.ValueKind == JsonValueKind.Object)
                {
                    foreach (var key in (ReadOnlySpan<string>)["error", "warn", "message"])
                    {
                        if (document.RootElement.TryGetProperty(key, out var value))
                        {
                            text = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
                            break;
                        }
                    }
                }
            }
            catch (JsonException)
            {
                // Not JSON: the text is the message.
            }

            text = SecretMask.Mask(text);
            return text.Length <= LongestText ? text : $"{text[..LongestText]}…";
        }
    }
}

/// <summary>How the CALL for one table ended.</summary>
/// <param name="Errno">MySQL's error number, null where the CALL raised none: that alone does not mean that the table is loaded.</param>
/// <param name="Message">The error's text.</param>
/// <param name="Messages">HeatWave's report.</param>
public sealed record CallOutcome(int? Errno, string? Message, IReadOnlyList<LoadMessage> Messages);

/// <summary>What the server serves under the table's name after the CALL.</summary>
public sealed record ServedTable
{
    public required bool Exists { get; init; }

    /// <summary><c>COUNT(*)</c>, null where it could not be counted.</summary>
    public long? Rows { get; init; }

    /// <summary>Why it could not be counted.</summary>
    public string? CountError { get; init; }

    /// <summary>The columns that queries can use.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary><c>rpd_tables.LOAD_STATUS</c>; null where the server has no such table or it may not be read.</summary>
    public string? RapidStatus { get; init; }

    /// <summary><c>rpd_tables.NROWS</c>.</summary>
    public long? RapidRows { get; init; }
}

/// <summary>The judgement over one table.</summary>
/// <param name="Reason">Why it failed; null when it is loaded.</param>
/// <param name="DroppedColumns">Columns of the export that the server does not serve.</param>
/// <param name="Warnings">What else HeatWave said, and the dropped columns in words.</param>
public sealed record TableVerdict(string? Reason, IReadOnlyList<string> DroppedColumns, IReadOnlyList<string> Warnings)
{
    private const string LoadedStatus = "AVAIL_RPDGSTABSTATE";

    public bool IsLoaded => Reason is null;

    /// <summary>
    /// HeatWave's CALL succeeds although tables failed, and a table may be missing from its report: the table itself is asked.
    /// </summary>
    /// <param name="rowsExported">The sum over the Parquet footers.</param>
    /// <param name="columnsExported">The export's column names.</param>
    /// <param name="call">How the CALL ended; null for a table that an earlier run loaded.</param>
    /// <param name="served">What the server serves now.</param>
    public static TableVerdict Of(long rowsExported, IReadOnlyList<string> columnsExported, CallOutcome? call, ServedTable served)
    {
        // MySQL compares column names without case.
        var dropped = served.Exists
            ? columnsExported.Except(served.Columns, StringComparer.OrdinalIgnoreCase).ToList()
            : [];
        var warnings = call?.Messages.Where(message => !message.IsError).Select(message => message.Text).Distinct(StringComparer.Ordinal).ToList() ?? [];
        if (dropped.Count > 0)
        {
            warnings.Add($"HeatWave does not serve {(dropped.Count == 1 ? "column" : "columns")} {string.Join(", ", dropped)}");
        }

        return new TableVerdict(Reasoned(rowsExported, columnsExported, call, served, dropped), dropped, warnings);
    }

    private static string? Reasoned(long rowsExported, IReadOnlyList<string> columnsExported, CallOutcome? call, ServedTable served, List<string> dropped)
    {
        var errors = call?.Messages.Where(message => message.IsError).Select(message => message.Text).Distinct(StringComparer.Ordinal).ToList() ?? [];
        if (call?.Errno is { } errno)
        {
            return $"the call failed with error {errno}: {SecretMask.Mask(call.Message ?? "")}{(errors.Count > 0 ? $" ({Few.Of(errors, 3)})" : "")}";
        }

        if (errors.Count > 0)
        {
            return $"HeatWave reported: {Few.Of(errors, 3)}";
        }

        if (!served.Exists)
        {
            return "HeatWave did not create the table and gave no error";
        }

        if (served.RapidStatus is { } status && status != LoadedStatus)
        {
            return $"HeatWave's load status is {status} instead of {LoadedStatus}";
        }

        if (served.CountError is { } countError)
        {
            return $"its rows could not be counted: {countError}";
        }

        if (served.Rows != rowsExported)
        {
            return $"HeatWave serves {served.Rows} rows but the export holds {rowsExported}";
        }

        if (served.RapidRows is { } rapidRows && rapidRows != rowsExported)
        {
            return $"HeatWave's memory holds {rapidRows} rows but the export holds {rowsExported}";
        }

        return dropped.Count == columnsExported.Count && dropped.Count > 0
            ? "HeatWave serves none of the export's columns"
            : null;
    }
}
