using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using SnapshotBridge.Local.Databases.Sql;
using SnapshotBridge.Local.Parquet;
using SnapshotBridge.Parquet;

namespace SnapshotBridge.Local.Databases.HeatWave.Declared;

/// <summary>
/// Turns the values of one column of the files into what the declared type holds, with HeatWave's verdicts: in strict mode a
/// value that does not fit is an error, else it is altered with a warning.
/// </summary>
internal sealed class ValueConversion
{
    private delegate void Move(ParquetColumnValues values, int row, CsvTableLoad load);

    private const long FirstMicros = -62_135_596_800_000_000;
    private const long LastMicros = 253_402_300_799_999_999;

    private readonly DeclaredTableColumn _column;
    private readonly int _position;
    private readonly bool _isStrict;
    private readonly LoadWarnings _warnings;
    private readonly Move _move;
    private string _file = "";

    /// <exception cref="LakehouseException">6091: HeatWave does not convert this kind of value to this type.</exception>
    public ValueConversion(DeclaredTableColumn column, int position, ParquetColumn parquet, bool isStrict, LoadWarnings warnings, HeatWaveEdition edition)
    {
        (_column, _position, _isStrict, _warnings) = (column, position, isStrict, warnings);
        _move = Choose(parquet, edition) ?? throw NotConvertible(column, position, parquet);
    }

    /// <summary>The file whose rows are moved now; messages name it.</summary>
    public void Begin(string file) => _file = file;

    /// <summary>Moves one value.</summary>
    /// <exception cref="LakehouseException">The value does not fit, or is NULL where none may be.</exception>
    public void Write(ParquetColumnValues values, int row, CsvTableLoad load)
    {
        if (!values.IsNull(row))
        {
            _move(values, row, load);
        }
        else
        {
            Null(load);
        }
    }

    public void Null(CsvTableLoad load)
    {
        if (!_column.IsNullable)
        {
            throw Error(6041, "NULL value in a column that is NOT NULL");
        }

        load.Null();
    }

    public static LakehouseException NotConvertible(DeclaredTableColumn column, int position, ParquetColumn parquet) => new(
        LakehouseException.TypeNotConvertible,
        string.Create(CultureInfo.InvariantCulture, $"Col {position} '{column.Name}': Parquet type {parquet.TypeText} cannot be converted to {column.Type.Text}"));

    private Move? Choose(ParquetColumn parquet, HeatWaveEdition edition)
    {
        var type = _column.Type;
        var kind = ParquetKinds.Of(parquet);
        return type.Name switch
        {
            "tinyint" or "smallint" or "mediumint" or "int" or "bigint" or "year" => Whole(kind),
            "decimal" when type.First(10) <= 38 && kind is ParquetKind.Text or ParquetKind.Integer or ParquetKind.Real or ParquetKind.Decimal => Decimals(kind, type.First(10), type.Second),
            "float" or "double" when kind is ParquetKind.Text or ParquetKind.Integer or ParquetKind.Real or ParquetKind.Decimal => Reals(kind, type.Name == "float"),
            "char" or "varchar" => Texts(kind, type.First(1), int.MaxValue),
            "tinytext" => Texts(kind, int.MaxValue, 255),
            "text" => Texts(kind, int.MaxValue, 65_535),
            "mediumtext" or "longtext" => Texts(kind, int.MaxValue, edition.HasWideColumns ? 4_192_192 : 65_532),
            "json" when kind is ParquetKind.Text or ParquetKind.Bytes => Json,
            "enum" when kind is ParquetKind.Text => Label,
            "date" when kind is ParquetKind.Text or ParquetKind.Days or ParquetKind.Micros => Dates(kind),
            "datetime" or "timestamp" when kind is ParquetKind.Text or ParquetKind.Days or ParquetKind.Micros => Moments(kind, type.First(0), type.Name == "timestamp"),
            "time" when kind is ParquetKind.Text => Times(type.First(0)),
            _ => null,
        };
    }

    private Move? Whole(ParquetKind kind)
    {
        var (smallest, largest) = WholeRange();
        return kind switch
        {
            ParquetKind.Integer when largest <= long.MaxValue && smallest >= long.MinValue => (values, row, load) =>
            {
                var value = values.GetInteger(row);
                if (value >= (long)smallest && value <= (long)largest && _column.Type.Name != "year")
                {
                    load.Integer(value);
                }
                else
                {
                    WriteWhole(value, smallest, largest, load);
                }
            },
            ParquetKind.Integer or ParquetKind.Decimal or ParquetKind.Real or ParquetKind.Text => (values, row, load) =>
            {
                if (ReadNumber(values, row, kind) is var (unscaled, scale))
                {
                    WriteWhole(Rescale(unscaled, scale, 0), smallest, largest, load);
                }
                else
                {
                    Null(load);
                }
            },
            _ => null,
        };
    }

    private (BigInteger Smallest, BigInteger Largest) WholeRange()
    {
        var type = _column.Type;
        if (type.Text.StartsWith("tinyint(1)", StringComparison.Ordinal))
        {
            // BOOL takes 0 and 1 only.
            return (0, 1);
        }

        var bits = type.Name switch { "tinyint" => 8, "smallint" => 16, "mediumint" => 24, "int" => 32, "bigint" => 64, _ => 0 };
        return bits == 0 ? (0, 2155)
            : type.IsUnsigned ? (0, (BigInteger.One << bits) - 1)
            : (-(BigInteger.One << (bits - 1)), (BigInteger.One << (bits - 1)) - 1);
    }

    private void WriteWhole(BigInteger value, BigInteger smallest, BigInteger largest, CsvTableLoad load)
    {
        if (_column.Type.Name == "year" && value != 0 && value < 1901)
        {
            throw Error(6055, $"Value {value} is out of range for YEAR");
        }

        // As a text, 0 would be the year 2000.
        load.Plain(_column.Type.Name == "year" && value.IsZero ? "0000" : Clamp(value, smallest, largest, value).ToString(CultureInfo.InvariantCulture));
    }

    private Move Decimals(ParquetKind kind, int precision, int scale)
    {
        var largest = BigInteger.Pow(10, precision) - 1;
        return (values, row, load) =>
        {
            if (ReadNumber(values, row, kind) is var (unscaled, from))
            {
                load.Plain(ParquetColumnValues.DecimalText(Clamp(Rescale(unscaled, from, scale), -largest, largest, unscaled), scale));
            }
            else
            {
                Null(load);
            }
        };
    }

    private Move Reals(ParquetKind kind, bool single) => (values, row, load) =>
    {
        var value = kind switch
        {
            ParquetKind.Real => values.GetDouble(row),
            ParquetKind.Integer => values.GetInteger(row),
            _ => double.TryParse(kind == ParquetKind.Text ? values.GetText(row) : ParquetColumnValues.DecimalText(values.GetUnscaled(row), values.Column.Scale), NumberStyles.Float, CultureInfo.InvariantCulture, out var parsed)
                ? parsed
                : throw Error(6045, "Value is not a number"),
        };
        if (!double.IsFinite(value))
        {
            // HeatWave loads NaN as NULL; SQL has neither it nor infinity.
            Null(load);
            return;
        }

        if (single && !float.IsFinite((float)value))
        {
            Altered(6055, value > 0 ? 6053 : 6052, "Value is out of range for FLOAT");
            value = value > 0 ? float.MaxValue : float.MinValue;
        }

        load.Real(value);
    };

    private Move? Texts(ParquetKind kind, int characters, int bytes)
    {
        if (kind is ParquetKind.Bytes or ParquetKind.Days or ParquetKind.Micros or ParquetKind.Other)
        {
            return null;
        }

        return (values, row, load) =>
        {
            if (kind != ParquetKind.Text)
            {
                WriteText(Encoding.UTF8.GetBytes(Convert.ToString(values.GetValue(row), CultureInfo.InvariantCulture)!), characters, bytes, load);
                return;
            }

            WriteText(values.GetBytes(row), characters, bytes, load);
        };
    }

    private void WriteText(ReadOnlySpan<byte> utf8, int characters, int bytes, CsvTableLoad load)
    {
        if (!System.Text.Unicode.Utf8.IsValid(utf8))
        {
            throw Error(6087, "Value is not UTF-8");
        }

        if (utf8.Length > bytes || (utf8.Length > characters && Utf8Text.Runes(utf8) > characters))
        {
            Altered(LakehouseException.TextTooLong, 6057, $"Data was truncated for {_column.Type.Text}");
            utf8 = Utf8Text.Cut(utf8, characters, bytes);
        }

        load.Text(utf8);
    }

    private void Json(ParquetColumnValues values, int row, CsvTableLoad load)
    {
        var utf8 = values.GetBytes(row);
        try
        {
            var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = 100 });
            while (reader.Read())
            {
            }
        }
        catch (JsonException)
        {
            throw Error(6045, "Value is not JSON");
        }

        load.Text(utf8);
    }

    private void Label(ParquetColumnValues values, int row, CsvTableLoad load)
    {
        var text = values.GetText(row);
        if (!_column.Type.Labels.Contains(text, StringComparer.OrdinalIgnoreCase))
        {
            throw Error(6045, $"Value '{text}' is not one of {_column.Type.Text}");
        }

        load.Text(text);
    }

    private Move Dates(ParquetKind kind) => (values, row, load) =>
    {
        if (kind == ParquetKind.Text && values.GetText(row) == TemporalText.ZeroDate)
        {
            load.Plain(TemporalText.ZeroDate);
            return;
        }

        var date = kind switch
        {
            ParquetKind.Days => Moment(values.GetInteger(row) * 86_400_000_000),
            ParquetKind.Micros => Moment(Micros(values, row)),
            _ => TemporalText.TryMoment(values.GetText(row), out var parsed) ? parsed : throw Error(6056, $"Value '{values.GetText(row)}' is no date"),
        };
        load.Plain(date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
    };

    private Move Moments(ParquetKind kind, int places, bool isTimestamp) => (values, row, load) =>
    {
        var moment = kind switch
        {
            ParquetKind.Days => Moment(values.GetInteger(row) * 86_400_000_000),
            ParquetKind.Micros => Moment(Micros(values, row)),
            _ => TemporalText.TryMoment(values.GetText(row), out var parsed) ? parsed : throw Error(6056, $"Value '{values.GetText(row)}' is no date and time"),
        };
        var rounded = TemporalText.Round(moment, places);
        if (rounded != moment)
        {
            _warnings.Add(6048, Where("Value was rounded"));
        }

        if (isTimestamp && (rounded < DateTime.UnixEpoch || rounded.Year > 2038))
        {
            throw Error(6055, $"Value {rounded:yyyy-MM-dd HH:mm:ss} is out of range for TIMESTAMP");
        }

        load.Plain(rounded.ToString(TemporalText.Format(places), CultureInfo.InvariantCulture));
    };

    private Move Times(int places) => (values, row, load) =>
    {
        var text = values.GetText(row);
        if (!TemporalText.IsTime(text, out var fraction))
        {
            throw Error(6045, $"Value '{text}' is no time");
        }

        if (fraction.Length > places && fraction.AsSpan(places).ContainsAnyExcept('0'))
        {
            _warnings.Add(6048, Where("Value was rounded"));
        }

        load.Text(text);
    };

    /// <summary>Any number as digits and scale; null for NaN.</summary>
    private (BigInteger Unscaled, int Scale)? ReadNumber(ParquetColumnValues values, int row, ParquetKind kind)
    {
        switch (kind)
        {
            case ParquetKind.Integer:
                return (values.GetInteger(row), 0);
            case ParquetKind.Decimal:
                return (values.GetUnscaled(row), values.Column.Scale);
            default:
                if (kind == ParquetKind.Real && !double.IsFinite(values.GetDouble(row)))
                {
                    return null;
                }

                var text = kind == ParquetKind.Real ? values.GetDouble(row).ToString("R", CultureInfo.InvariantCulture) : values.GetText(row);
                return TemporalText.TryNumber(text, out var unscaled, out var scale) ? (unscaled, scale)
                    : text is "TRUE" or "true" or "T" && _column.Type.Text == "tinyint(1)" ? (BigInteger.One, 0)
                    : text is "FALSE" or "false" or "F" && _column.Type.Text == "tinyint(1)" ? (BigInteger.Zero, 0)
                    : throw Error(6045, "Value is not a number");
        }
    }

    private BigInteger Rescale(BigInteger unscaled, int from, int to)
    {
        if (to >= from)
        {
            return unscaled * BigInteger.Pow(10, to - from);
        }

        var divisor = BigInteger.Pow(10, from - to);
        var quotient = BigInteger.DivRem(unscaled, divisor, out var rest);
        if (!rest.IsZero)
        {
            _warnings.Add(6048, Where("Value was rounded"));
        }

        return BigInteger.Abs(rest) * 2 >= divisor ? quotient + unscaled.Sign : quotient;
    }

    private BigInteger Clamp(BigInteger value, BigInteger smallest, BigInteger largest, BigInteger shown)
    {
        if (value >= smallest && value <= largest)
        {
            return value;
        }

        Altered(6055, value < smallest ? 6052 : 6053, $"Value {shown} is out of range for {_column.Type.Text}");
        return value < smallest ? smallest : largest;
    }

    private static long Micros(ParquetColumnValues values, int row) =>
        values.Column.ConvertedType == ParquetConvertedType.TimestampMillis ? values.GetInteger(row) * 1000 : values.GetInteger(row);

    private DateTime Moment(long micros) => micros is >= FirstMicros and <= LastMicros
        ? DateTime.UnixEpoch.AddTicks(micros * 10)
        : throw Error(6055, string.Create(CultureInfo.InvariantCulture, $"Value {micros} is out of range for {_column.Type.Text}"));

    private void Altered(int error, int warning, string message)
    {
        if (_isStrict)
        {
            throw Error(error, message);
        }

        _warnings.Add(warning, Where(message));
    }

    private LakehouseException Error(int number, string message) => new(number, Where(message));

    private string Where(string message) => string.Create(CultureInfo.InvariantCulture, $"Col {_position} of row starting at {{object: {_file}}}: {message}");
}
