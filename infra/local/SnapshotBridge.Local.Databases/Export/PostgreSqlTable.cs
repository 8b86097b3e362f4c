using SnapshotBridge.Parquet;

namespace SnapshotBridge.Local.Databases.Export;

/// <summary>A column of a generated PostgreSQL table.</summary>
/// <param name="Name">The name; PostgreSQL tells <c>Id</c> from <c>id</c>.</param>
/// <param name="Type">The type as the information schema names it: <c>character varying</c>, <c>ARRAY</c>.</param>
/// <param name="Values">One text per row, as RDS writes it, or null; a table with more rows than values begins them again.</param>
public sealed record PostgreSqlColumn(string Name, string Type, IReadOnlyList<string?> Values)
{
    public int? Length { get; init; }

    public int? Precision { get; init; }

    public int? Fraction { get; init; }

    /// <summary>How RDS stores the type: nearly all as text.</summary>
    internal ParquetColumn Parquet => Type switch
    {
        "smallint" => new ParquetColumn(Name, ParquetPhysicalType.Int32) { ConvertedType = ParquetConvertedType.Int16 },
        "integer" => new ParquetColumn(Name, ParquetPhysicalType.Int32),
        "bigint" => new ParquetColumn(Name, ParquetPhysicalType.Int64),
        "real" => new ParquetColumn(Name, ParquetPhysicalType.Float),
        "double precision" => new ParquetColumn(Name, ParquetPhysicalType.Double),
        "boolean" => new ParquetColumn(Name, ParquetPhysicalType.Boolean),
        "bytea" => new ParquetColumn(Name, ParquetPhysicalType.ByteArray),
        _ => new ParquetColumn(Name, ParquetPhysicalType.ByteArray) { ConvertedType = ParquetConvertedType.Utf8 },
    };

    internal SourceTableColumn Source => new(Name, Type, Type, Length, Precision, null, Fraction);
}

/// <summary>A generated PostgreSQL table.</summary>
/// <param name="Schema">The schema.</param>
/// <param name="Name">The name.</param>
/// <param name="Rows">How many rows it has.</param>
/// <param name="Columns">Its columns.</param>
public sealed record PostgreSqlTable(string Schema, string Name, int Rows, IReadOnlyList<PostgreSqlColumn> Columns)
{
    /// <summary>Columns that RDS lists and does not write: it has no Parquet type for object identifiers.</summary>
    public IReadOnlyList<PostgreSqlColumn> Unwritten { get; init; } = [];

    /// <summary>The rows' values as texts, in the order of the columns.</summary>
    public IEnumerable<string?[]> Values() =>
        Enumerable.Range(0, Rows).Select(row => Columns.Select(column => column.Values[row % column.Values.Count]).ToArray());
}
