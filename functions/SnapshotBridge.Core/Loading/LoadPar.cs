using System.Buffers;

namespace SnapshotBridge.Loading;

/// <summary>
/// The address of a pre-authenticated request (PAR): a bearer secret. It prints masked, has no serializable member, and
/// exists in memory only; the one way to the text is <see cref="Reveal"/>.
/// </summary>
public sealed class LoadPar
{
    // Statements hold the address between quotes, inside JSON: what Object Storage makes its addresses of needs no escaping there.
    private static readonly SearchValues<char> Plain = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&()*+,;=%");

    private readonly string _url;

    /// <param name="url">An absolute address of the form <c>https://host/p/token/n/namespace/b/bucket/o/</c>.</param>
    /// <exception cref="ArgumentException">The text has another form; the message does not repeat it.</exception>
    public LoadPar(string url)
    {
        ArgumentNullException.ThrowIfNull(url);
        var start = url.IndexOf("/p/", StringComparison.Ordinal);
        var end = start < 0 ? -1 : url.IndexOf('/', start + 3);
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("https" or "http") || end <= start + 3 || !url.EndsWith("/o/", StringComparison.Ordinal)
            || url.AsSpan().ContainsAnyExcept(Plain))
        {
            throw new ArgumentException("A pre-authenticated request for a prefix has an address of the form https://host/p/token/n/namespace/b/bucket/o/.", nameof(url));
        }

        _url = url;
        Token = url[(start + 3)..end];
    }

    /// <summary>The part that must never be written anywhere.</summary>
    internal string Token { get; }

    /// <summary>The address itself, for the CALL and for the listing through the PAR.</summary>
    public string Reveal() => _url;

    public override string ToString() => SecretMask.Mask(_url);
}
