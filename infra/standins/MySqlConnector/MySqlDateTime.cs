using System.Globalization;

namespace MySqlConnector;

/// <summary>A date and time as MySQL has them: also those that no calendar has, such as zero.</summary>
public struct MySqlDateTime(int year, int month, int day, int hour, int minute, int second, int microsecond)
    : IEquatable<MySqlDateTime>, IComparable<MySqlDateTime>
{
    public MySqlDateTime(DateTime dt)
        : this(dt.Year, dt.Month, dt.Day, dt.Hour, dt.Minute, dt.Second, (int)(dt.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond))
    {
    }

    public readonly bool IsValidDateTime => Year != 0 && Month != 0 && Day != 0;

    public int Year { get; set; } = year;

    public int Month { get; set; } = month;

    public int Day { get; set; } = day;

    public int Hour { get; set; } = hour;

    public int Minute { get; set; } = minute;

    public int Second { get; set; } = second;

    public int Microsecond { get; set; } = microsecond;

    public static bool operator ==(MySqlDateTime left, MySqlDateTime right) => left.Equals(right);

    public static bool operator !=(MySqlDateTime left, MySqlDateTime right) => !left.Equals(right);

    public static bool operator <(MySqlDateTime left, MySqlDateTime right) => left.CompareTo(right) < 0;

    public static bool operator <=(MySqlDateTime left, MySqlDateTime right) => left.CompareTo(right) <= 0;

    public static bool operator >(MySqlDateTime left, MySqlDateTime right) => left.CompareTo(right) > 0;

    public static bool operator >=(MySqlDateTime left, MySqlDateTime right) => left.CompareTo(right) >= 0;

    public readonly DateTime GetDateTime() => !IsValidDateTime
        ? throw new InvalidCastException("Cannot convert MySqlDateTime to DateTime when IsValidDateTime is false.")
        : new DateTime(Year, Month, Day, Hour, Minute, Second, DateTimeKind.Unspecified).AddTicks(Microsecond * TimeSpan.TicksPerMicrosecond);

    public readonly int CompareTo(MySqlDateTime other) => Key.CompareTo(other.Key);

    public readonly bool Equals(MySqlDateTime other) => Key == other.Key;

    public override readonly bool Equals(object? obj) => obj is MySqlDateTime other && Equals(other);

    public override readonly int GetHashCode() => Key.GetHashCode();

    public override readonly string ToString() => IsValidDateTime ? GetDateTime().ToString(CultureInfo.CurrentCulture) : "0000-00-00";

    private readonly (int, int, int, int, int, int, int) Key => (Year, Month, Day, Hour, Minute, Second, Microsecond);
}

/// <summary>A DECIMAL of any precision: MySQL's has up to 65 digits, <see cref="decimal"/> 28.</summary>
public readonly struct MySqlDecimal : IEquatable<MySqlDecimal>
{
    private readonly string _text;

    internal MySqlDecimal(string text) => _text = text;

    /// <summary>The value as .NET has it.</summary>
    /// <exception cref="FormatException">It has too many digits for that.</exception>
    public decimal Value =>
        decimal.TryParse(_text, NumberStyles.Number, CultureInfo.InvariantCulture, out var value) ? value : throw new FormatException();

    public static bool operator ==(MySqlDecimal left, MySqlDecimal right) => left.Equals(right);

    public static bool operator !=(MySqlDecimal left, MySqlDecimal right) => !left.Equals(right);

    public double ToDouble() => double.Parse(_text, CultureInfo.InvariantCulture);

    public bool Equals(MySqlDecimal other) => _text == other._text;

    public override bool Equals(object? obj) => obj is MySqlDecimal other && Equals(other);

    public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => _text;
}
