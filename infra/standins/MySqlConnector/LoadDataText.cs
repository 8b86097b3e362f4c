using System.Buffers;
using System.Globalization;
using System.Text;

namespace MySqlConnector;

/// <summary>Rows in the default format of LOAD DATA: tabs, newlines, backslash escapes, <c>\N</c> for NULL, bytes as hex.</summary>
internal static class LoadDataText
{
    private static readonly SearchValues<char> _special = SearchValues.Create("\\\t\n\r\0\u001a");

    public static void WriteRow(Stream output, object[] values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (i > 0)
                output.WriteByte((byte)'\t');
            output.Write(Encoding.UTF8.GetBytes(Field(values[i])));
        }

        output.WriteByte((byte)'\n');
    }

    private static string Field(object? value) => value switch
    {
        null or DBNull => "\\N",
        string text => Escape(text),
        char letter => Escape(letter.ToString()),
        byte[] bytes => Convert.ToHexString(bytes),
        ReadOnlyMemory<byte> bytes => Convert.ToHexString(bytes.Span),
        Memory<byte> bytes => Convert.ToHexString(bytes.Span),
        ArraySegment<byte> bytes => Convert.ToHexString(bytes),
        bool flag => flag ? "1" : "0",
        float number => number.ToString("R", CultureInfo.InvariantCulture),
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        DateTime time => time.ToString("yyyy'-'MM'-'dd' 'HH':'mm':'ss'.'ffffff", CultureInfo.InvariantCulture),
        DateTimeOffset time => time.UtcDateTime.ToString("yyyy'-'MM'-'dd' 'HH':'mm':'ss'.'ffffff", CultureInfo.InvariantCulture),
        DateOnly date => date.ToString("yyyy'-'MM'-'dd", CultureInfo.InvariantCulture),
        TimeOnly time => time.ToString("HH':'mm':'ss'.'ffffff", CultureInfo.InvariantCulture),
        TimeSpan time => Time(time),
        MySqlDateTime time => string.Create(
            CultureInfo.InvariantCulture,
            $"{time.Year:0000}-{time.Month:00}-{time.Day:00} {time.Hour:00}:{time.Minute:00}:{time.Second:00}.{time.Microsecond:000000}"),
        MySqlDecimal number => number.ToString(),
        Guid guid => guid.ToString("D"),
        Enum choice => Convert.ToInt64(choice, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture),
        sbyte or byte or short or ushort or int or uint or long or ulong or decimal =>
            ((IFormattable)value).ToString(null, CultureInfo.InvariantCulture),
        _ => throw new NotSupportedException($"Type {value.GetType().Name} not currently supported. Value: {value}"),
    };

    /// <summary>TIME reaches beyond a day in both directions: hours are not days and hours.</summary>
    private static string Time(TimeSpan time)
    {
        var size = time.Duration();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{(time < TimeSpan.Zero ? "-" : "")}{(int)size.TotalHours:00}:{size.Minutes:00}:{size.Seconds:00}.{size.Ticks % TimeSpan.TicksPerSecond / 10:000000}");
    }

    private static string Escape(string text)
    {
        if (text.AsSpan().IndexOfAny(_special) < 0)
            return text;
        var escaped = new StringBuilder(text.Length + 8);
        foreach (var c in text)
        {
            escaped.Append(c switch
            {
                '\\' => @"\\",
                '\t' => @"\t",
                '\n' => @"\n",
                '\r' => @"\r",
                '\0' => @"\0",
                '\u001a' => @"\Z",
                _ => c.ToString(),
            });
        }

        return escaped.ToString();
    }
}
