using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace SnapshotBridge.Oci;

/// <summary>
/// The URL of a pre-authenticated request, ending in <c>/o/</c> or in an object's name. Whoever has it has the access
/// it grants: it prints with its token masked, and <see cref="Reveal"/> says where the real one is meant.
/// </summary>
public sealed partial class ParUrl : IEquatable<ParUrl>
{
    private readonly string _url;

    private ParUrl(string url, string token, string namespaceName, string bucketName)
    {
        (_url, Token, NamespaceName, BucketName) = (url, token, namespaceName, bucketName);
    }

    public string NamespaceName { get; }

    public string BucketName { get; }

    internal string Token { get; }

    /// <summary>Reads a PAR's full URL: <c>https://host/p/token/n/namespace/b/bucket/o/…</c>.</summary>
    /// <exception cref="FormatException">It is none; the message does not hold it.</exception>
    public static ParUrl Parse(string url) => TryParse(url, out var par)
        ? par
        : throw new FormatException("This is not the URL of a pre-authenticated request: it must look like https://<host>/p/<token>/n/<namespace>/b/<bucket>/o/.");

    public static bool TryParse(string? url, [NotNullWhen(true)] out ParUrl? par)
    {
        var match = Shape().Match(url ?? "");
        par = match.Success
            ? new ParUrl(match.Value, match.Groups["token"].Value, Uri.UnescapeDataString(match.Groups["ns"].Value), Uri.UnescapeDataString(match.Groups["bucket"].Value))
            : null;
        return par is not null;
    }

    /// <summary>The URL itself: for the request that uses it and for HeatWave, never for a log, a message or a document.</summary>
    public string Reveal() => _url;

    /// <summary>The text with every occurrence of this PAR's token masked.</summary>
    public string Mask(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Replace(Token, "***", StringComparison.Ordinal);
    }

    /// <summary>The text with the token of every PAR in it masked, known or not.</summary>
    public static string MaskAll(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return AnyToken().Replace(text, "/p/***/n/");
    }

    public override string ToString() => Mask(_url);

    public bool Equals(ParUrl? other) => other is not null && string.Equals(_url, other._url, StringComparison.Ordinal);

    public override bool Equals(object? obj) => Equals(obj as ParUrl);

    public override int GetHashCode() => _url.GetHashCode(StringComparison.Ordinal);

    [GeneratedRegex(@"^https?://[^/\s]+/p/(?<token>[^/\s?#]+)/n/(?<ns>[^/\s?#]+)/b/(?<bucket>[^/\s?#]+)/o/[^\s?#]*$")]
    private static partial Regex Shape();

    [GeneratedRegex("/p/[^/\\s\"']+/n/")]
    private static partial Regex AnyToken();
}
