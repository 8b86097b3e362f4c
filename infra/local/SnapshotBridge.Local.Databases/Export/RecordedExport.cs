using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using SnapshotBridge.Parquet;

namespace SnapshotBridge.Local.Databases.Export;

/// <summary>A folder with what RDS once wrote for one export task, checked whole.</summary>
public sealed partial class RecordedExport
{
    private RecordedExport(string folder, string taskId, IReadOnlyList<string> data, IReadOnlyList<string> markers, IReadOnlyList<string> documents, IReadOnlyDictionary<string, long> rows)
    {
        Folder = folder;
        TaskId = taskId;
        Data = data;
        Markers = markers;
        Documents = documents;
        Rows = rows;
    }

    public string Folder { get; }

    /// <summary>The identifier that the export had.</summary>
    public string TaskId { get; }

    /// <summary>Rows per <c>schema.table</c>, by the Parquet footers; tables without a Parquet file have 0.</summary>
    public IReadOnlyDictionary<string, long> Rows { get; }

    /// <summary>Parquet files, relative to the folder, with slashes.</summary>
    internal IReadOnlyList<string> Data { get; }

    internal IReadOnlyList<string> Markers { get; }

    internal IReadOnlyList<string> Documents { get; }

    internal string InfoFile => Documents.Single(document => InfoName().IsMatch(document));

    /// <summary>Reads the folder; old and new layout may mix in it.</summary>
    /// <exception cref="RecordedExportException">It is no export, or an incomplete one; the message names every problem.</exception>
    public static async Task<RecordedExport> OpenAsync(string folder, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(folder))
        {
            throw new RecordedExportException(folder, ["it does not exist"]);
        }

        var problems = new List<string>();
        var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/')).Order(StringComparer.Ordinal).ToList();
        var documents = files.Where(file => InfoName().IsMatch(file) || TablesName().IsMatch(file)).ToList();
        var keys = files.Select(file => (File: file, Match: KeyName().Match(file))).Where(key => key.Match.Success).ToList();
        var data = keys.Where(key => key.Match.Groups["file"].Value != "_SUCCESS").ToList();
        var markers = keys.Where(key => key.Match.Groups["file"].Value == "_SUCCESS").ToList();
        var taskId = await TaskIdAsync(folder, documents, problems, cancellationToken);
        if (!documents.Any(document => TablesName().IsMatch(document)))
        {
            problems.Add("it holds no export_tables_info_<task>_from_<n>_to_<m>.json");
        }

        if (keys.Count == 0)
        {
            problems.Add("it holds no <database>/<database>.<table>/ folder with Parquet files or a _SUCCESS marker");
        }

        problems.AddRange(files.Except(documents).Except(keys.Select(key => key.File)).Where(IsSuspicious)
            .Select(file => $"'{file}' is where RDS puts no Parquet file"));
        var marked = markers.Select(marker => Path.GetDirectoryName(marker.File)).ToHashSet(StringComparer.Ordinal);
        problems.AddRange(data.Select(part => Path.GetDirectoryName(part.File)).Distinct(StringComparer.Ordinal).Where(parent => !marked.Contains(parent))
            .Select(parent => $"'{parent}' holds Parquet files without a _SUCCESS marker"));

        var rows = markers.Select(Table).Distinct(StringComparer.Ordinal).ToDictionary(table => table, _ => 0L, StringComparer.Ordinal);
        foreach (var part in data)
        {
            try
            {
                var count = await RowsAsync(Path.Combine(folder, part.File), part.File, cancellationToken);
                rows[Table(part)] = rows.GetValueOrDefault(Table(part)) + count;
            }
            catch (ParquetFileInvalidException e)
            {
                problems.Add($"'{part.File}': {e.Problem}");
            }
        }

        return problems.Count > 0
            ? throw new RecordedExportException(folder, problems)
            : new RecordedExport(folder, taskId!, [.. data.Select(part => part.File)], [.. markers.Select(marker => marker.File)], documents, rows);
    }

    private static string Table((string File, Match Match) key) => $"{key.Match.Groups["schema"].Value}.{key.Match.Groups["table"].Value}";

    private static bool IsSuspicious(string file) => file.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase);

    private static async Task<string?> TaskIdAsync(string folder, List<string> documents, List<string> problems, CancellationToken cancellationToken)
    {
        var infos = documents.Where(document => InfoName().IsMatch(document)).ToList();
        if (infos.Count != 1)
        {
            problems.Add(infos.Count == 0 ? "it holds no export_info_<task>.json" : $"it holds several exports: {string.Join(", ", infos)}");
            return null;
        }

        try
        {
            var info = JsonNode.Parse(await File.ReadAllBytesAsync(Path.Combine(folder, infos[0]), cancellationToken));
            var status = (string?)info?["status"];
            if (status != "COMPLETE")
            {
                problems.Add($"'{infos[0]}' says status '{status}' instead of COMPLETE");
            }

            var named = InfoName().Match(infos[0]).Groups["task"].Value;
            var taskId = (string?)info?["exportTaskIdentifier"];
            if (taskId != named)
            {
                problems.Add($"'{infos[0]}' says exportTaskIdentifier '{taskId}'");
            }

            return taskId;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            problems.Add($"'{infos[0]}' is no JSON object of an export ({e.Message})");
            return null;
        }
    }

    private static async Task<long> RowsAsync(string path, string name, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(path);
        var wanted = ParquetFooter.SuggestedTailBytes;
        while (true)
        {
            var tail = new byte[Math.Min(file.Length, wanted)];
            file.Position = file.Length - tail.Length;
            await file.ReadExactlyAsync(tail, cancellationToken);
            if (ParquetFooter.TryRead(name, tail, file.Length, out var footer, out wanted))
            {
                return footer.Rows;
            }
        }
    }

    [GeneratedRegex(@"^export_info_(?<task>[^/]+)\.json$")]
    private static partial Regex InfoName();

    [GeneratedRegex(@"^export_tables_info_(?<task>[^/]+)_from_(?<from>\d+)_to_(?<to>\d+)\.json$")]
    internal static partial Regex TablesName();

    /// <summary>MySQL (schema equals database) and PostgreSQL (it does not); batch folders in the new layout, none in the old.</summary>
    [GeneratedRegex(@"^(?<db>[^/]+)/(?:(?<schema>\k<db>)|(?<schema>[^/.]+))\.(?<table>[^/]+)/(?:[^/]+/)*(?<file>_SUCCESS|[^/]+\.parquet)$")]
    private static partial Regex KeyName();
}
