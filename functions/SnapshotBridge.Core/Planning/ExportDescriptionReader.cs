using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using SnapshotBridge.Exports;
using SnapshotBridge.Storage;

namespace SnapshotBridge.Planning;

/// <summary>What RDS says about an export, apart from its data.</summary>
internal sealed record ExportDescription(string SourceArn, DateTimeOffset? SnapshotTime, TableCatalog Tables);

/// <summary>
/// Reads <c>export_info*</c>, <c>export_tables_info*</c> and what RDS's API said when the task was complete. RDS writes these
/// files last, and does not document when compared to COMPLETE: what is not there yet is waited for.
/// </summary>
internal sealed partial class ExportDescriptionReader(IDocumentStore documents, ExportLocation location, ILogger log)
{
    /// <exception cref="ExportFilesPendingException">A file is not there yet.</exception>
    public async Task<ExportDescription> ReadAsync(string exportTaskId, CancellationToken cancellationToken)
    {
        var root = location.Folder(exportTaskId);
        var info = await ReadInfoAsync(exportTaskId, root, cancellationToken);
        var ended = await documents.ReadAsync(BridgeLayout.EndedExport(exportTaskId), ExportsJson.Default.EndedExport, cancellationToken);

        var tables = new TableCatalog();
        foreach (var key in await TablesInfoKeysAsync(root, cancellationToken))
        {
            var file = await ReadFileAsync(key, ExportFilesJson.Default.ExportTablesInfo, cancellationToken);
            foreach (var table in file.PerTableStatus?.OfType<ExportedTable>() ?? [])
            {
                tables.Add(table);
            }
        }

        foreach (var skipped in ExportWarnings.Parse(ended?.WarningMessage).Concat(ExportWarnings.Parse(ExportWarnings.Text(info.WarningMessage))))
        {
            tables.AddWarnings(skipped.Target, skipped.Reason);
        }

        return new ExportDescription(
            ended?.SourceArn ?? info.SourceArn ?? "",
            ExportDates.Parse(info.SnapshotTime) ?? ended?.SnapshotTime,
            tables);
    }

    private async Task<ExportInfo> ReadInfoAsync(string exportTaskId, string root, CancellationToken cancellationToken)
    {
        var keys = await RootFilesAsync(root, "export_info_", cancellationToken);
        var own = $"{root}export_info_{exportTaskId}.json";
        var key = keys.Contains(own, StringComparer.Ordinal) ? own : keys.Count == 1 ? keys[0] : null;
        if (key is null)
        {
            throw keys.Count == 0
                ? new ExportFilesPendingException(location.Bucket, root, $"its file export_info_{exportTaskId}.json is not there")
                : new ExportFilesInvalidException(location.Bucket, keys[0], $"there are {keys.Count} files export_info_*.json and none is this export's own");
        }

        var info = await ReadFileAsync(key, ExportFilesJson.Default.ExportInfo, cancellationToken);
        switch (info.Status?.ToUpperInvariant())
        {
            case null or "COMPLETE":
                break;
            case "FAILED":
                throw new ExportTaskFailedException(exportTaskId, info.SourceArn ?? "an unnamed snapshot", info.FailureCause);
            case "CANCELED" or "CANCELLED":
                throw new ExportTaskCanceledException(exportTaskId, info.SourceArn ?? "an unnamed snapshot", info.FailureCause);
            default:
                throw new ExportFilesPendingException(location.Bucket, root, $"its export_info still says {info.Status}");
        }

        if (info.ExportTaskIdentifier is { } named && named != exportTaskId)
        {
            Log.OtherName(log, named, exportTaskId);
        }

        return info;
    }

    private async Task<List<string>> TablesInfoKeysAsync(string root, CancellationToken cancellationToken)
    {
        var keys = await RootFilesAsync(root, "export_tables_info_", cancellationToken);
        if (keys.Count == 0)
        {
            throw new ExportFilesPendingException(location.Bucket, root, "its files export_tables_info_*.json are not there");
        }

        // The names tell which tables a file holds, counted from 1: a gap is a file that is still to come.
        var ranges = keys.Select(key => RangePattern().Match(key)).ToList();
        if (ranges.TrueForAll(match => match.Success))
        {
            var next = 1L;
            foreach (var (from, to) in ranges.Select(match => (Number(match, "from"), Number(match, "to"))).OrderBy(range => range.Item1))
            {
                if (from > next)
                {
                    throw new ExportFilesPendingException(location.Bucket, root, $"its export_tables_info of the tables {next} to {from - 1} is not there");
                }

                next = Math.Max(next, to + 1);
            }
        }

        return keys;
    }

    private async Task<List<string>> RootFilesAsync(string root, string start, CancellationToken cancellationToken)
    {
        var keys = new List<string>();
        await foreach (var item in documents.ListAsync($"{root}{start}", cancellationToken))
        {
            // A database's folder may begin alike.
            if (!item.Key.AsSpan(root.Length).Contains('/') && item.Key.EndsWith(".json", StringComparison.Ordinal))
            {
                keys.Add(item.Key);
            }
        }

        return keys;
    }

    private async Task<T> ReadFileAsync<T>(string key, JsonTypeInfo<T> type, CancellationToken cancellationToken) where T : class
    {
        try
        {
            return await documents.ReadAsync(key, type, cancellationToken)
                ?? throw new ExportFilesPendingException(location.Bucket, key, "this file has just vanished");
        }
        catch (DocumentInvalidException exception)
        {
            throw new ExportFilesInvalidException(location.Bucket, key, exception.InnerException?.Message ?? "it is empty", exception);
        }
    }

    private static long Number(Match match, string group) => long.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"_from_(?<from>[0-9]{1,18})_to_(?<to>[0-9]{1,18})\.json\z", RegexOptions.CultureInvariant)]
    private static partial Regex RangePattern();
}
