using SnapshotBridge.Errors;

namespace SnapshotBridge.Planning;

/// <summary>There is Parquet where no table's folder is, so nobody can tell which table it belongs to. Final.</summary>
public sealed class ExportLayoutException(string bucket, string key, string detail)
    : BridgeException(
        $"The object s3://{bucket}/{key} does not fit the layout <database>/<schema>.<table>/…: {detail}. "
        + "Remove it if it is not of RDS; else start an execution with \"newExport\": true.");
