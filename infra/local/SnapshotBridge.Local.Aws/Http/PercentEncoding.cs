using System.Buffers;
using System.Text;

namespace SnapshotBridge.Local.Aws.Http;

/// <summary>The encodings AWS uses in signatures, listings and notifications; .NET's own differ in which characters stay.</summary>
internal static class PercentEncoding
{
    private const string Alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private static readonly SearchValues<char> Unreserved = SearchValues.Create(Alphanumeric + "-._~");
    private static readonly SearchValues<char> UnreservedAndSlash = SearchValues.Create(Alphanumeric + "-._~/");
    private static readonly SearchValues<char> Form = SearchValues.Create(Alphanumeric + "-._*/");

    /// <summary>RFC 3986: everything but letters, digits and <c>-._~</c> as upper-case <c>%XX</c> of UTF-8.</summary>
    public static string Encode(string text) => Encode(text, Unreserved, spaceAsPlus: false);

    /// <summary>As <see cref="Encode(string)"/>, slashes kept.</summary>
    public static string EncodePath(string text) => Encode(text, UnreservedAndSlash, spaceAsPlus: false);

    /// <summary>As S3 writes keys into notifications and into listings with <c>encoding-type=url</c>: a form encoding that keeps slashes.</summary>
    public static string EncodeForm(string text) => Encode(text, Form, spaceAsPlus: true);

    private static string Encode(string text, SearchValues<char> kept, bool spaceAsPlus)
    {
        if (!text.AsSpan().ContainsAnyExcept(kept))
            return text;
        var encoded = new StringBuilder(text.Length + 16);
        foreach (var octet in Encoding.UTF8.GetBytes(text))
        {
            var character = (char)octet;
            if (octet < 0x80 && kept.Contains(character))
                encoded.Append(character);
            else if (spaceAsPlus && octet == ' ')
                encoded.Append('+');
            else
                encoded.Append('%').Append(Convert.ToHexString([octet]));
        }

        return encoded.ToString();
    }
}
