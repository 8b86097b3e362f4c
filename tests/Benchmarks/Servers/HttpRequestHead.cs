using System.Globalization;

namespace SnapshotBridge.Benchmarks.Servers;

/// <summary>A request's first line and headers.</summary>
/// <param name="Method">The method.</param>
/// <param name="Target">The target as sent.</param>
/// <param name="Headers">The headers, by name in any case.</param>
internal sealed record HttpRequestHead(string Method, string Target, IReadOnlyDictionary<string, string> Headers)
{
    private IReadOnlyDictionary<string, string>? _query;

    /// <summary>The target without its query, unescaped.</summary>
    public string Path { get; } = Uri.UnescapeDataString(Target.Split('?', 2)[0]);

    /// <summary>The query's parameters, unescaped.</summary>
    public IReadOnlyDictionary<string, string> Query => _query ??= ParseQuery(Target);

    /// <summary>The body's length as announced; 0 where nothing is.</summary>
    public long ContentLength => Headers.TryGetValue("Content-Length", out var text) ? long.Parse(text, CultureInfo.InvariantCulture) : 0;

    /// <summary>True when the client waits for leave to send its body.</summary>
    public bool ExpectsContinue => Headers.TryGetValue("Expect", out var text) && text.Equals("100-continue", StringComparison.OrdinalIgnoreCase);

    /// <summary>True when the connection ends with this request.</summary>
    public bool Closes => Headers.TryGetValue("Connection", out var text) && text.Equals("close", StringComparison.OrdinalIgnoreCase);

    public string? Header(string name) => Headers.GetValueOrDefault(name);

    /// <exception cref="FormatException">It is no HTTP/1.1 request.</exception>
    public static HttpRequestHead Parse(string text)
    {
        var lines = text.Split("\r\n");
        var first = lines[0].Split(' ');
        if (first.Length != 3)
        {
            throw new FormatException($"'{lines[0]}' is not a request line.");
        }

        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines.AsSpan(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
            {
                headers[line[..colon]] = line[(colon + 1)..].Trim();
            }
        }

        return new HttpRequestHead(first[0], first[1], headers);
    }

    private static Dictionary<string, string> ParseQuery(string target)
    {
        var query = new Dictionary<string, string>(StringComparer.Ordinal);
        var parts = target.Split('?', 2);
        if (parts.Length == 2)
        {
            foreach (var pair in parts[1].Split('&', StringSplitOptions.RemoveEmptyEntries))
            {
                var sides = pair.Split('=', 2);
                query[Uri.UnescapeDataString(sides[0])] = sides.Length == 2 ? Uri.UnescapeDataString(sides[1].Replace('+', ' ')) : "";
            }
        }

        return query;
    }
}
