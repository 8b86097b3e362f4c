using static SnapshotBridge.Loading.Declarations.TypeChoice;

namespace SnapshotBridge.Loading.Declarations;

/// <summary>
/// The types of PostgreSQL's columns, named as its information schema names them. RDS stores nearly all of them as text: RDS
/// user guide, "PostgreSQL data type mapping to Parquet".
/// </summary>
internal static class PostgreSqlTypes
{
    /// <summary>Names that MySQL does not have.</summary>
    public static IReadOnlySet<string> OwnNames { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "int2", "int4", "int8", "serial", "bigserial", "smallserial", "float4", "float8", "money", "character varying", "character", "bpchar", "name", "citext",
        "timestamp without time zone", "timestamp with time zone", "timestamptz", "time without time zone", "time with time zone", "timetz", "interval",
        "jsonb", "boolean", "bytea", "array", "user-defined", "cidr", "inet", "macaddr", "macaddr8", "xml", "tsvector", "tsquery", "bit varying", "varbit",
        "pg_lsn", "hstore", "oid", "box", "circle", "line", "lseg", "path",
    };

    private const int LongestMoment = 40;

    private const string OtherDates = "the column has dates that MySQL has not, such as infinity or before Christ; the column holds their text";
    private const string NoSuchType = "MySQL has no such type; the column holds the text that RDS exports";

    public static TypeChoice? Choose(SourceType source, ParquetType parquet)
    {
        if (source.IsArray || source.Name.StartsWith('_'))
        {
            return new TypeChoice("LONGTEXT", NoSuchType);
        }

        return source.Name switch
        {
            "smallint" or "int2" or "smallserial" => new TypeChoice("SMALLINT"),
            "integer" or "int" or "int4" or "serial" => new TypeChoice("INT"),
            "bigint" or "int8" or "bigserial" => new TypeChoice("BIGINT"),
            "oid" => new TypeChoice("BIGINT", "MySQL has no OID; the column holds its number"),
            "numeric" or "decimal" => Numeric(source, parquet),
            "real" or "float4" => new TypeChoice("FLOAT"),
            "double precision" or "float8" => new TypeChoice("DOUBLE"),
            "money" => new TypeChoice("VARCHAR(64)", NoSuchType),
            "boolean" or "bool" => new TypeChoice("TINYINT").Or("VARCHAR(5)", "this server does not load BOOLEAN from Parquet's; the column holds true or false as text"),
            "character" or "char" or "bpchar" => source.Length switch
            {
                // Without a length, character is character(1) and bpchar any.
                null when source.Name != "bpchar" => new TypeChoice("CHAR(1)"),
                > 0 and <= 255 => new TypeChoice(Sized("CHAR", source.Length.Value)),
                > 255 and <= 65_535 => new TypeChoice(Sized("VARCHAR", source.Length.Value), "MySQL's CHAR has up to 255 characters"),
                _ => new TypeChoice("LONGTEXT"),
            },
            "character varying" or "varchar" => source.Length is > 0 and <= 65_535 ? new TypeChoice(Sized("VARCHAR", source.Length.Value)) : new TypeChoice("LONGTEXT"),
            "name" => new TypeChoice("VARCHAR(63)"),
            "text" => new TypeChoice("LONGTEXT"),
            "citext" => new TypeChoice("LONGTEXT", "MySQL has no such type; the column's collation decides how texts compare"),
            "uuid" => new TypeChoice("CHAR(36)"),
            "json" or "jsonb" => new TypeChoice("JSON"),
            "date" => new TypeChoice("DATE").Or(Sized("VARCHAR", LongestMoment), OtherDates),
            "time" or "time without time zone" => new TypeChoice(Temporal("TIME", source.Fraction))
                .Or("VARCHAR(17)", "this server does not load TIME from the text that RDS exports; the column holds the text"),
            "timetz" or "time with time zone" => new TypeChoice("VARCHAR(24)", "MySQL has no time of day with a time zone; the column holds the text that RDS exports"),
            "timestamp" or "timestamp without time zone" => new TypeChoice(Temporal("DATETIME", source.Fraction)).Or(Sized("VARCHAR", LongestMoment), OtherDates),
            "timestamptz" or "timestamp with time zone" => WithTimeZone(source, parquet),
            "interval" => new TypeChoice("VARCHAR(255)", NoSuchType),
            "inet" or "cidr" => new TypeChoice("VARCHAR(43)", NoSuchType),
            "macaddr" => new TypeChoice("VARCHAR(17)", NoSuchType),
            "macaddr8" => new TypeChoice("VARCHAR(23)", NoSuchType),
            "pg_lsn" => new TypeChoice("VARCHAR(17)", NoSuchType),
            "bytea" => NotLoaded("LONGBLOB", "Lakehouse loads no binary data"),
            _ when parquet.IsText => new TypeChoice("LONGTEXT", NoSuchType),
            _ => null,
        };
    }

    private static TypeChoice Numeric(SourceType source, ParquetType parquet)
    {
        if (parquet.Decimal is { Precision: <= 38 } stored)
        {
            return Number(stored.Precision, stored.Scale);
        }

        if (source is { Precision: >= 1 and <= 38, Scale: { } scale and <= 30 } && scale <= source.Precision)
        {
            return new TypeChoice(Decimal(source.Precision.Value, scale))
                .Or(Sized("VARCHAR", source.Precision.Value + 3), "the column has values that DECIMAL has not, such as NaN; the column holds their text");
        }

        return new TypeChoice("TEXT", source.Precision is > 38
            ? "HeatWave loads decimals of up to 38 digits; the column holds the text that RDS exports"
            : "the export tells no precision and scale, and any number of digits may occur; name a DECIMAL in columnTypes if one holds all values");
    }

    private static TypeChoice WithTimeZone(SourceType source, ParquetType parquet) => parquet.IsTimestamp
        ? new TypeChoice(Temporal("DATETIME", source.Fraction), "MySQL has no timestamp with a time zone beyond 2038; the column holds the time in UTC")
        : new TypeChoice(
            Sized("VARCHAR", LongestMoment),
            "MySQL reads no text with a PostgreSQL time zone as a time; the column holds the text that RDS exports, with the zone; name DATETIME(6) in columnTypes if the server takes it");
}
