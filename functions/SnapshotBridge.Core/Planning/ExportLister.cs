using SnapshotBridge.Exports;
using SnapshotBridge.Storage;

namespace SnapshotBridge.Planning;

/// <summary>What a listing showed: tables in the order of the keys, and what is no part of any.</summary>
internal sealed record ExportContents(IReadOnlyList<ListedTable> Tables, IReadOnlyList<string> Ignored, long IgnoredCount);

/// <summary>Lists an export once, in several ranges of keys at a time, and sorts its objects by table.</summary>
internal sealed class ExportLister(IExportListing listing, ExportLocation location)
{
    /// <summary>How many keys that are not copied are named.</summary>
    public const int IgnoredNamedAtMost = 20;

    // One page takes S3 some 100 ms and us a few; more at a time would only wait for the processor.
    private const int RangesAtATime = 8;

    /// <exception cref="ExportLayoutException">There is Parquet that belongs to no table.</exception>
    public async Task<ExportContents> ListAsync(string exportTaskId, IReadOnlyCollection<string> targets, CancellationToken cancellationToken)
    {
        var root = location.Folder(exportTaskId);
        var ranges = ListingRanges.Of(root, targets);
        var lists = new RangeList[ranges.Count];
        await Parallel.ForAsync(
            0,
            ranges.Count,
            new ParallelOptions { MaxDegreeOfParallelism = RangesAtATime, CancellationToken = cancellationToken },
            async (index, token) => lists[index] = await ReadAsync(root, ranges[index].After, ranges[index].UpTo, token));

        var tables = lists.SelectMany(list => list.Tables).ToList();
        var seen = new HashSet<string>(tables.Count, StringComparer.Ordinal);
        return tables.Find(table => !seen.Add(table.Folder)) is { } twice
            ? throw OutOfOrder($"{root}{twice.Folder}")
            : new ExportContents(tables, [.. lists.SelectMany(list => list.Ignored).Take(IgnoredNamedAtMost)], lists.Sum(list => list.IgnoredCount));
    }

    private async Task<RangeList> ReadAsync(string root, string? after, string? upTo, CancellationToken cancellationToken)
    {
        var list = new RangeList(root.Length);
        string? previous = null;
        await foreach (var item in listing.ListAsync(root, after, cancellationToken))
        {
            if (upTo is not null && KeyOrder.Instance.Compare(item.Key, upTo) > 0)
            {
                break;
            }

            if (previous is not null && KeyOrder.Instance.Compare(item.Key, previous) <= 0)
            {
                throw OutOfOrder(item.Key);
            }

            previous = item.Key;
            if (!list.TryAdd(item))
            {
                throw new ExportLayoutException(location.Bucket, item.Key, "it is Parquet outside every table's folder");
            }
        }

        return list;
    }

    private ExportLayoutException OutOfOrder(string key) => new(
        location.Bucket, key, "the listing came back to keys that it had left, so it is not in the order that S3 promises");

    private sealed class RangeList(int rootLength)
    {
        private readonly ObjectStore _store = new();
        private ListedTable? _table;

        public List<ListedTable> Tables { get; } = [];

        public List<string> Ignored { get; } = [];

        public long IgnoredCount { get; private set; }

        /// <summary>False for Parquet that belongs to no table.</summary>
        public bool TryAdd(StoredObject item)
        {
            var relative = item.Key.AsSpan(rootLength);
            if (_table is not null && relative.StartsWith(_table.Folder, StringComparison.Ordinal))
            {
                Add(item, relative[_table.Folder.Length..], ExportPath.KindInTable(relative));
                return true;
            }

            var path = ExportPath.Parse(item.Key[rootLength..]);
            switch (path.Kind)
            {
                case ExportPathKind.Description:
                    return true;
                case ExportPathKind.Stray:
                    return false;
                case ExportPathKind.Other:
                    Ignore(item.Key);
                    return true;
            }

            var folder = $"{path.Database}/{path.Folder}/";
            _table = new ListedTable(path, folder, _store);
            Tables.Add(_table);
            Add(item, relative[folder.Length..], path.Kind);
            return true;
        }

        private void Add(StoredObject item, ReadOnlySpan<char> name, ExportPathKind kind)
        {
            switch (kind)
            {
                case ExportPathKind.Data:
                    _table!.Add(name, item.SizeBytes, item.ETag);
                    break;
                case ExportPathKind.Other:
                    Ignore(item.Key);
                    break;
            }
        }

        private void Ignore(string key)
        {
            // Consoles leave empty objects for folders; they are no news.
            if (!key.EndsWith('/') && ++IgnoredCount <= IgnoredNamedAtMost)
            {
                Ignored.Add(key);
            }
        }
    }
}
