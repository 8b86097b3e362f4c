using System.Text.Json;
using System.Text.Json.Nodes;

namespace SnapshotBridge.Local.StateMachine.Asl;

/// <summary>Reads the fields of one object of a definition, and names those that nobody asked for.</summary>
internal sealed class FieldReader(JsonObject fields, string path, List<string> problems)
{
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    internal string Path { get; } = path;

    internal List<string> Problems { get; } = problems;

    internal string At(string field) => $"{Path}.{field}";

    internal void Problem(string field, string text) => Problems.Add($"{At(field)} {text}");

    internal bool Has(string field) => fields.ContainsKey(field);

    internal JsonNode? Node(string field)
    {
        _read.Add(field);
        return fields.TryGetPropertyValue(field, out var value) ? value : null;
    }

    internal string? Text(string field, bool required = false)
    {
        var node = Node(field);
        if (node?.GetValueKind() == JsonValueKind.String)
        {
            return node.GetValue<string>();
        }

        if (Has(field))
        {
            Problem(field, "must be a string");
        }
        else if (required)
        {
            Problem(field, "is missing");
        }

        return null;
    }

    internal bool Boolean(string field)
    {
        var node = Node(field);
        if (Has(field) && JsonValues.Boolean(node) is null)
        {
            Problem(field, "must be true or false");
        }

        return JsonValues.Boolean(node) ?? false;
    }

    internal double? Number(string field, double minimum, double maximum, bool whole)
    {
        var node = Node(field);
        if (!Has(field))
        {
            return null;
        }

        if (!JsonValues.TryNumber(node, out var number) || number < minimum || number > maximum || (whole && !JsonValues.TryInteger(node, out _)))
        {
            Problem(field, $"is {JsonValues.Text(node)} but must be a {(whole ? "whole " : "")}number from {minimum} to {maximum}");
            return null;
        }

        return number;
    }

    /// <summary>A number given plainly, or by a field of the same name with <c>Path</c>.</summary>
    internal NumberSource? NumberOrPath(string field, long minimum, long maximum)
    {
        var value = Number(field, minimum, maximum, whole: true);
        var path = Path_(field + "Path", mustBeReference: false);
        if (Has(field) && Has(field + "Path"))
        {
            Problem(field, $"and {field}Path exclude each other");
        }

        return value is { } number ? new NumberSource(field, (long)number, null) : path is null ? null : new NumberSource(field + "Path", null, path);
    }

    internal JsonPath? Path_(string field, bool mustBeReference)
    {
        if (Text(field) is not { } text)
        {
            return null;
        }

        try
        {
            var path = JsonPath.Parse(text);
            if (mustBeReference && !path.IsReference)
            {
                Problem(field, $"is '{text}' but must be a reference path: $, members and array indices only");
                return null;
            }

            return path;
        }
        catch (FormatException e)
        {
            Problem(field, $"is not usable: {e.Message}");
            return null;
        }
    }

    /// <summary>InputPath or OutputPath: a path, or JSON null for an empty object.</summary>
    internal DataPath DataPath(string field)
    {
        if (!Has(field))
        {
            return Asl.DataPath.Whole;
        }

        if (Node(field) is null)
        {
            return new DataPath(null);
        }

        return Path_(field, mustBeReference: false) is { } path ? new DataPath(path) : Asl.DataPath.Whole;
    }

    /// <summary>ResultPath: a reference path, or JSON null for none; <c>$</c> where it is absent.</summary>
    internal JsonPath? ResultPath()
    {
        if (!Has("ResultPath"))
        {
            return JsonPath.Parse("$");
        }

        return Node("ResultPath") is null ? null : Path_("ResultPath", mustBeReference: true);
    }

    internal PayloadTemplate? Template(string field)
    {
        var node = Node(field);
        if (!Has(field))
        {
            return null;
        }

        if (node is not JsonObject)
        {
            Problem(field, "must be an object");
        }

        return PayloadTemplate.Parse(node, At(field), Problems);
    }

    internal FieldReader? Object(string field, bool required)
    {
        if (Node(field) is JsonObject map)
        {
            return new FieldReader(map, At(field), Problems);
        }

        if (Has(field))
        {
            Problem(field, "must be an object");
        }
        else if (required)
        {
            Problem(field, "is missing");
        }

        return null;
    }

    internal IEnumerable<FieldReader> Objects(string field, bool required)
    {
        if (Node(field) is JsonArray array && array.Count > 0)
        {
            for (var i = 0; i < array.Count; i++)
            {
                if (array[i] is JsonObject map)
                {
                    yield return new FieldReader(map, $"{At(field)}[{i}]", Problems);
                }
                else
                {
                    Problem($"{field}[{i}]", "must be an object");
                }
            }
        }
        else if (Has(field))
        {
            Problem(field, "must be an array with at least one element");
        }
        else if (required)
        {
            Problem(field, "is missing");
        }
    }

    /// <summary>Names every field that was not read. Call it last.</summary>
    internal void RefuseOthers(string where)
    {
        foreach (var field in fields.Select(property => property.Key).Where(field => !_read.Contains(field)))
        {
            Problem(field, $"is not a field that this interpreter implements in {where}");
        }
    }
}
