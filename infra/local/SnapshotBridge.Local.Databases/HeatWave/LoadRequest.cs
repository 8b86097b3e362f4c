using System.Text.Json;
using System.Text.RegularExpressions;

namespace SnapshotBridge.Local.Databases.HeatWave;

/// <summary>One element of a table's <c>file</c> list: a PAR and what to take from it.</summary>
/// <param name="Par">The PAR's URL. A secret.</param>
/// <param name="Prefix">Object names begin with this.</param>
/// <param name="Name">One object's name.</param>
/// <param name="Pattern">Object names match this.</param>
internal sealed record FileSpec(string Par, string? Prefix, string? Name, Regex? Pattern);

/// <summary>One table of a call. Without files it is a table that exists and is only to be loaded.</summary>
internal sealed record TableSpec(string Schema, string Table, IReadOnlyList<FileSpec> Files)
{
    /// <summary>Where its files are, as the call says it: the ENGINE_ATTRIBUTE of the table that is made.</summary>
    public string Attribute { get; init; } = "";
}

internal enum LoadMode
{
    Normal,
    DryRun,
    Validation,
}

internal enum LoadOutput
{
    Normal,
    Compact,
    Silent,
    Help,
}

/// <summary>The arguments of <c>sys.heatwave_load</c>, in the form of 8.4 and later or the older one.</summary>
internal sealed record LoadRequest(IReadOnlyList<TableSpec> Tables, LoadMode Mode, LoadOutput Output, bool DropUnsupportedColumns)
{
    private static readonly string[] KnownOptions =
        ["mode", "output", "policy", "sql_mode", "auto_enc", "refresh_external_tables", "external_tables", "exclude_list", "set_load_parallelism"];

    /// <exception cref="ArgumentException">The arguments make no sense; the message says which part, without a PAR.</exception>
    public static LoadRequest Parse(string? inputList, string? options, HeatWaveEdition edition)
    {
        using var input = ParseJson(inputList ?? "null", "input_list");
        using var option = ParseJson(options ?? "null", "options");
        var settings = option.RootElement;
        if (settings.ValueKind is not (JsonValueKind.Object or JsonValueKind.Null))
        {
            throw new ArgumentException("options is no JSON object");
        }

        if (settings.ValueKind == JsonValueKind.Object && settings.EnumerateObject().Select(p => p.Name).FirstOrDefault(name => !KnownOptions.Contains(name)) is { } unknown)
        {
            throw new ArgumentException($"options has the unknown key '{unknown}'");
        }

        var external = settings.ValueKind == JsonValueKind.Object && settings.TryGetProperty("external_tables", out var list) ? list : default;
        var tables = external.ValueKind == JsonValueKind.Array ? OldForm(input.RootElement, external) : NewForm(input.RootElement, edition);
        var excluded = Texts(settings, "exclude_list");
        return new LoadRequest(
            [.. tables.Where(table => !excluded.Contains(table.Schema) && !excluded.Contains($"{table.Schema}.{table.Table}"))],
            Choice(settings, "mode", LoadMode.Normal),
            Choice(settings, "output", LoadOutput.Normal),
            Text(settings, "policy") switch
            {
                null or "disable_unsupported_columns" => true,
                "not_disable_unsupported_columns" => false,
                var other => throw new ArgumentException($"policy is '{other}'"),
            });
    }

    /// <summary>8.4 and later: <c>[{"db_name","tables":[{"table_name","engine_attribute":{"dialect","file"}}]}]</c>.</summary>
    private static List<TableSpec> NewForm(JsonElement input, HeatWaveEdition edition)
    {
        if (input.ValueKind != JsonValueKind.Array || input.GetArrayLength() == 0)
        {
            throw new ArgumentException("input_list is no JSON array with an element");
        }

        var tables = new List<TableSpec>();
        foreach (var schema in input.EnumerateArray())
        {
            if (schema.ValueKind == JsonValueKind.String)
            {
                // A schema's ordinary tables: they are loaded from the server itself, and here they already are.
                continue;
            }

            if (!edition.HasInputList)
            {
                throw new ArgumentException("an element of db_list is no schema name");
            }

            tables.AddRange(ReadTables(schema, "input_list", static table => table.TryGetProperty("engine_attribute", out var attribute) ? attribute : default));
        }

        return tables;
    }

    /// <summary>Before 8.4: argument 1 names the schemas, option <c>external_tables</c> the tables, without an engine_attribute level.</summary>
    private static List<TableSpec> OldForm(JsonElement input, JsonElement external)
    {
        if (input.ValueKind != JsonValueKind.Array || input.EnumerateArray().Any(schema => schema.ValueKind != JsonValueKind.String))
        {
            throw new ArgumentException("db_list is no JSON array of schema names, as external_tables needs it");
        }

        var schemas = input.EnumerateArray().Select(schema => schema.GetString()!).ToHashSet(StringComparer.Ordinal);
        var tables = external.EnumerateArray().SelectMany(schema => ReadTables(schema, "external_tables", static table => table)).ToList();
        var stray = tables.FirstOrDefault(table => !schemas.Contains(table.Schema));
        return stray is null ? tables : throw new ArgumentException($"external_tables names schema '{stray.Schema}', which db_list does not");
    }

    private static List<TableSpec> ReadTables(JsonElement schema, string where, Func<JsonElement, JsonElement> attribute)
    {
        var name = Text(schema, "db_name") is { Length: > 0 } db ? db : throw new ArgumentException($"an element of {where} has no db_name");
        if (!schema.TryGetProperty("tables", out var tables) || tables.ValueKind != JsonValueKind.Array)
        {
            return [];
        }

        return [.. tables.EnumerateArray().Select(table => table.ValueKind == JsonValueKind.String
            ? new TableSpec(name, table.GetString()!, [])
            : Table(name, table, attribute(table)))];
    }

    private static TableSpec Table(string schema, JsonElement table, JsonElement attribute)
    {
        var name = Text(table, "table_name") is { Length: > 0 } text ? text : throw new ArgumentException($"a table of schema '{schema}' has no table_name");
        if (attribute.ValueKind != JsonValueKind.Object || !attribute.TryGetProperty("file", out var files))
        {
            return new TableSpec(schema, name, []);
        }

        RequireParquet(schema, name, attribute);
        return new TableSpec(schema, name, Files(schema, name, files)) { Attribute = attribute.GetRawText() };
    }

    /// <summary>The file list of a table.</summary>
    /// <exception cref="ArgumentException">It makes no sense; the message holds no PAR.</exception>
    public static IReadOnlyList<FileSpec> Files(string schema, string table, JsonElement files) =>
        files.ValueKind == JsonValueKind.Array && files.GetArrayLength() > 0
            ? [.. files.EnumerateArray().Select(file => File(schema, table, file))]
            : throw new ArgumentException($"table '{schema}.{table}' has an empty file list");

    public static void RequireParquet(string schema, string name, JsonElement attribute)
    {
        var format = attribute.TryGetProperty("dialect", out var dialect) ? Text(dialect, "format") : null;
        if (format != "parquet")
        {
            throw new ArgumentException($"table '{schema}.{name}' has format '{format ?? "csv"}' (csv is the default), and only parquet is played here");
        }

        var other = dialect.EnumerateObject().Select(p => p.Name).FirstOrDefault(key => key is not ("format" or "is_strict_mode" or "allow_missing_files" or "check_constraints" or "match_columns_by" or "allow_missing_columns"));
        if (other is not null)
        {
            throw new ArgumentException($"dialect key '{other}' of table '{schema}.{name}' cannot stand with format parquet");
        }
    }

    private static FileSpec File(string schema, string table, JsonElement file)
    {
        var par = Text(file, "par");
        if (par is null || !Uri.TryCreate(par, UriKind.Absolute, out var url) || !url.AbsolutePath.StartsWith("/p/", StringComparison.Ordinal) || !url.AbsolutePath.Contains("/o/", StringComparison.Ordinal))
        {
            throw new ArgumentException($"a file of table '{schema}.{table}' has no par with a PAR URL");
        }

        var (prefix, name, pattern) = (Text(file, "prefix"), Text(file, "name"), Text(file, "pattern"));
        var given = new[] { prefix, name, pattern }.Count(value => value is not null);
        var ofObject = !url.AbsolutePath.EndsWith("/o/", StringComparison.Ordinal);
        if (given > 1 || (ofObject && given > 0))
        {
            throw new ArgumentException($"a file of table '{schema}.{table}' has more than one of prefix, name and pattern, or one beside an object's PAR");
        }

        return new FileSpec(par, prefix, name, pattern is null ? null : Compile(pattern, schema, table));
    }

    private static Regex Compile(string pattern, string schema, string table)
    {
        try
        {
            return new Regex($"^(?:{pattern})$", RegexOptions.ECMAScript, TimeSpan.FromMinutes(1));
        }
        catch (ArgumentException)
        {
            throw new ArgumentException($"pattern '{pattern}' of table '{schema}.{table}' is no regular expression");
        }
    }

    private static JsonDocument ParseJson(string text, string argument)
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException)
        {
            throw new ArgumentException($"{argument} is no JSON");
        }
    }

    private static T Choice<T>(JsonElement settings, string name, T defaultValue) where T : struct, Enum
    {
        var text = Text(settings, name);
        return text is null ? defaultValue
            : Enum.TryParse<T>(text, ignoreCase: true, out var value) && !char.IsAsciiDigit(text[0]) ? value
            : throw new ArgumentException($"{name} is '{text}' and must be one of {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}");
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static HashSet<string> Texts(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array
            ? value.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!).ToHashSet(StringComparer.Ordinal)
            : [];
}
