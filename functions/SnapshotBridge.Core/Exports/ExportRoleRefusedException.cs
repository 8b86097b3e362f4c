using SnapshotBridge.Errors;

namespace SnapshotBridge.Exports;

/// <summary>RDS cannot use the export role (IamRoleNotFound, IamRoleMissingPermissions). Final.</summary>
public sealed class ExportRoleRefusedException(string roleArn, string bucket, string detail, Exception? innerException = null)
    : BridgeException(
        $"RDS cannot use the export role '{roleArn}' ({detail}). "
        + $"Check that EXPORT_ROLE_ARN exists, that its trust policy lets export.rds.amazonaws.com assume it, and that its policy allows writing to the bucket '{bucket}'.",
        innerException);
