using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SnapshotBridge.Loading.Declarations;

/// <summary>The names that columns get in MySQL, where those of the files are not possible there.</summary>
internal static class ColumnNames
{
    // MySQL 8.4 manual, "Identifier Length Limits".
    private const int LongestName = 64, HashLength = 8;

    /// <summary>One name per column, in order: all different whatever the case, and none longer than MySQL takes.</summary>
    public static IReadOnlyList<string> For(IReadOnlyList<string> names)
    {
        // Names that need no change keep theirs, wherever they stand.
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var kept = names.Select(name => Possible(name) == name && taken.Add(name)).ToList();
        var result = new string[names.Count];
        for (var index = 0; index < names.Count; index++)
        {
            result[index] = kept[index] ? names[index] : Free(Possible(names[index]), names[index], index, taken);
        }

        return result;
    }

    // MySQL 8.4 manual, "Schema Object Names": no U+0000, nothing beyond the basic plane, no space at the end.
    private static string Possible(string name)
    {
        var text = new StringBuilder(name.Length);
        foreach (var rune in name.EnumerateRunes())
        {
            text.Append(rune is { IsBmp: true, Value: not 0 } ? rune.ToString() : "_");
        }

        var trimmed = text.ToString().TrimEnd(' ');
        trimmed = trimmed.Length == 0 ? "column" : trimmed;
        return trimmed.Length <= LongestName ? trimmed : Hashed(trimmed, name);
    }

    private static string Free(string name, string original, int index, HashSet<string> taken)
    {
        if (taken.Add(name))
        {
            return name;
        }

        var hashed = Hashed(name, original);
        // Two columns of one table never have the same name at the source, so the hash alone tells them apart but for wonders.
        return taken.Add(hashed) ? hashed : Hashed(name, string.Create(CultureInfo.InvariantCulture, $"{original}\0{index}"));
    }

    private static string Hashed(string name, string original)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(original)))[..HashLength];
        return $"{name[..Math.Min(name.Length, LongestName - HashLength - 1)]}_{hash}";
    }
}
