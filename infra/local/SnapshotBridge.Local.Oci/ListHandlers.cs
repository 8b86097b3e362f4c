using System.Globalization;
using System.Text.Json.Nodes;

namespace SnapshotBridge.Local.Oci;

/// <summary>Namespace, buckets and listings.</summary>
internal static class ListHandlers
{
    private const int MaximumPage = 1000;

    private static readonly string[] Fields = ["name", "size", "etag", "md5", "timeCreated", "timeModified", "storageTier", "archivalState"];

    public static Task NamespaceAsync(OciExchange exchange) => exchange.AnswerJsonAsync(200, JsonValue.Create(exchange.Store.Namespace));

    public static Task BucketsAsync(OciExchange exchange) => exchange.AnswerJsonAsync(
        200, new JsonArray([.. exchange.Store.Buckets.Select(name => new JsonObject { ["namespace"] = exchange.Store.Namespace, ["name"] = name, ["compartmentId"] = exchange.User!.Tenancy })]));

    public static Task BucketAsync(OciExchange exchange) => exchange.AnswerJsonAsync(200, new JsonObject
    {
        ["namespace"] = exchange.Store.Namespace,
        ["name"] = exchange.Bucket,
        ["compartmentId"] = exchange.User!.Tenancy,
        ["publicAccessType"] = "NoPublicAccess",
        ["storageTier"] = "Standard",
        ["versioning"] = "Disabled",
    });

    public static async Task ObjectsAsync(OciExchange exchange)
    {
        var prefix = exchange.Query("prefix") ?? "";
        var limit = Limit(exchange);
        var fields = FieldsOf(exchange);
        var delimiter = exchange.Query("delimiter");
        if (delimiter is not (null or "/"))
        {
            throw OciProblem.Invalid("InvalidParameter", $"delimiter must be '/', not '{delimiter}'");
        }

        var (start, startAfter, end) = (exchange.Query("start"), exchange.Query("startAfter"), exchange.Query("end"));
        if (start is not null && startAfter is not null)
        {
            throw OciProblem.Invalid("InvalidParameter", "start and startAfter cannot be used together");
        }

        var order = ObjectNameOrder.Instance;
        var objects = new JsonArray();
        var prefixes = new List<string>();
        string? next = null;
        var all = exchange.Fault<OciFaultAction.ListNothing>() is null ? exchange.Store.List(exchange.Bucket, prefix) : [];
        foreach (var stored in all)
        {
            var folder = delimiter is null ? -1 : stored.Name.IndexOf('/', prefix.Length);
            var entry = folder < 0 ? stored.Name : stored.Name[..(folder + 1)];
            if ((start is not null && order.Compare(stored.Name, start) < 0)
                || (startAfter is not null && order.Compare(stored.Name, startAfter) <= 0)
                || (end is not null && order.Compare(stored.Name, end) >= 0)
                || (folder >= 0 && prefixes.LastOrDefault() == entry))
            {
                continue;
            }

            if (objects.Count + prefixes.Count == limit)
            {
                next = entry;
                break;
            }

            if (folder >= 0)
            {
                prefixes.Add(entry);
            }
            else
            {
                objects.Add(Summary(stored, fields));
            }
        }

        var body = new JsonObject { ["objects"] = objects };
        if (delimiter is not null)
        {
            body["prefixes"] = new JsonArray([.. prefixes.Select(text => JsonValue.Create(text))]);
        }

        if (next is not null)
        {
            body["nextStartWith"] = next;
        }

        await exchange.AnswerJsonAsync(200, body);
    }

    /// <summary>The page's size, 1 to 1,000.</summary>
    public static int Limit(OciExchange exchange)
    {
        var text = exchange.Query("limit");
        return text is null ? MaximumPage
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= MaximumPage ? limit
            : throw OciProblem.Invalid("InvalidParameter", $"limit must be from 1 to {MaximumPage}, not '{text}'");
    }

    /// <summary>A page of a list that continues by number: the items, and the header for the rest.</summary>
    public static JsonArray Page<T>(OciExchange exchange, IReadOnlyList<T> all, Func<T, JsonNode> item)
    {
        var limit = Limit(exchange);
        var page = exchange.Query("page");
        var offset = 0;
        if (page is not null && (!int.TryParse(page, NumberStyles.None, CultureInfo.InvariantCulture, out offset) || offset > all.Count))
        {
            throw OciProblem.Invalid("InvalidParameter", "page is not one that this list gave");
        }

        if (offset + limit < all.Count)
        {
            exchange.Set("opc-next-page", (offset + limit).ToString(CultureInfo.InvariantCulture));
        }

        return new JsonArray([.. all.Skip(offset).Take(limit).Select(item)]);
    }

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static HashSet<string> FieldsOf(OciExchange exchange)
    {
        var fields = (exchange.Query("fields") ?? "name").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToHashSet(StringComparer.Ordinal);
        return fields.FirstOrDefault(field => !Fields.Contains(field, StringComparer.Ordinal)) is { } unknown
            ? throw OciProblem.Invalid("InvalidParameter", $"fields has '{unknown}', which is none of {string.Join(", ", Fields)}")
            : fields;
    }

    private static JsonObject Summary(OciStoredObject stored, HashSet<string> fields)
    {
        var summary = new JsonObject { ["name"] = stored.Name };
        void Add(string field, JsonNode? value)
        {
            if (fields.Contains(field))
            {
                summary[field] = value;
            }
        }

        Add("size", stored.SizeBytes);
        Add("etag", stored.ETag);
        Add("md5", stored.Md5 ?? stored.MultipartMd5);
        Add("timeCreated", Time(stored.TimeCreated));
        Add("timeModified", Time(stored.TimeModified));
        Add("storageTier", "Standard");
        Add("archivalState", null);
        return summary;
    }
}
