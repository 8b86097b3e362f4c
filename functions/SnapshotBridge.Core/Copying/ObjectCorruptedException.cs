using SnapshotBridge.Errors;

namespace SnapshotBridge.Copying;

/// <summary>On which way bytes changed.</summary>
public enum TransferLeg
{
    /// <summary>Between S3's store and the buffer.</summary>
    Source,

    /// <summary>Between the buffer and OCI's store.</summary>
    Destination,
}

/// <summary>The bytes that arrived are not those that were stored or sent, twice in a row. Nothing of the object is left at the destination.</summary>
public sealed class ObjectCorruptedException(string objectName, TransferLeg leg, string algorithm, string expected, string actual)
    : BridgeException(
        leg == TransferLeg.Source
            ? $"Source object '{objectName}': S3 stores {algorithm} {expected}, but the bytes read have {actual}, also when read again. The object was discarded. Compare the object with its export (aws s3api head-object --checksum-mode ENABLED), and if it is damaged there export the snapshot again with newExport."
            : $"Destination object '{objectName}': the bytes sent have {algorithm} {expected}, but OCI stored or received {actual}, also when sent again. The object was removed. Redrive the run; if it happens again, report the object name to Oracle.")
{
    public string ObjectName { get; } = objectName;

    public TransferLeg Leg { get; } = leg;

    public string Algorithm { get; } = algorithm;

    /// <summary>The checksum of the sender: what S3 stores, or what was computed before sending to OCI. Base64 as in the services' headers.</summary>
    public string Expected { get; } = expected;

    /// <summary>The checksum of the receiver.</summary>
    public string Actual { get; } = actual;
}
