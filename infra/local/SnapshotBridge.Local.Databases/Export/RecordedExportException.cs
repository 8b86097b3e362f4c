namespace SnapshotBridge.Local.Databases.Export;

/// <summary>A folder is no recorded export; the message names everything that is wrong with it.</summary>
public sealed class RecordedExportException(string folder, IReadOnlyList<string> problems)
    : Exception($"'{folder}' is no recorded RDS export: {string.Join("; ", problems)}. Give the folder that holds export_info_*.json and one folder per database.")
{
    public IReadOnlyList<string> Problems { get; } = problems;
}
