using SnapshotBridge.Errors;

namespace SnapshotBridge.Parquet;

/// <summary>An object that should be a Parquet file is none, or is truncated, encrypted or damaged. Reading it again does not help.</summary>
/// <param name="objectName">The object's key or name; part of the message.</param>
/// <param name="problem">What is wrong, with the values that show it.</param>
public sealed class ParquetFileInvalidException(string objectName, string problem)
    : BridgeException(
        $"'{objectName}' cannot be read as Parquet: {problem}. " +
        "Check the object in the export bucket; if RDS wrote it so, export the snapshot again with \"newExport\": true.")
{
    public string ObjectName { get; } = objectName;

    public string Problem { get; } = problem;
}
