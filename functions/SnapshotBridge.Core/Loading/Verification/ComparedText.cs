using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;
using SnapshotBridge.Parquet;

namespace SnapshotBridge.Loading.Verification;

/// <summary>
/// Numbers and times of both sides in one writing: equal values have equal texts, whatever scale, precision or format
/// either side writes them with.
/// </summary>
internal static partial class ComparedText
{
    private const long Second = 1_000_000;

    private static readonly DateTime Epoch = new(1970, 1, 1, 0, 0, 0, DateTimeKind.Unspecified);

    /// <summary>A value of the files; null where it has no counterpart of that kind.</summary>
    public static string? Of(StatisticsValue value, ColumnMeaning meaning, ComparedAs compared) => compared switch
    {
        ComparedAs.Number when value.Number is { } number => Decimal(number, meaning.Scale),
        ComparedAs.Double when AsDouble(value, meaning.Scale) is { } number => Fraction(number),
        ComparedAs.Single when AsDouble(value, meaning.Scale) is { } number => Fraction((float)number),
        ComparedAs.Date when value.IsBytes => Date(Ascii(value)),
        ComparedAs.Date when value.Number is { } days => MomentOf(days * 86_400 * Second)?[..10],
        ComparedAs.DateTime when value.IsBytes => DateTime(Ascii(value)),
        ComparedAs.DateTime when value.Number is { } units => Micros(units, meaning) is { } micros ? MomentOf(micros) : null,
        ComparedAs.TimeText when value.IsBytes => Time(Ascii(value)),
        ComparedAs.Time when value.Number is { } units => Micros(units, meaning) is { } micros ? TimeOf(micros) : null,
        _ => null,
    };

    /// <summary>A value of the server. What is not of the expected form, such as a zero date, stays as it is.</summary>
    public static string OfServer(string text, ComparedAs compared) => compared switch
    {
        ComparedAs.Number => Number(text) ?? text,
        ComparedAs.Date => Date(text) ?? text,
        ComparedAs.DateTime => DateTime(text) ?? text,
        ComparedAs.Time or ComparedAs.TimeText => Time(text) ?? text,
        _ => text,
    };

    /// <summary>A floating point number of the server.</summary>
    public static string OfServer(double number, ComparedAs compared) => compared == ComparedAs.Single ? Fraction((float)number) : Fraction(number);

    private static double? AsDouble(StatisticsValue value, int scale) => value.Fraction
        ?? (value.Number is { } number ? double.Parse(Decimal(number, scale), CultureInfo.InvariantCulture) : null);

    // Both zeros are equal.
    private static string Fraction(double number) => number == 0 ? "0" : number.ToString("R", CultureInfo.InvariantCulture);

    private static string Fraction(float number) => number == 0 ? "0" : number.ToString("R", CultureInfo.InvariantCulture);

    private static string Decimal(BigInteger unscaled, int scale)
    {
        var digits = BigInteger.Abs(unscaled).ToString(CultureInfo.InvariantCulture).PadLeft(scale + 1, '0');
        var text = scale == 0 ? digits : $"{digits[..^scale]}.{digits[^scale..]}".TrimEnd('0').TrimEnd('.');
        return unscaled.Sign < 0 ? "-" + text : text;
    }

    private static string? Number(string text)
    {
        var match = NumberPattern().Match(text);
        return match.Success
            ? Decimal(BigInteger.Parse(match.Groups[1].Value + match.Groups[2].Value, CultureInfo.InvariantCulture), match.Groups[2].Length)
            : null;
    }

    private static string? Ascii(StatisticsValue value) => value.IsPrefix || !System.Text.Ascii.IsValid(value.Bytes) ? null : System.Text.Encoding.ASCII.GetString(value.Bytes);

    // A date alone is the same text on both sides, also the zero dates that no calendar has.
    private static string? Date(string? text) => text is not null && DatePattern().IsMatch(text) ? text : null;

    private static string? DateTime(string? text)
    {
        var match = text is null ? Match.Empty : DateTimePattern().Match(text);
        return match.Success
            ? $"{match.Groups["date"].Value} {(match.Groups["time"].Success ? match.Groups["time"].Value : "00:00:00")}{Fraction(match.Groups["fraction"].Value)}"
            : null;
    }

    private static string? Time(string? text)
    {
        var match = text is null ? Match.Empty : TimePattern().Match(text);
        if (!match.Success)
        {
            return null;
        }

        var hours = match.Groups["hours"].Value.TrimStart('0').PadLeft(2, '0');
        var time = $"{hours}:{match.Groups["rest"].Value}{Fraction(match.Groups["fraction"].Value)}";
        return match.Groups["minus"].Success && time != "00:00:00" ? "-" + time : time;
    }

    private static string Fraction(string digits) => digits.TrimEnd('0') is { Length: > 0 } some ? "." + some : "";

    private static Int128? Micros(Int128 units, ColumnMeaning meaning)
    {
        if (meaning.Values == ColumnValues.Date)
        {
            return units * 86_400 * Second;
        }

        // MySQL knows nothing smaller: which way a server rounds is not the export's to say.
        return meaning.UnitsPerSecond <= Second ? units * (Second / meaning.UnitsPerSecond)
            : units % (meaning.UnitsPerSecond / Second) == 0 ? units / (meaning.UnitsPerSecond / Second) : null;
    }

    private static string? MomentOf(Int128 micros)
    {
        var ticks = Epoch.Ticks + (micros * 10);
        return ticks < 0 || ticks > System.DateTime.MaxValue.Ticks
            ? null
            : DateTime(new DateTime((long)ticks, DateTimeKind.Unspecified).ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture));
    }

    private static string? TimeOf(Int128 micros)
    {
        var (seconds, fraction) = Int128.DivRem(Int128.Abs(micros), Second);
        return Time(string.Create(
            CultureInfo.InvariantCulture,
            $"{(micros < 0 ? "-" : "")}{seconds / 3600:D2}:{seconds / 60 % 60:D2}:{seconds % 60:D2}.{fraction:D6}"));
    }

    [GeneratedRegex(@"^(-?\d+)(?:\.(\d+))?$", RegexOptions.CultureInvariant)]
    private static partial Regex NumberPattern();

    [GeneratedRegex(@"^\d{4}-\d\d-\d\d$", RegexOptions.CultureInvariant)]
    private static partial Regex DatePattern();

    [GeneratedRegex(@"^(?<date>\d{4}-\d\d-\d\d)(?:[ T](?<time>\d\d:\d\d:\d\d)(?:\.(?<fraction>\d{1,6}))?)?$", RegexOptions.CultureInvariant)]
    private static partial Regex DateTimePattern();

    [GeneratedRegex(@"^(?<minus>-)?(?<hours>\d{1,3}):(?<rest>[0-5]\d:[0-5]\d)(?:\.(?<fraction>\d{1,6}))?$", RegexOptions.CultureInvariant)]
    private static partial Regex TimePattern();
}
