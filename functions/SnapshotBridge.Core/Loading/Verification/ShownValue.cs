using System.Text;

namespace SnapshotBridge.Loading.Verification;

/// <summary>Values of the data as a report shows them: short, and so that two that differ look different.</summary>
internal static class ShownValue
{
    /// <summary>The longest text of a value in a report, in characters.</summary>
    public const int LongestText = 64;

    private const int Context = 16;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>A text, in quotes where its ends would not be seen; else hexadecimal.</summary>
    public static string OfBytes(byte[] bytes)
    {
        try
        {
            var text = Strict.GetString(bytes);
            if (!text.Any(char.IsControl))
            {
                return text.Length == 0 || text != text.Trim() ? $"\"{text}\"" : text;
            }
        }
        catch (DecoderFallbackException)
        {
            // Bytes, not a text.
        }

        return "0x" + Convert.ToHexString(bytes);
    }

    /// <summary>Both values, shortened around their first difference.</summary>
    public static (string Left, string Right) Both(string left, string right)
    {
        var common = left.AsSpan().CommonPrefixLength(right);
        var from = Math.Max(left.Length, right.Length) > LongestText && common > LongestText / 2 ? common - Context : 0;
        return (Cut(left, from), Cut(right, from));
    }

    private static string Cut(string text, int from)
    {
        var tail = from > 0 ? "…" + text[from..] : text;
        return tail.Length <= LongestText ? tail : tail[..(LongestText - 1)] + "…";
    }
}
