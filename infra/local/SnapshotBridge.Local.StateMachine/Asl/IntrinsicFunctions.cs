using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SnapshotBridge.Local.StateMachine.Asl;

internal sealed class IntrinsicFailureException(string message) : Exception(message);

/// <summary>All intrinsic functions of the Amazon States Language's JSONPath dialect.</summary>
internal static class IntrinsicFunctions
{
    /// <summary>States.Hash and the Base64 functions take at most 10,000 characters, as the service does.</summary>
    private const int MaxTextLength = 10_000;

    /// <summary>States.ArrayRange makes at most 1,000 elements, as the service does.</summary>
    private const int MaxRange = 1_000;

    internal static readonly IReadOnlyDictionary<string, Func<JsonNode?[], JsonNode?>> All =
        new Dictionary<string, Func<JsonNode?[], JsonNode?>>(StringComparer.Ordinal)
        {
            ["States.Array"] = arguments => new JsonArray([.. arguments.Select(JsonValues.Clone)]),
            ["States.ArrayContains"] = a => Two(a, () => ArrayOf(a[0]).Any(item => JsonNode.DeepEquals(item, a[1]))),
            ["States.ArrayGetItem"] = ArrayGetItem,
            ["States.ArrayLength"] = a => One(a, () => ArrayOf(a[0]).Count),
            ["States.ArrayPartition"] = ArrayPartition,
            ["States.ArrayRange"] = ArrayRange,
            ["States.ArrayUnique"] = ArrayUnique,
            ["States.Base64Decode"] = a => One(a, () => Decode(Short(a[0]))),
            ["States.Base64Encode"] = a => One(a, () => Convert.ToBase64String(Encoding.UTF8.GetBytes(Short(a[0])))),
            ["States.Format"] = Format,
            ["States.Hash"] = Hash,
            ["States.JsonMerge"] = JsonMerge,
            ["States.JsonToString"] = a => One(a, () => JsonValues.Text(a[0])),
            ["States.MathAdd"] = a => Two(a, () => checked(IntegerOf(a[0]) + IntegerOf(a[1]))),
            ["States.MathRandom"] = MathRandom,
            ["States.StringSplit"] = StringSplit,
            ["States.StringToJson"] = StringToJson,
            ["States.UUID"] = a => a.Length == 0 ? JsonValue.Create(Guid.NewGuid().ToString()) : throw Count(0, a.Length),
        };

    private static JsonNode? ArrayGetItem(JsonNode?[] a)
    {
        Expect(a, 2, 2);
        var array = ArrayOf(a[0]);
        var index = IntegerOf(a[1]);
        return index >= 0 && index < array.Count
            ? JsonValues.Clone(array[(int)index])
            : throw new IntrinsicFailureException($"index {index} is outside the array of {array.Count} elements");
    }

    private static JsonArray ArrayPartition(JsonNode?[] a)
    {
        Expect(a, 2, 2);
        var size = IntegerOf(a[1]);
        return size > 0
            ? new JsonArray([.. ArrayOf(a[0]).Chunk((int)Math.Min(size, int.MaxValue)).Select(chunk => new JsonArray([.. chunk.Select(JsonValues.Clone)]))])
            : throw new IntrinsicFailureException($"the chunk size {size} must be positive");
    }

    private static JsonArray ArrayRange(JsonNode?[] a)
    {
        Expect(a, 3, 3);
        var (first, last, step) = (IntegerOf(a[0]), IntegerOf(a[1]), IntegerOf(a[2]));
        if (step == 0)
        {
            throw new IntrinsicFailureException("the step must not be 0");
        }

        var result = new JsonArray();
        for (var value = first; step > 0 ? value <= last : value >= last; value += step)
        {
            if (result.Count == MaxRange)
            {
                throw new IntrinsicFailureException($"the range has more than {MaxRange} elements");
            }

            result.Add((JsonNode)JsonValue.Create(value));
        }

        return result;
    }

    private static JsonArray ArrayUnique(JsonNode?[] a)
    {
        Expect(a, 1, 1);
        var result = new JsonArray();
        foreach (var item in ArrayOf(a[0]))
        {
            if (!result.Any(seen => JsonNode.DeepEquals(seen, item)))
            {
                result.Add(JsonValues.Clone(item));
            }
        }

        return result;
    }

    private static JsonValue Format(JsonNode?[] a)
    {
        Expect(a, 1, int.MaxValue);
        var template = StringOf(a[0]);
        var result = new StringBuilder();
        var next = 1;
        for (var i = 0; i < template.Length; i++)
        {
            if (template[i] == '\\' && i + 1 < template.Length && template[i + 1] is '{' or '}')
            {
                result.Append(template[++i]);
            }
            else if (template[i] == '{' && i + 1 < template.Length && template[i + 1] == '}')
            {
                if (next == a.Length)
                {
                    throw new IntrinsicFailureException($"'{template}' has more placeholders than there are arguments");
                }

                var value = a[next++];
                result.Append(value is JsonArray or JsonObject
                    ? throw new IntrinsicFailureException("an argument is an array or an object")
                    : JsonValues.String(value) ?? JsonValues.Text(value));
                i++;
            }
            else
            {
                result.Append(template[i]);
            }
        }

        return next == a.Length
            ? JsonValue.Create(result.ToString())
            : throw new IntrinsicFailureException($"'{template}' has fewer placeholders than there are arguments");
    }

    private static JsonValue Hash(JsonNode?[] a)
    {
        Expect(a, 2, 2);
        var data = Encoding.UTF8.GetBytes(JsonValues.String(a[0]) is not null ? Short(a[0]) : JsonValues.Text(a[0]));
        var algorithm = StringOf(a[1]);
        // MD5 and SHA-1 are the function's own words, not a protection of ours.
#pragma warning disable CA5350, CA5351
        var hash = algorithm switch
        {
            "MD5" => MD5.HashData(data),
            "SHA-1" => SHA1.HashData(data),
            "SHA-256" => SHA256.HashData(data),
            "SHA-384" => SHA384.HashData(data),
            "SHA-512" => SHA512.HashData(data),
            _ => throw new IntrinsicFailureException($"'{algorithm}' is none of MD5, SHA-1, SHA-256, SHA-384, SHA-512"),
        };
#pragma warning restore CA5350, CA5351
        return JsonValue.Create(Convert.ToHexStringLower(hash));
    }

    private static JsonObject JsonMerge(JsonNode?[] a)
    {
        Expect(a, 3, 3);
        if (JsonValues.Boolean(a[2]) != false)
        {
            throw new IntrinsicFailureException("the third argument must be false: only shallow merges exist");
        }

        if (a[0] is not JsonObject first || a[1] is not JsonObject second)
        {
            throw new IntrinsicFailureException("both values must be objects");
        }

        var result = first.DeepClone().AsObject();
        foreach (var (name, value) in second)
        {
            result[name] = JsonValues.Clone(value);
        }

        return result;
    }

    private static JsonValue MathRandom(JsonNode?[] a)
    {
        Expect(a, 2, 3);
        var (from, to) = (IntegerOf(a[0]), IntegerOf(a[1]));
        if (from >= to)
        {
            throw new IntrinsicFailureException($"the start {from} must be below the end {to}");
        }

        // CA5394: the function promises a number, not a secret.
#pragma warning disable CA5394
        var random = a.Length == 3 ? new Random((int)IntegerOf(a[2])) : Random.Shared;
        return JsonValue.Create(random.NextInt64(from, to));
#pragma warning restore CA5394
    }

    private static JsonArray StringSplit(JsonNode?[] a)
    {
        Expect(a, 2, 2);
        // Each character of the second argument separates, and runs of separators count as one: as the service does.
        var parts = StringOf(a[0]).Split(StringOf(a[1]).ToCharArray(), StringSplitOptions.RemoveEmptyEntries);
        return new JsonArray([.. parts.Select(part => (JsonNode)JsonValue.Create(part))]);
    }

    private static JsonNode? StringToJson(JsonNode?[] a)
    {
        Expect(a, 1, 1);
        try
        {
            return JsonValues.Parse(StringOf(a[0]));
        }
        catch (JsonException e)
        {
            throw new IntrinsicFailureException($"the text is not JSON: {e.Message}");
        }
    }

    private static string Decode(string text)
    {
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(text));
        }
        catch (FormatException)
        {
            throw new IntrinsicFailureException("the text is not Base64");
        }
    }

    private static JsonValue One<T>(JsonNode?[] arguments, Func<T> value)
    {
        Expect(arguments, 1, 1);
        return JsonValue.Create(value())!;
    }

    private static JsonValue Two<T>(JsonNode?[] arguments, Func<T> value)
    {
        Expect(arguments, 2, 2);
        try
        {
            return JsonValue.Create(value())!;
        }
        catch (OverflowException)
        {
            throw new IntrinsicFailureException("the result is too large");
        }
    }

    private static void Expect(JsonNode?[] arguments, int minimum, int maximum)
    {
        if (arguments.Length < minimum || arguments.Length > maximum)
        {
            throw Count(minimum, arguments.Length);
        }
    }

    private static IntrinsicFailureException Count(int expected, int actual) =>
        new(string.Create(CultureInfo.InvariantCulture, $"it takes {expected} arguments, not {actual}"));

    private static JsonArray ArrayOf(JsonNode? node) =>
        node as JsonArray ?? throw new IntrinsicFailureException($"an array is expected, not {JsonValues.Text(node)}");

    private static long IntegerOf(JsonNode? node) => JsonValues.TryInteger(node, out var integer)
        ? integer
        : JsonValues.TryNumber(node, out var number) && Math.Abs(number) < long.MaxValue
        ? (long)Math.Round(number, MidpointRounding.AwayFromZero)
        : throw new IntrinsicFailureException($"a number is expected, not {JsonValues.Text(node)}");

    private static string StringOf(JsonNode? node) =>
        JsonValues.String(node) ?? throw new IntrinsicFailureException($"a string is expected, not {JsonValues.Text(node)}");

    private static string Short(JsonNode? node) => StringOf(node) is { Length: <= MaxTextLength } text
        ? text
        : throw new IntrinsicFailureException($"the text is longer than {MaxTextLength} characters");
}
