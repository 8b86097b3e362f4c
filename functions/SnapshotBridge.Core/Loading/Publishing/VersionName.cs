using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SnapshotBridge.Loading.Publishing;

/// <summary>
/// The name of the schema that one version of a public schema is loaded into, such as
/// <c>shop__20261121080000_1f0c9a</c>. It follows from the export and the request alone, so that a re-entered, redriven
/// or repeated run finds what it has loaded; a request for other column types makes another version.
/// </summary>
public static class VersionName
{
    /// <summary>How much of a public schema's name a version's name begins with: 64 characters are the server's limit.</summary>
    public const int LongestStem = LongestName - SuffixLength;

    // MySQL reference manual, "Identifier Length Limits".
    private const int LongestName = 64;

    // Two underscores, fourteen digits, one underscore, six hexadecimal digits.
    private const int SuffixLength = 23;

    /// <param name="publicSchema">The schema that readers use.</param>
    /// <param name="takenAt">When the snapshot was taken: names of versions sort by it.</param>
    /// <param name="content">Whatever decides what is in the version: the export and how its columns are declared.</param>
    public static string For(string publicSchema, DateTimeOffset takenAt, string content)
    {
        ArgumentException.ThrowIfNullOrEmpty(publicSchema);

        // A server that compares names without case holds Shop and shop in one schema, and so do their versions.
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{content}\0{publicSchema.ToLowerInvariant()}")))[..6];
        return string.Create(CultureInfo.InvariantCulture, $"{Stem(publicSchema)}__{takenAt.UtcDateTime:yyyyMMddHHmmss}_{hash}");
    }

    /// <summary>What all versions of a public schema begin with, before the two underscores: grants name it.</summary>
    public static string Stem(string publicSchema) =>
        publicSchema.Length <= LongestStem ? publicSchema : publicSchema[..LongestStem];
}
