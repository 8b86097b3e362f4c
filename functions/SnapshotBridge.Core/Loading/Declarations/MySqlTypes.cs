using static SnapshotBridge.Loading.Declarations.TypeChoice;

namespace SnapshotBridge.Loading.Declarations;

/// <summary>
/// The types of MySQL's and MariaDB's columns. How RDS stores them stands in the RDS user guide, "MySQL and MariaDB data type
/// mapping to Parquet"; what Lakehouse makes of that in the HeatWave user guide, "Parquet Data Type Conversions".
/// </summary>
internal static class MySqlTypes
{
    /// <summary>Names that PostgreSQL does not have.</summary>
    public static IReadOnlySet<string> OwnNames { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "tinyint", "mediumint", "int", "datetime", "year", "varchar", "tinytext", "mediumtext", "longtext", "enum", "set",
        "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "double", "geometry",
    };

    // The longest texts of values: 65 digits, sign and point; -838:59:59.000000.
    private const int LongestDecimal = 67, LongestTime = 17;

    // MySQL 8.4 manual, "The SET Type": 64 members.
    private const int LongestMember = 255;

    private const string UnknownLength = "the export does not tell the column's length; name the type in columnTypes to have it";
    private const string UnknownFraction = "the export does not tell how many digits of a second the column has; six hold all of them";
    private const string NoBinary = "Lakehouse loads no binary data";

    public static TypeChoice? Choose(SourceType source, ParquetType parquet) => source.Name switch
    {
        "tinyint" => new TypeChoice(Integer("TINYINT", source.IsUnsigned || parquet.Meaning == "INT_16")),
        "smallint" => SmallInt(source, parquet),
        "mediumint" => new TypeChoice(Integer("MEDIUMINT", source.IsUnsigned || parquet.Physical == "INT64")),
        "int" or "integer" => new TypeChoice(Integer("INT", source.IsUnsigned || parquet.Physical == "INT64")),
        "bigint" => source.IsUnsigned || parquet.Decimal is not null
            ? new TypeChoice("BIGINT UNSIGNED").Or(
                "DECIMAL(20,0)", "RDS exports BIGINT UNSIGNED as DECIMAL(20,0), and this server loads that only as a decimal; HeatWave computes with decimals of more than 18 digits in fewer functions")
            : new TypeChoice("BIGINT"),
        "bool" or "boolean" => new TypeChoice("TINYINT"),
        "year" => new TypeChoice("YEAR").Or("SMALLINT", "this server does not load YEAR from the integers that RDS exports; the years are the same numbers"),
        "decimal" or "numeric" or "dec" or "fixed" => Decimals(source, parquet),
        "float" => new TypeChoice("FLOAT"),
        "double" or "double precision" or "real" => new TypeChoice("DOUBLE"),
        "date" => new TypeChoice("DATE").Or("VARCHAR(10)", "the column has dates that this server does not load, such as 0000-00-00; the column holds their text"),
        "time" => Time(source),
        "datetime" => Moment("DATETIME", source).Or(
            Temporal("TIMESTAMP", source.Fraction),
            "this server does not load DATETIME from the microseconds that RDS exports, which are marked as UTC; TIMESTAMP holds 1970 to 2038 only, and shows the values in the session's time zone: use '+00:00'"),
        "timestamp" => Moment("TIMESTAMP", source).Or(
            Temporal("DATETIME", source.Fraction), "this server does not load TIMESTAMP from the microseconds that RDS exports; the DATETIME is the time in UTC"),
        "char" or "nchar" => source.Length is { } length and <= 255 ? new TypeChoice(Sized("CHAR", length)) : new TypeChoice("CHAR(255)", UnknownLength),
        "varchar" or "nvarchar" or "char varying" or "character varying" => source.Length is > 0
            ? new TypeChoice(Sized("VARCHAR", source.Length.Value))
            : new TypeChoice("TEXT", UnknownLength),
        "tinytext" or "text" or "mediumtext" or "longtext" => new TypeChoice(source.Name.ToUpperInvariant()),
        "json" => new TypeChoice("JSON"),
        "enum" => Enum(source),
        "set" => Set(source),
        "uuid" => new TypeChoice("CHAR(36)", "MySQL has no UUID; the column holds its text"),
        "inet4" => new TypeChoice("VARCHAR(15)", "MySQL has no INET4; the column holds its text"),
        "inet6" => new TypeChoice("VARCHAR(39)", "MySQL has no INET6; the column holds its text"),
        "bit" => NotLoaded(Sized("BIT", source.Precision is >= 1 and <= 64 ? source.Precision.Value : 64), "HeatWave has no BIT, and RDS exports its bytes"),
        "binary" or "varbinary" => NotLoaded(source.Length is > 0 and <= 255 ? Sized(source.Name.ToUpperInvariant(), source.Length.Value) : "LONGBLOB", NoBinary),
        "tinyblob" or "blob" or "mediumblob" or "longblob" => NotLoaded(source.Name.ToUpperInvariant(), NoBinary),
        "vector" => NotLoaded("LONGBLOB", "RDS exports a VECTOR's bytes, which Lakehouse does not load"),
        "geometry" or "point" or "linestring" or "polygon" or "multipoint" or "multilinestring" or "multipolygon" or "geometrycollection" or "geomcollection" =>
            NotLoaded("GEOMETRY", "HeatWave has no spatial types"),
        _ => null,
    };

    private static string Integer(string name, bool isUnsigned) => isUnsigned ? $"{name} UNSIGNED" : name;

    private static TypeChoice SmallInt(SourceType source, ParquetType parquet) =>
        source.IsUnsigned ? new TypeChoice("SMALLINT UNSIGNED")
        : source.TellsSign || parquet.Meaning == "INT_16" ? new TypeChoice("SMALLINT")
        : new TypeChoice("INT", "the export does not tell SMALLINT from SMALLINT UNSIGNED; INT holds both");

    private static TypeChoice Decimals(SourceType source, ParquetType parquet)
    {
        if (parquet.Decimal is { } stored)
        {
            var choice = Number(stored.Precision, stored.Scale);
            return stored.Scale <= MostPlaces && parquet.Physical is "INT32" or "INT64"
                ? choice.Or(Sized("VARCHAR", stored.Precision + 3), "this server does not load decimals that Parquet stores as integers; the column holds their text")
                : choice;
        }

        // As text RDS exports only what Parquet's decimals cannot hold; without files, the source's own numbers decide.
        return source is { Precision: >= 1 and <= 38, Scale: { } scale and <= MostPlaces } && scale <= source.Precision
            ? new TypeChoice(Decimal(source.Precision.Value, scale))
            : source is { Precision: >= 1 and <= 38, Scale: { } places and > MostPlaces } ? Number(source.Precision.Value, places)
            : new TypeChoice(Sized("VARCHAR", LongestDecimal), "RDS exports decimals of more than 38 digits, the most that Parquet has, as text");
    }

    private static TypeChoice Time(SourceType source) =>
        new TypeChoice(Temporal("TIME", source.Fraction), source.Fraction is null ? UnknownFraction : null)
            .Or(Sized("VARCHAR", LongestTime), "this server does not load TIME from the text that RDS exports; the column holds the text");

    private static TypeChoice Moment(string name, SourceType source) =>
        new(Temporal(name, source.Fraction), source.Fraction is null ? UnknownFraction : null);

    private static TypeChoice Enum(SourceType source) =>
        source.Values.Count > 0 && SqlType.Parse($"ENUM({string.Join(',', source.Values.Select(SqlText.Literal))})", out _) is { } type
            ? new TypeChoice(type.ToString())
            : new TypeChoice(
                Sized("VARCHAR", source.Length is >= 1 and <= LongestMember ? source.Length.Value : LongestMember),
                "the export does not tell the ENUM's values; name the type in columnTypes, such as \"ENUM('new','paid')\", to have it");

    private static TypeChoice Set(SourceType source)
    {
        const string reason = "HeatWave has no SET; the column holds the members' names, separated by commas";
        if (source.Values.Count > 0)
        {
            return new TypeChoice(Sized("VARCHAR", Math.Max(1, source.Values.Sum(value => value.Length) + source.Values.Count - 1)), reason);
        }

        return source.Length is > 0 ? new TypeChoice(Sized("VARCHAR", source.Length.Value), reason) : new TypeChoice("TEXT", reason);
    }
}
