using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace SnapshotBridge.Local.Databases.HeatWave.Declared;

/// <summary>Numbers, dates and times as texts.</summary>
internal static partial class TemporalText
{
    /// <summary>HeatWave's temporal range begins with it (HeatWave User Guide, "Parquet Data Type Conversions"), and .NET's does not.</summary>
    public const string ZeroDate = "0000-00-00";

    private static readonly string[] Formats =
    [
        "yyyy-MM-dd", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd HH:mm:ss.FFFFFF", "yyyy-MM-ddTHH:mm:ss", "yyyy-MM-ddTHH:mm:ss.FFFFFF", "yyyy-MM-ddTHH:mm:ss.FFFFFFZ",
    ];

    public static bool TryMoment(string text, out DateTime moment) =>
        DateTime.TryParseExact(text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out moment);

    /// <summary>To some places of a second; halves go up, as in MySQL.</summary>
    public static DateTime Round(DateTime moment, int places)
    {
        var unit = (long)Math.Pow(10, 7 - places);
        var ticks = (moment.Ticks + (unit / 2)) / unit * unit;
        return ticks <= DateTime.MaxValue.Ticks ? new DateTime(ticks, moment.Kind) : moment;
    }

    public static string Format(int places) => places == 0 ? "yyyy-MM-dd HH:mm:ss" : "yyyy-MM-dd HH:mm:ss." + new string('f', places);

    /// <summary>A time between -838:59:59 and 838:59:59.999999.</summary>
    public static bool IsTime(string text, out string fraction)
    {
        var match = Time().Match(text);
        fraction = match.Groups["fraction"].Value;
        return match.Success && int.Parse(match.Groups["hours"].ValueSpan, CultureInfo.InvariantCulture) <= 838;
    }

    /// <summary>A number with or without point and exponent, as digits and scale.</summary>
    public static bool TryNumber(string text, out BigInteger unscaled, out int scale)
    {
        (unscaled, scale) = (default, 0);
        var match = Number().Match(text.Trim());
        if (!match.Success)
        {
            return false;
        }

        var fraction = match.Groups["fraction"].Value;
        unscaled = BigInteger.Parse(match.Groups["sign"].Value + match.Groups["whole"].Value + fraction, CultureInfo.InvariantCulture);
        scale = fraction.Length - (match.Groups["exponent"].Success ? int.Parse(match.Groups["exponent"].ValueSpan, CultureInfo.InvariantCulture) : 0);
        if (scale < 0)
        {
            unscaled *= BigInteger.Pow(10, -scale);
            scale = 0;
        }

        return true;
    }

    [GeneratedRegex(@"^-?(?<hours>\d{1,3}):[0-5]\d:[0-5]\d(?:\.(?<fraction>\d{1,6}))?$")]
    private static partial Regex Time();

    [GeneratedRegex(@"^(?<sign>[+-]?)(?<whole>\d+)(?:\.(?<fraction>\d*))?(?:[eE](?<exponent>[+-]?\d{1,4}))?$")]
    private static partial Regex Number();
}
