using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using SnapshotBridge.Exports;
using SnapshotBridge.Storage;

namespace SnapshotBridge.Planning;

/// <summary>
/// Lists a complete export once and writes what is to be copied: batches first, then their list, the plan last. The same
/// export and settings give the same documents. Memory does not grow with the number of objects: the listing comes in the
/// order of the keys, so each table's objects come together and are packed on the way past.
/// </summary>
public sealed class CopyPlanner
{
    private const int IgnoredNamedAtMost = 20;
    private const int WritesAtATime = 8;

    // Words for a table whose files, if any, are not the whole table. Which others exist is not documented.
    private static readonly HashSet<string> UnfinishedStates = new(StringComparer.OrdinalIgnoreCase)
    {
        "FAILED", "CANCELED", "CANCELLED", "CANCELING", "STARTING", "IN_PROGRESS", "SKIPPED",
    };

    private readonly IDocumentStore _documents;
    private readonly PlanCopyOptions _options;
    private readonly ExportLocation _location;
    private readonly TimeProvider _time;
    private readonly ILogger _log;

    public CopyPlanner(IDocumentStore documents, PlanCopyOptions options, TimeProvider time, ILogger log)
    {
        ArgumentNullException.ThrowIfNull(options);
        _documents = documents;
        _options = options;
        _location = options.Location;
        _time = time;
        _log = log;
    }

    /// <summary>Writes the plan of one export task.</summary>
    /// <exception cref="ExportFilesPendingException">A file that RDS writes last is not there yet; transient.</exception>
    /// <exception cref="ExportFilesMissingException">Tables that RDS lists as complete have no files.</exception>
    /// <exception cref="ExportFilesInvalidException">RDS's JSON files are not understood.</exception>
    /// <exception cref="ExportLayoutException">There is Parquet that belongs to no table.</exception>
    /// <exception cref="ExportTaskFailedException">The files say that the export failed.</exception>
    public async Task<PlanOutcome> PlanAsync(string exportTaskId, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(exportTaskId);
        var reader = new ExportDescriptionReader(_documents, _location, _log);
        var description = await reader.ReadAsync(exportTaskId, cancellationToken);
        var layout = new Listing(this, exportTaskId, description.Tables);
        await layout.ReadAsync(cancellationToken);

        var skipped = Skipped(exportTaskId, description.Tables, layout.LeftOut);
        var earlier = await ReadEarlierAsync(exportTaskId, cancellationToken);
        var plan = new CopyPlan
        {
            ExportTaskId = exportTaskId,
            SourceArn = description.SourceArn,
            Bucket = _location.Bucket,
            SourcePrefix = _location.Folder(exportTaskId),
            DestinationPrefix = layout.DestinationPrefix,
            Tables = layout.Tables,
            Skipped = skipped,
            Batches = layout.Batches,
            Objects = layout.Tables.Sum(table => (long)table.Objects),
            Bytes = layout.Tables.Sum(table => table.Bytes),
            MaxConcurrency = Math.Max(1, Math.Min(_options.MaxConcurrency, layout.Batches)),
            BatchesHash = layout.Hash,
            SnapshotTime = description.SnapshotTime,
            PlannedAt = earlier?.BatchesHash == layout.Hash ? earlier.PlannedAt : _time.GetUtcNow(),
        };
        if (earlier is not null && earlier.BatchesHash != layout.Hash)
        {
            await RemoveStaleAsync(exportTaskId, layout.Batches, cancellationToken);
        }

        await _documents.WriteAsync(
            BridgeLayout.Batches(exportTaskId),
            [.. Enumerable.Range(0, layout.Batches).Select(batch => new BatchReference(exportTaskId, batch))],
            PlanningJson.Default.IReadOnlyListBatchReference,
            cancellationToken);
        await _documents.WriteAsync(BridgeLayout.Plan(exportTaskId), plan, PlanningJson.Default.CopyPlan, cancellationToken);

        foreach (var table in skipped)
        {
            Log.Skipped(_log, table.Target, table.Reason);
        }

        Log.Planned(_log, exportTaskId, plan.Tables.Count, plan.Objects, plan.Bytes, plan.Batches, skipped.Count);
        return new PlanOutcome
        {
            ExportTaskId = exportTaskId,
            PlanKey = BridgeLayout.Plan(exportTaskId),
            BatchesKey = BridgeLayout.Batches(exportTaskId),
            Tables = plan.Tables.Count,
            Batches = plan.Batches,
            Objects = plan.Objects,
            Bytes = plan.Bytes,
            Skipped = skipped.Count,
            MaxConcurrency = plan.MaxConcurrency,
            IsNew = earlier?.BatchesHash != layout.Hash,
        };
    }

    private List<SkippedTable> Skipped(string exportTaskId, TableCatalog tables, List<SkippedTable> leftOut)
    {
        var missing = new List<string>();
        foreach (var entry in tables.Entries.Where(entry => !entry.IsFound))
        {
            var isComplete = string.Equals(entry.Status, "COMPLETE", StringComparison.OrdinalIgnoreCase);
            if (entry.Warning is { } warning)
            {
                leftOut.Add(new SkippedTable(entry.Target, warning));
            }
            else if (entry.IsTable && isComplete)
            {
                missing.Add(entry.Target);
            }
            else if (entry.IsTable || (entry.Status is not null && !isComplete))
            {
                leftOut.Add(new SkippedTable(entry.Target, $"RDS lists it {(entry.Status is null ? "without a status" : $"as {entry.Status}")} and wrote no file for it"));
            }
        }

        return missing.Count == 0
            ? [.. leftOut.OrderBy(table => table.Target, StringComparer.Ordinal).ThenBy(table => table.Reason, StringComparer.Ordinal)]
            : throw new ExportFilesMissingException(_location.Bucket, _location.Folder(exportTaskId), [.. missing.Order(StringComparer.Ordinal)]);
    }

    private async Task<CopyPlan?> ReadEarlierAsync(string exportTaskId, CancellationToken cancellationToken)
    {
        try
        {
            return await _documents.ReadAsync(BridgeLayout.Plan(exportTaskId), PlanningJson.Default.CopyPlan, cancellationToken);
        }
        catch (DocumentInvalidException)
        {
            // Cut off or of another version. It is about to be replaced, and counts as one that differs.
            return new CopyPlan
            {
                ExportTaskId = exportTaskId, SourceArn = "", Bucket = "", SourcePrefix = "", DestinationPrefix = "",
                Tables = [], Skipped = [], Batches = 0, Objects = 0, Bytes = 0, MaxConcurrency = 1,
            };
        }
    }

    // Batch 17 of the earlier plan is not batch 17 of this one: its checkpoint and its proof must not be taken for it.
    private async Task RemoveStaleAsync(string exportTaskId, int batches, CancellationToken cancellationToken)
    {
        var stale = new List<string>();
        foreach (var folder in BridgeLayout.BatchFolders(exportTaskId))
        {
            await foreach (var item in _documents.ListAsync(folder, cancellationToken))
            {
                stale.Add(item.Key);
            }
        }

        var current = Enumerable.Range(0, batches).Select(batch => BridgeLayout.Batch(exportTaskId, batch)).ToHashSet(StringComparer.Ordinal);
        stale.RemoveAll(current.Contains);
        foreach (var key in stale)
        {
            await _documents.DeleteAsync(key, cancellationToken);
        }

        if (stale.Count > 0)
        {
            Log.PlanChanged(_log, exportTaskId, stale.Count);
        }
    }

    /// <summary>The one walk over all objects.</summary>
    private sealed class Listing
    {
        private readonly CopyPlanner _planner;
        private readonly string _exportTaskId;
        private readonly string _root;
        private readonly TableCatalog _catalog;
        private readonly BatchPacker _packer;
        private readonly Queue<Task> _writes = new();
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

        private string? _folder;
        private bool _isCopied;
        private PlannedTable? _table;
        private long _ignored;
        private CancellationToken _cancellation;

        public Listing(CopyPlanner planner, string exportTaskId, TableCatalog catalog)
        {
            _planner = planner;
            _exportTaskId = exportTaskId;
            _root = planner._location.Folder(exportTaskId);
            _catalog = catalog;
            _packer = new BatchPacker(planner._options.BatchBytes, planner._options.BatchObjects, EmitAsync);
            DestinationPrefix = $"{planner._options.DestinationPrefix}{exportTaskId}/";
        }

        public string DestinationPrefix { get; }

        public List<PlannedTable> Tables { get; } = [];

        /// <summary>What has files but is not copied.</summary>
        public List<SkippedTable> LeftOut { get; } = [];

        public int Batches { get; private set; }

        public string Hash { get; private set; } = "";

        public async Task ReadAsync(CancellationToken cancellationToken)
        {
            _cancellation = cancellationToken;
            using (_hash)
            {
                try
                {
                    await foreach (var item in _planner._documents.ListAsync(_root, cancellationToken))
                    {
                        await TakeAsync(item);
                    }

                    await EndTableAsync();
                    await _packer.CompleteAsync();
                }
                finally
                {
                    // Also after a failure: no write may go on behind the caller's back.
                    await Task.WhenAll(_writes);
                }

                Hash = Convert.ToHexStringLower(_hash.GetHashAndReset());
            }

            if (_ignored > IgnoredNamedAtMost)
            {
                Log.MoreIgnored(_planner._log, _ignored - IgnoredNamedAtMost);
            }
        }

        private async Task TakeAsync(StoredObject item)
        {
            var path = ExportPath.Parse(item.Key[_root.Length..]);
            switch (path.Kind)
            {
                case ExportPathKind.Description:
                    return;
                case ExportPathKind.Other:
                    // Consoles leave empty objects for folders; they are no news.
                    if (!item.Key.EndsWith('/') && ++_ignored <= IgnoredNamedAtMost)
                    {
                        Log.Ignored(_planner._log, item.Key);
                    }

                    return;
                case ExportPathKind.Stray:
                    throw new ExportLayoutException(_planner._location.Bucket, item.Key, "it is Parquet outside every table's folder");
            }

            var folder = $"{path.Database}/{path.Folder}";
            if (folder != _folder)
            {
                await EndTableAsync();
                BeginTable(folder, path, item.Key);
            }

            if (path.Kind == ExportPathKind.Data && _isCopied)
            {
                var name = $"{DestinationPrefix}{item.Key[_root.Length..]}";
                await _packer.AddAsync(new PlannedObject(item.Key, name, item.SizeBytes, item.ETag, Tables.Count));
                _table = _table! with { Objects = _table.Objects + 1, Bytes = _table.Bytes + item.SizeBytes };
            }
        }

        private void BeginTable(string folder, ExportPath path, string key)
        {
            if (!_seen.Add(folder))
            {
                throw new ExportLayoutException(
                    _planner._location.Bucket, key, "the listing came back to a table that it had left, so it is not in the order that S3 promises");
            }

            _folder = folder;
            var entry = _catalog.Find(path);
            if (entry is not null)
            {
                entry.IsFound = true;
            }

            var original = entry is { IsTable: true } && entry.Target.Length == path.Database.Length + 1 + path.Folder.Length ? entry.Target : null;
            var offset = path.Database.Length + 1;
            _isCopied = IsCopied(entry);
            _table = new PlannedTable
            {
                Database = original?[..path.Database.Length] ?? path.Database,
                Schema = original?.Substring(offset, path.SchemaLength) ?? path.Schema,
                Table = original?[(offset + path.SchemaLength + 1)..] ?? path.Table,
                SourcePrefix = $"{_root}{folder}/",
                DestinationPrefix = $"{DestinationPrefix}{folder}/",
                Objects = 0,
                Bytes = 0,
                Columns = entry?.Columns ?? [],
                Warning = entry is null ? "RDS's export_tables_info does not list this table" : Warning(entry),
            };
        }

        private bool IsCopied(TableCatalog.Entry? entry)
        {
            if (entry is null)
            {
                return true;
            }

            if (entry.Colliding.Count > 0)
            {
                string[] names = [entry.Target, .. entry.Colliding];
                LeftOut.AddRange(names.Select(name => new SkippedTable(
                    name,
                    $"its files share one folder with those of {string.Join(" and ", names.Where(other => other != name))}, because RDS writes '_' for characters that paths do not take; rename one of them at the source")));
                return false;
            }

            if (entry.Status is { } status && UnfinishedStates.Contains(status))
            {
                LeftOut.Add(new SkippedTable(
                    entry.Target,
                    $"RDS lists it as {status}{(entry.Warning is { } warning ? $" ({warning})" : "")}; the files that there are may not be all and are not copied"));
                return false;
            }

            return true;
        }

        private static string? Warning(TableCatalog.Entry entry) =>
            entry.Status is { } status && !status.Equals("COMPLETE", StringComparison.OrdinalIgnoreCase)
                ? $"RDS lists it as {status}{(entry.Warning is { } warning ? $": {warning}" : "")}"
                : entry.Warning;

        private async Task EndTableAsync()
        {
            if (_table is not null && _isCopied)
            {
                Tables.Add(_table);
                await _packer.EndTableAsync();
            }

            _table = null;
        }

        private async Task EmitAsync(IReadOnlyList<PlannedObject> objects)
        {
            var batch = new CopyBatch
            {
                ExportTaskId = _exportTaskId,
                Batch = Batches++,
                Bucket = _planner._location.Bucket,
                Objects = objects,
            };
            _hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(batch, PlanningJson.Default.CopyBatch));
            if (_writes.Count == WritesAtATime)
            {
                await _writes.Dequeue();
            }

            _writes.Enqueue(_planner._documents.WriteAsync(
                BridgeLayout.Batch(_exportTaskId, batch.Batch), batch, PlanningJson.Default.CopyBatch, _cancellation));
        }
    }
}
