using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SnapshotBridge.Parquet;

/// <summary>
/// A column's smallest or largest value: a whole number (also a decimal's unscaled one), a floating point number, or
/// bytes. Bytes are kept up to <see cref="LongestBytes"/>: a prefix keeps its place in the order, so that the smallest
/// prefix is the prefix of the smallest value.
/// </summary>
[JsonConverter(typeof(Converter))]
public sealed class StatisticsValue
{
    /// <summary>How much of a long value is kept: documents hold two values per column and table.</summary>
    public const int LongestBytes = 256;

    private readonly Int128 _number;
    private readonly double _fraction;
    private readonly byte[]? _bytes;
    private readonly Form _form;

    private StatisticsValue(Form form, Int128 number = default, double fraction = 0, byte[]? bytes = null)
    {
        _form = form;
        _number = number;
        _fraction = fraction;
        _bytes = bytes;
    }

    private enum Form
    {
        Number,
        Fraction,
        Bytes,
        Prefix,
    }

    /// <summary>The whole number; null for another kind of value.</summary>
    public Int128? Number => _form == Form.Number ? _number : null;

    /// <summary>The floating point number; null for another kind of value.</summary>
    public double? Fraction => _form == Form.Fraction ? _fraction : null;

    /// <summary>The bytes, or the first <see cref="LongestBytes"/> of them; empty for another kind of value.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    public bool IsBytes => _bytes is not null;

    /// <summary>True where the value goes on after <see cref="Bytes"/>.</summary>
    public bool IsPrefix => _form == Form.Prefix;

    public static StatisticsValue Of(Int128 number) => new(Form.Number, number);

    /// <summary>A floating point number; NaN has no place in the order and is refused.</summary>
    public static StatisticsValue Of(double number) =>
        double.IsNaN(number) ? throw new ArgumentException("NaN is neither a minimum nor a maximum.", nameof(number)) : new(Form.Fraction, fraction: number);

    public static StatisticsValue Of(ReadOnlySpan<byte> bytes) => bytes.Length > LongestBytes
        ? new StatisticsValue(Form.Prefix, bytes: bytes[..LongestBytes].ToArray())
        : new StatisticsValue(Form.Bytes, bytes: bytes.ToArray());

    public bool IsComparableTo(StatisticsValue other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return _form == other._form || (IsBytes && other.IsBytes);
    }

    /// <summary>Below zero where this value comes first in the order of its type, above where the other does.</summary>
    /// <exception cref="ArgumentException">The two are different kinds of values.</exception>
    public int CompareTo(StatisticsValue other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (!IsComparableTo(other))
        {
            throw new ArgumentException("Values of different kinds have no order.", nameof(other));
        }

        return _form switch
        {
            Form.Number => _number.CompareTo(other._number),
            Form.Fraction => _fraction.CompareTo(other._fraction),
            // Of two values with the same first bytes the one that goes on is the larger.
            _ => Bytes.SequenceCompareTo(other.Bytes) is var order && order != 0 ? order : IsPrefix.CompareTo(other.IsPrefix),
        };
    }

    /// <summary>The value as one text that <see cref="Parse"/> reads.</summary>
    public override string ToString() => _form switch
    {
        Form.Number => _number.ToString(CultureInfo.InvariantCulture),
        Form.Fraction => "f" + _fraction.ToString("R", CultureInfo.InvariantCulture),
        Form.Bytes => "b" + Base64Url.EncodeToString(_bytes),
        _ => "p" + Base64Url.EncodeToString(_bytes),
    };

    /// <exception cref="FormatException">The text is none that <see cref="ToString"/> writes.</exception>
    public static StatisticsValue Parse(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        return text[0] switch
        {
            'f' => Of(double.Parse(text.AsSpan(1), NumberStyles.Float, CultureInfo.InvariantCulture)),
            'b' => new StatisticsValue(Form.Bytes, bytes: Base64Url.DecodeFromChars(text.AsSpan(1))),
            'p' => new StatisticsValue(Form.Prefix, bytes: Base64Url.DecodeFromChars(text.AsSpan(1))),
            _ => Of(Int128.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)),
        };
    }

    internal sealed class Converter : JsonConverter<StatisticsValue>
    {
        public override StatisticsValue Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            try
            {
                return Parse(reader.GetString() ?? "");
            }
            catch (Exception exception) when (exception is FormatException or OverflowException or ArgumentException)
            {
                throw new JsonException("A column's minimum or maximum is damaged.", exception);
            }
        }

        public override void Write(Utf8JsonWriter writer, StatisticsValue value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}
