using System.Security.Cryptography;
using System.Text;

namespace SnapshotBridge.Local.Databases.Export;

/// <summary>Names of the files of one export, as RDS forms them.</summary>
internal static class ExportNames
{
    /// <summary>The folder of one export task, with a trailing slash.</summary>
    public static string TaskFolder(string prefix, string taskId) => prefix.Length == 0 ? $"{taskId}/" : $"{prefix}/{taskId}/";

    /// <summary>RDS writes backslash, backtick, quote and space of a name as underscores.</summary>
    public static string PathName(string name) => string.Concat(name.Select(c => c is '\\' or '`' or '"' or ' ' ? '_' : c));

    public static string BatchFolder(string taskFolder, SourceTable table, int batch) =>
        $"{taskFolder}{PathName(table.Database)}/{PathName(table.Schema)}.{PathName(table.Name)}/{batch}/";

    /// <summary>Parts are numbered by the reader's ranges, and a range without rows leaves a gap: every third number is missing here.</summary>
    public static string PartName(int part, Guid job) => $"part-{part + (part / 2):D5}-{job:D}-c000.gz.parquet";

    /// <summary>One identifier per write job, the same when the same task runs again.</summary>
    public static Guid Job(string taskId, SourceTable table, int batch) =>
        new(SHA256.HashData(Encoding.UTF8.GetBytes($"{taskId}\n{table.Target}\n{batch}")).AsSpan(0, 16));
}
