using SnapshotBridge.Errors;

namespace SnapshotBridge.Exports;

/// <summary>RDS cannot use the KMS key of the export (KMSKeyNotAccessibleFault). Final.</summary>
public sealed class ExportKeyRefusedException(string keyId, string detail, Exception? innerException = null)
    : BridgeException(
        $"RDS cannot use the KMS key '{keyId}' ({detail}). "
        + "EXPORT_KMS_KEY_ID must name an enabled, symmetric customer key of the snapshot's region, and its policy must allow the export role and the function's role kms:CreateGrant and kms:DescribeKey.",
        innerException);
