using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SnapshotBridge.Storage;

/// <summary>The keys of our own documents in the export bucket: one folder per export task, apart from what RDS writes.</summary>
public static class BridgeLayout
{
    /// <summary>The folder of all documents of one export task, with a trailing slash.</summary>
    public static string Folder(string exportTaskId) => $"bridge/{exportTaskId}/";

    /// <summary>The folder of the task tokens of all executions that wait for one export task.</summary>
    public static string TokensFolder(string exportTaskId) => $"{Folder(exportTaskId)}tokens/";

    /// <summary>One execution's task token. Executions that share an export each have their own.</summary>
    public static string Token(string exportTaskId, string executionName) => $"{TokensFolder(exportTaskId)}{executionName}.json";

    /// <summary>How RDS described the export task when it was complete, its warnings included.</summary>
    public static string EndedExport(string exportTaskId) => $"{Folder(exportTaskId)}export.json";

    public static string Plan(string exportTaskId) => $"{Folder(exportTaskId)}plan.json";

    /// <summary>The JSON array that the Distributed Map reads: one <see cref="Planning.BatchReference"/> per batch.</summary>
    public static string Batches(string exportTaskId) => $"{Folder(exportTaskId)}batches.json";

    public static string Batch(string exportTaskId, int batch) => $"{Folder(exportTaskId)}batches/{Number(batch)}.json";

    public static string Checkpoint(string exportTaskId, int batch) => $"{Folder(exportTaskId)}checkpoints/{Number(batch)}.json";

    public static string Copied(string exportTaskId, int batch) => $"{Folder(exportTaskId)}copied/{Number(batch)}.json";

    /// <summary>
    /// The folder where the slices of one version of one object meet, with a trailing slash: the upload that they share,
    /// what each has sent, and the whole object's proof. It is named by a hash, because names may hold anything.
    /// </summary>
    public static string SharedUpload(string exportTaskId, string destinationName, string sourceETag) =>
        $"{Folder(exportTaskId)}uploads/{Hash($"{destinationName}\n{sourceETag}")}/";

    /// <summary>The folders whose documents are named by a batch's number, and mean nothing under another plan.</summary>
    public static IReadOnlyList<string> BatchFolders(string exportTaskId) =>
        [$"{Folder(exportTaskId)}batches/", $"{Folder(exportTaskId)}checkpoints/", $"{Folder(exportTaskId)}copied/"];

    public static string Load(string exportTaskId) => $"{Folder(exportTaskId)}load.json";

    /// <summary>The report of one execution: a later execution of the same export does not overwrite it.</summary>
    public static string Report(string exportTaskId, string executionName) => $"{Folder(exportTaskId)}reports/{executionName}/report.json";

    public static string ReportPage(string exportTaskId, string executionName) => $"{Folder(exportTaskId)}reports/{executionName}/report.html";

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..32];

    private static string Number(int batch) => batch.ToString("D6", CultureInfo.InvariantCulture);
}
