using static SnapshotBridge.Loading.Declarations.TypeChoice;

namespace SnapshotBridge.Loading.Declarations;

/// <summary>The types that follow from the Parquet files alone, for columns whose source type is not told.</summary>
internal static class ParquetTypes
{
    public static TypeChoice Choose(ParquetType parquet, string why) => parquet switch
    {
        { Decimal: { Precision: <= 38 } number } => Number(number.Precision, number.Scale, why),
        { IsTimestamp: true } => new TypeChoice("DATETIME(6)", why),
        { Meaning: "DATE" } => new TypeChoice("DATE", why),
        { Meaning: "INT_8" or "INTEGER(8,signed)" } => new TypeChoice("TINYINT", why),
        { Meaning: "INT_16" or "INTEGER(16,signed)" or "UINT_8" or "INTEGER(8,unsigned)" } => new TypeChoice("SMALLINT", why),
        { Meaning: "UINT_32" or "INTEGER(32,unsigned)" } => new TypeChoice("INT UNSIGNED", why),
        { Meaning: "UINT_64" or "INTEGER(64,unsigned)" } => new TypeChoice("BIGINT UNSIGNED", why),
        { Meaning: { } meaning } when meaning.StartsWith("TIME", StringComparison.Ordinal) => new TypeChoice("TIME(6)", why),
        { Meaning: "JSON" } => new TypeChoice("JSON", why),
        { IsText: true } => new TypeChoice("LONGTEXT", why),
        { Physical: "INT32" } => new TypeChoice("INT", why),
        { Physical: "INT64" } => new TypeChoice("BIGINT", why),
        { Physical: "FLOAT" } => new TypeChoice("FLOAT", why),
        { Physical: "DOUBLE" } => new TypeChoice("DOUBLE", why),
        { Physical: "BOOLEAN" } => new TypeChoice("TINYINT", why),
        _ => NotLoaded("LONGBLOB", $"{why}; Lakehouse loads no bytes without a meaning"),
    };
}
