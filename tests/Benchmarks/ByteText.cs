using System.Globalization;

namespace SnapshotBridge.Benchmarks;

/// <summary>Sizes as people write them: <c>8M</c>, <c>1G</c>, <c>4096</c>; all binary.</summary>
internal static class ByteText
{
    /// <exception cref="FormatException">It is no size.</exception>
    public static long Parse(string text)
    {
        var shift = char.ToUpperInvariant(text[^1]) switch { 'K' => 10, 'M' => 20, 'G' => 30, _ => 0 };
        return long.Parse(shift == 0 ? text : text[..^1], CultureInfo.InvariantCulture) << shift;
    }
}
