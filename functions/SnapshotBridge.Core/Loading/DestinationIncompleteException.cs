using SnapshotBridge.Errors;

namespace SnapshotBridge.Loading;

/// <summary>The OCI bucket does not hold exactly the objects that the copy proved: nothing was loaded.</summary>
public sealed class DestinationIncompleteException(string destination, int count, string differences)
    : BridgeException($"The destination {destination} differs from the copied export in {count} {(count == 1 ? "object" : "objects")}: {differences}. Nothing was loaded. Remove what does not belong there or was changed since, and start an execution for the same snapshot again: it copies what is missing.");
