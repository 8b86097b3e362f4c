using SnapshotBridge.Errors;

namespace SnapshotBridge.Exports;

/// <summary>RDS refuses the request's exportOnly list (InvalidExportOnly). Final.</summary>
public sealed class ExportScopeRefusedException(string scope, string detail, Exception? innerException = null)
    : BridgeException(
        $"RDS refuses exportOnly '{scope}' ({detail}). Name databases or database.table as the snapshot spells them, or leave exportOnly out to export everything.",
        innerException);
