using System.Text;

namespace SnapshotBridge.Local.Databases.HeatWave.Declared;

/// <summary>Texts as their bytes, counted and cut without decoding all of them.</summary>
internal static class Utf8Text
{
    /// <summary>How many characters the text has.</summary>
    public static int Runes(ReadOnlySpan<byte> utf8)
    {
        var count = 0;
        foreach (var value in utf8)
        {
            count += (value & 0xC0) == 0x80 ? 0 : 1;
        }

        return count;
    }

    /// <summary>The beginning of the text that has no more than so many characters and bytes, and no half of a character.</summary>
    public static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> utf8, int characters, int bytes)
    {
        var end = 0;
        for (var at = 0; at < utf8.Length && characters > 0; characters--)
        {
            Rune.DecodeFromUtf8(utf8[at..], out _, out var length);
            at += length;
            if (at > bytes)
            {
                break;
            }

            end = at;
        }

        return utf8[..end];
    }
}
