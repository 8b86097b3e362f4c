using SnapshotBridge.Parquet;

namespace SnapshotBridge.Local.Databases.HeatWave.Declared;

/// <summary>What the values of a Parquet column mean.</summary>
internal enum ParquetKind
{
    Text,
    Integer,
    Decimal,
    Real,
    Micros,
    Days,

    /// <summary>A byte array of which the file says nothing.</summary>
    Bytes,
    Other,
}

internal static class ParquetKinds
{
    public static ParquetKind Of(ParquetColumn column) => column switch
    {
        { IsNested: true } => ParquetKind.Other,
        { ConvertedType: ParquetConvertedType.Decimal, PhysicalType: not ParquetPhysicalType.ByteArray } => ParquetKind.Decimal,
        { ConvertedType: ParquetConvertedType.TimestampMicros or ParquetConvertedType.TimestampMillis } => ParquetKind.Micros,
        { ConvertedType: ParquetConvertedType.Date } => ParquetKind.Days,
        { PhysicalType: ParquetPhysicalType.Boolean or ParquetPhysicalType.Int32 or ParquetPhysicalType.Int64 } => ParquetKind.Integer,
        { PhysicalType: ParquetPhysicalType.Float or ParquetPhysicalType.Double } => ParquetKind.Real,
        { PhysicalType: ParquetPhysicalType.ByteArray } when TableShape.IsText(column) => ParquetKind.Text,
        { PhysicalType: ParquetPhysicalType.ByteArray } => ParquetKind.Bytes,
        _ => ParquetKind.Other,
    };
}
