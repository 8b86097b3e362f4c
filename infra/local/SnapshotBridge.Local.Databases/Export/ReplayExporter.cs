using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using SnapshotBridge.Local.Aws.Rds;

namespace SnapshotBridge.Local.Databases.Export;

/// <summary>
/// Writes a recorded export again, under the identifier of a new task: Parquet bytes as they are, names and fields that
/// depend on the task as RDS would write them now. Whoever asks for part of the snapshot gets that part.
/// </summary>
public sealed class ReplayExporter(RecordedExport recording, TimeProvider? time = null) : IExportEngine
{
    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly TimeProvider _time = time ?? TimeProvider.System;

    public async Task<ExportResult> ExportAsync(ExportJob job, IExportTarget target, IProgress<int> percent, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(percent);
        var started = _time.GetUtcNow();
        var folder = ExportNames.TaskFolder(job.Prefix, job.ExportTaskIdentifier);
        foreach (var entry in job.ExportOnly.Where(entry => !recording.Rows.Keys.Any(table => InScope(table, entry))))
        {
            throw new ExportFailedException($"The snapshot holds no database or table '{entry}' of ExportOnly.");
        }

        var data = recording.Data.Where(file => IsWanted(file, job)).ToList();
        for (var i = 0; i < data.Count; i++)
        {
            await PutFileAsync(data[i], folder, target, cancellationToken);
            percent.Report((i + 1) * 99 / data.Count);
        }

        foreach (var marker in recording.Markers.Where(file => IsWanted(file, job)))
        {
            await PutFileAsync(marker, folder, target, cancellationToken);
        }

        var warning = await PutDocumentsAsync(job, folder, target, started, cancellationToken);
        percent.Report(100);
        return warning;
    }

    private static bool InScope(string table, string entry) => table == entry || table.StartsWith(entry + ".", StringComparison.Ordinal);

    /// <summary>The folder's second part is <c>schema.table</c>.</summary>
    private static bool IsWanted(string file, ExportJob job) =>
        job.ExportOnly.Count == 0 || job.ExportOnly.Any(entry => InScope(file.Split('/')[1], entry));

    private async Task PutFileAsync(string file, string folder, IExportTarget target, CancellationToken cancellationToken)
    {
        await using var content = File.OpenRead(Path.Combine(recording.Folder, file));
        await target.PutAsync(folder + file, content, cancellationToken);
    }

    private async Task<ExportResult> PutDocumentsAsync(
        ExportJob job, string folder, IExportTarget target, DateTimeOffset started, CancellationToken cancellationToken)
    {
        foreach (var file in recording.Documents.Where(document => RecordedExport.TablesName().IsMatch(document)))
        {
            var tables = await ReadAsync(file, cancellationToken);
            if (job.ExportOnly.Count > 0 && tables["perTableStatus"] is JsonArray status)
            {
                foreach (var entry in status.Where(entry => !IsWantedTarget((string?)entry?["target"], job)).ToList())
                {
                    status.Remove(entry);
                }
            }

            var match = RecordedExport.TablesName().Match(file);
            await PutAsync($"{folder}export_tables_info_{job.ExportTaskIdentifier}_from_{match.Groups["from"].Value}_to_{match.Groups["to"].Value}.json", tables, target, cancellationToken);
        }

        var info = await ReadAsync(recording.InfoFile, cancellationToken);
        var iso = !((string?)info["taskEndTime"] ?? "").Contains(',', StringComparison.Ordinal);
        info["exportTaskIdentifier"] = job.ExportTaskIdentifier;
        info["sourceArn"] = job.SourceArn;
        info["exportOnly"] = new JsonArray([.. job.ExportOnly.Select(entry => (JsonNode)entry)]);
        info["snapshotTime"] = ExportDocuments.Date(job.SnapshotTime, !iso);
        info["taskStartTime"] = ExportDocuments.Date(started, !iso);
        info["taskEndTime"] = ExportDocuments.Date(_time.GetUtcNow(), !iso);
        info["s3Bucket"] = job.Bucket;
        info["s3Prefix"] = job.Prefix;
        info["exportedFilesPath"] = folder.TrimEnd('/');
        info["iamRoleArn"] = job.IamRoleArn;
        info["kmsKeyId"] = job.KmsKeyId;
        await PutAsync($"{folder}export_info_{job.ExportTaskIdentifier}.json", info, target, cancellationToken);
        return new ExportResult((string?)info["warningMessage"], info["totalExportedDataInGB"]?.GetValue<double>() ?? 0);
    }

    /// <summary>A target is <c>database.schema.table</c>, or a database alone.</summary>
    private static bool IsWantedTarget(string? target, ExportJob job)
    {
        var parts = target?.Split('.', 3) ?? [];
        return job.ExportOnly.Any(entry => InScope(parts.Length == 3 ? $"{parts[1]}.{parts[2]}" : target ?? "", entry));
    }

    private async Task<JsonObject> ReadAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            var document = JsonNode.Parse(await File.ReadAllBytesAsync(Path.Combine(recording.Folder, file), cancellationToken));
            return document as JsonObject ?? throw new RecordedExportException(recording.Folder, [$"'{file}' is no JSON object"]);
        }
        catch (JsonException e)
        {
            throw new RecordedExportException(recording.Folder, [$"'{file}' is no JSON ({e.Message})"]);
        }
    }

    private static Task PutAsync(string key, JsonObject document, IExportTarget target, CancellationToken cancellationToken) =>
        target.PutAsync(key, new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(document, Options)), cancellationToken);
}
