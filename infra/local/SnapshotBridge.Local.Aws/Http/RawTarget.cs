using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace SnapshotBridge.Local.Aws.Http;

/// <summary>
/// A request's target as it was sent. Signatures and object keys depend on it: the server's own <c>Request.Path</c> is
/// already decoded in part and has dot segments removed, which S3 keys may contain.
/// </summary>
internal sealed class RawTarget
{
    private RawTarget(string path, IReadOnlyList<KeyValuePair<string, string>> query)
    {
        Path = path;
        Query = query;
    }

    /// <summary>The path, still percent-encoded.</summary>
    public string Path { get; }

    /// <summary>The query's parameters, decoded, in the order sent. A parameter without <c>=</c> has an empty value.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Query { get; }

    public static RawTarget Of(HttpRequest request)
    {
        var raw = request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (!raw.StartsWith('/') && Uri.TryCreate(raw, UriKind.Absolute, out var absolute))
            raw = absolute.PathAndQuery;
        var question = raw.IndexOf('?', StringComparison.Ordinal);
        return question < 0
            ? new RawTarget(raw, [])
            : new RawTarget(raw[..question], ParseQuery(raw[(question + 1)..]));
    }

    /// <summary>The value of the first parameter of this name, or null.</summary>
    public string? Find(string name)
    {
        foreach (var (key, value) in Query)
        {
            if (key == name)
                return value;
        }

        return null;
    }

    public static IReadOnlyList<KeyValuePair<string, string>> ParseQuery(string query)
    {
        var parameters = new List<KeyValuePair<string, string>>();
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            parameters.Add(equals < 0
                ? new(Decode(pair), "")
                : new(Decode(pair[..equals]), Decode(pair[(equals + 1)..])));
        }

        return parameters;
    }

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
