using SnapshotBridge.Errors;

namespace SnapshotBridge.Local.Parquet;

/// <summary>A sound Parquet file uses something that neither RDS writes nor this reader reads.</summary>
public sealed class ParquetFeatureNotSupportedException(string objectName, string feature)
    : BridgeException($"'{objectName}' is Parquet, but {feature}. The local run reads what RDS writes: flat columns, data pages v1, PLAIN and dictionary encoding, GZIP or no compression.");
