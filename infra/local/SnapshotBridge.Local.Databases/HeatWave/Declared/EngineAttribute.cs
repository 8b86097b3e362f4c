using System.Text.Json;

namespace SnapshotBridge.Local.Databases.HeatWave.Declared;

internal enum ColumnMatch
{
    Order,
    NameCaseSensitive,
    NameCaseInsensitive,
}

/// <summary>A declared table's ENGINE_ATTRIBUTE.</summary>
/// <param name="Files">Where its data is.</param>
/// <param name="IsStrict">What it says of strictness, or null where it leaves that to the session.</param>
/// <param name="Match">How columns of the files find those of the table.</param>
/// <param name="AllowsMissingColumns">Whether a column that no file has is NULL.</param>
/// <param name="AllowsMissingFiles">Whether a location may have no file.</param>
internal sealed record EngineAttribute(IReadOnlyList<FileSpec> Files, bool? IsStrict, ColumnMatch Match, bool AllowsMissingColumns, bool AllowsMissingFiles)
{
    /// <exception cref="LakehouseException">It makes no sense to this version; the message holds no PAR.</exception>
    public static EngineAttribute Parse(DeclaredTable table, string text, HeatWaveEdition edition)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var root = document.RootElement;
            LoadRequest.RequireParquet(table.Schema, table.Name, root);
            if (!root.TryGetProperty("file", out var files))
            {
                throw new ArgumentException($"table '{table.FullName}' has no file list");
            }

            return new EngineAttribute(
                LoadRequest.Files(table.Schema, table.Name, files),
                Flag(root, files, "is_strict_mode"),
                MatchOf(root, edition),
                Flag(root, files, "allow_missing_columns") == true
                    && (edition.HasMissingColumns ? true : throw new ArgumentException("allow_missing_columns is not known to this version")),
                Flag(root, files, "allow_missing_files") == true);
        }
        catch (Exception e) when (e is ArgumentException or JsonException or InvalidOperationException)
        {
            throw new LakehouseException(LakehouseException.OperationFailed, $"Secondary engine operation failed. Incorrect ENGINE_ATTRIBUTE: {(e is ArgumentException ? e.Message : "no JSON of the expected form")}.");
        }
    }

    private static ColumnMatch MatchOf(JsonElement root, HeatWaveEdition edition)
    {
        if (Find(root, "match_columns_by") is not { } by)
        {
            return ColumnMatch.Order;
        }

        return !edition.HasMatchByName
            ? throw new ArgumentException("match_columns_by is not known to this version")
            : by.GetString() switch
            {
                "order" => ColumnMatch.Order,
                "name_case_sensitive" => ColumnMatch.NameCaseSensitive,
                "name_case_insensitive" => ColumnMatch.NameCaseInsensitive,
                var other => throw new ArgumentException($"match_columns_by is '{other}'"),
            };
    }

    /// <summary>A flag of the first file, else of the dialect, else of the table.</summary>
    private static bool? Flag(JsonElement root, JsonElement files, string name)
    {
        var found = files.ValueKind == JsonValueKind.Array && files.GetArrayLength() > 0 && files[0].TryGetProperty(name, out var ofFile) ? ofFile : Find(root, name);
        return found switch
        {
            null => null,
            { ValueKind: JsonValueKind.True } => true,
            { ValueKind: JsonValueKind.False } => false,
            { ValueKind: JsonValueKind.Number } number => number.GetInt32() != 0,
            { ValueKind: JsonValueKind.String } text => text.GetString() is "1" or "true",
            _ => throw new ArgumentException($"{name} is neither true nor false"),
        };
    }

    private static JsonElement? Find(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) ? value
        : root.TryGetProperty("dialect", out var dialect) && dialect.TryGetProperty(name, out value) ? value
        : null;
}
