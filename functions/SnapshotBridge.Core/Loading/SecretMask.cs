using System.Text.RegularExpressions;

namespace SnapshotBridge.Loading;

/// <summary>
/// Takes pre-authenticated request tokens out of texts that come from a server: HeatWave and Object Storage echo the
/// addresses that they were given, and whoever has the token can read the data.
/// </summary>
public static partial class SecretMask
{
    public const string Replacement = "***";

    /// <summary>The text with the token of every <c>/p/&lt;token&gt;/</c> replaced, also where the slashes are escaped or the text was cut off.</summary>
    public static string Mask(string text) =>
        CutOffToken().Replace(Token().Replace(text, $"$1{Replacement}"), Replacement);

    /// <summary><see cref="Mask(string)"/> for a text that may be absent.</summary>
    public static string? MaskOptional(string? text) => text is null ? null : Mask(text);

    [GeneratedRegex(@"((?:\\?/|%2F)p(?:\\?/|%2F))[A-Za-z0-9_.~+=%-]+", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Token();

    // A server quotes the tail of what it was given: the token then stands at the beginning, without its /p/.
    [GeneratedRegex(@"(?<![^\s""'`(])[A-Za-z0-9_.~+=%-]+(?=/n/[^/\s]+/b/)", RegexOptions.CultureInvariant)]
    private static partial Regex CutOffToken();
}
