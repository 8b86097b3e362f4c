using System.Globalization;
using System.Text;

namespace SnapshotBridge.Loading.Verification;

/// <summary>Numbers in order as a short text: <c>0-41,57</c>. A table's batches mostly follow one another.</summary>
internal static class NumberRanges
{
    /// <param name="numbers">Numbers from 0, in ascending order.</param>
    public static string Format(IEnumerable<int> numbers)
    {
        var text = new StringBuilder();
        int? first = null, last = null;
        foreach (var number in numbers)
        {
            if (number == last + 1)
            {
                last = number;
                continue;
            }

            Append(text, first, last);
            first = last = number;
        }

        Append(text, first, last);
        return text.ToString();
    }

    /// <exception cref="FormatException">The text is none that <see cref="Format"/> writes.</exception>
    public static IEnumerable<int> Parse(string text)
    {
        foreach (var range in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var dash = range.IndexOf('-');
            var first = int.Parse(dash < 0 ? range : range.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture);
            var last = dash < 0 ? first : int.Parse(range.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture);
            for (var number = first; number <= last; number++)
            {
                yield return number;
            }
        }
    }

    private static void Append(StringBuilder text, int? first, int? last)
    {
        if (first is null)
        {
            return;
        }

        text.Append(text.Length > 0 ? "," : "").Append(CultureInfo.InvariantCulture, $"{first}");
        if (last != first)
        {
            text.Append(CultureInfo.InvariantCulture, $"-{last}");
        }
    }
}
