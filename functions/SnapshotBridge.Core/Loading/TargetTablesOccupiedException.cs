using SnapshotBridge.Errors;

namespace SnapshotBridge.Loading;

/// <summary>Tables or views that SnapshotBridge did not create stand where tables have to go. Nothing was changed.</summary>
public sealed class TargetTablesOccupiedException(int count, string names)
    : BridgeException($"{count} {(count == 1 ? "target name is" : "target names are")} taken by what SnapshotBridge did not create: {names}. Nothing was changed. Drop or rename {(count == 1 ? "it" : "them")}, or give the schema another name in targetSchemas.");
