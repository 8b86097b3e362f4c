using System.Globalization;
using SnapshotBridge.Planning;
using SnapshotBridge.Storage;

namespace SnapshotBridge.Copying;

/// <summary>
/// The folder of documents in which the slices of one object meet. Nothing in it is ever replaced by a competitor: an
/// upload is written create-only, a slice by its own batch, and the proof says the same whoever writes it.
/// </summary>
internal sealed class SharedUpload(CopyContext context, PlannedObject planned)
{
    private const string ObjectName = "object.json";

    private readonly string _folder = BridgeLayout.SharedUpload(context.ExportTaskId, planned.DestinationName, planned.ETag);
    private readonly ObjectSlice _slice = planned.Slice!;
    private readonly SortedDictionary<int, SharedUploadDocument> _uploads = [];
    private HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>The newest upload; null before the first.</summary>
    public SharedUploadDocument? Newest => _uploads.Count > 0 ? _uploads.Last().Value : null;

    /// <summary>The newest upload, if it is one of this plan's.</summary>
    public SharedUploadDocument? Current =>
        Newest is { } newest && newest.PartSizeBytes == _slice.PartSizeBytes && newest.Slices == _slice.Count ? newest : null;

    /// <summary>The whole object's proof, if it was ever complete.</summary>
    public SharedObjectDocument? Proved { get; private set; }

    /// <summary>Looks what is there now.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var item in context.Documents.ListAsync(_folder, cancellationToken))
        {
            names.Add(item.Key[_folder.Length..]);
        }

        _names = names;
        for (var generation = _uploads.Count + 1; names.Contains(UploadName(generation)); generation++)
        {
            _uploads[generation] = await context.Documents.ReadAsync(
                    _folder + UploadName(generation), CopyingJson.Default.SharedUploadDocument, cancellationToken)
                ?? throw Vanished(UploadName(generation));
        }

        if (names.Contains(ObjectName))
        {
            Proved = await context.Documents.ReadAsync(_folder + ObjectName, CopyingJson.Default.SharedObjectDocument, cancellationToken);
        }
    }

    /// <summary>
    /// Opens an upload that follows the newest one. Null where an object stands at the name; where another slice was
    /// first, its upload is taken.
    /// </summary>
    public async Task<SharedUploadDocument?> OpenNextAsync(bool sentAgain, CancellationToken cancellationToken)
    {
        var id = await context.Sink.CreateUploadAsync(
            planned.DestinationName, ObjectMetadata.Upload(context.ExportTaskId, planned), cancellationToken);
        if (id is null)
        {
            return null;
        }

        var newest = Newest;
        var next = new SharedUploadDocument
        {
            Generation = _uploads.Count + 1,
            DestinationName = planned.DestinationName,
            SourceETag = planned.ETag,
            UploadId = id,
            PartSizeBytes = _slice.PartSizeBytes,
            Slices = _slice.Count,
            IsFresh = newest is null || Current is null || Proved?.Generation == newest.Generation,
            SentAgain = sentAgain,
        };
        var name = UploadName(next.Generation);
        if (!await context.Documents.TryCreateAsync(_folder + name, next, CopyingJson.Default.SharedUploadDocument, cancellationToken))
        {
            var first = await context.Documents.ReadAsync(_folder + name, CopyingJson.Default.SharedUploadDocument, cancellationToken);
            if (first?.UploadId != id)
            {
                await context.AbortQuietlyAsync(planned.DestinationName, id, cancellationToken);
            }

            next = first ?? throw Vanished(name);
        }

        if (newest is not null && Current is null)
        {
            // An upload of another plan: nobody continues it.
            await context.AbortQuietlyAsync(planned.DestinationName, newest.UploadId, cancellationToken);
        }

        _uploads[next.Generation] = next;
        return Current ?? throw new TransferInterruptedException(
            $"CreateMultipartUpload {planned.DestinationName}", "another plan of this export began one at the same moment");
    }

    /// <summary>What a slice has brought to an upload; null where that is not (yet) there.</summary>
    public async Task<SliceDocument?> ReadSliceAsync(int index, CancellationToken cancellationToken) =>
        _names.Contains(SliceName(index))
            ? await context.Documents.ReadAsync(_folder + SliceName(index), CopyingJson.Default.SliceDocument, cancellationToken)
            : null;

    /// <summary>Tells the other slices that this one's parts are there.</summary>
    public Task ReportAsync(SliceDocument slice, CancellationToken cancellationToken) =>
        context.Documents.WriteAsync(_folder + SliceName(slice.Index), slice, CopyingJson.Default.SliceDocument, cancellationToken);

    /// <summary>
    /// What all slices have brought, or null while one is to come. A slice that brought its parts to an upload that was
    /// lost since, and whose batch may be done, is not waited for: its parts are missing in the newest upload.
    /// </summary>
    public async Task<IReadOnlyList<SliceDocument>?> ReadAllSlicesAsync(CancellationToken cancellationToken)
    {
        if (Enumerable.Range(0, _slice.Count).Any(index => !_names.Contains(SliceName(index))))
        {
            return null;
        }

        var since = _uploads.Values.Where(upload => upload.IsFresh).Select(upload => upload.Generation).LastOrDefault(1);
        var slices = new List<SliceDocument>(_slice.Count);
        for (var index = 0; index < _slice.Count; index++)
        {
            if (await ReadSliceAsync(index, cancellationToken) is not { } slice || slice.Generation < since)
            {
                return null;
            }

            slices.Add(slice);
        }

        return slices;
    }

    /// <summary>Keeps the whole object's proof.</summary>
    public Task ProveAsync(CopiedObject proof, CancellationToken cancellationToken) => context.Documents.WriteAsync(
        _folder + ObjectName,
        new SharedObjectDocument { Generation = _uploads.Count, Proof = proof },
        CopyingJson.Default.SharedObjectDocument,
        cancellationToken);

    private TransferInterruptedException Vanished(string name) =>
        new($"GetObject {_folder}{name}", "the document was listed and is not there");

    private static string UploadName(int generation) =>
        generation == 1 ? "upload.json" : string.Create(CultureInfo.InvariantCulture, $"upload-{generation:D4}.json");

    private static string SliceName(int index) => string.Create(CultureInfo.InvariantCulture, $"slice-{index:D4}.json");
}
