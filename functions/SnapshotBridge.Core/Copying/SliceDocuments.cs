using SnapshotBridge.Parquet;

namespace SnapshotBridge.Copying;

/// <summary>
/// One multipart upload that the slices of an object share. Written create-only, <c>upload.json</c> for the first and
/// <c>upload-0002.json</c> and so on for those after it: the first to write one decides, and the newest counts.
/// </summary>
public sealed record SharedUploadDocument
{
    /// <summary>Which upload of the object it is, from 1.</summary>
    public required int Generation { get; init; }

    public required string DestinationName { get; init; }

    /// <summary>The version of the source object that the parts are of.</summary>
    public required string SourceETag { get; init; }

    public required string UploadId { get; init; }

    /// <summary>The size of every part but the last, in bytes.</summary>
    public required long PartSizeBytes { get; init; }

    /// <summary>How many slices the object has.</summary>
    public required int Slices { get; init; }

    /// <summary>
    /// True when every slice is to come: another plan, or an object that was complete and has been deleted since. Else
    /// the upload takes the place of one that was lost, and batches that are done will not come back for it.
    /// </summary>
    public bool IsFresh { get; init; }

    /// <summary>True when the object is being sent a second time because the destination had other bytes.</summary>
    public bool SentAgain { get; init; }
}

/// <summary>What one slice has brought to the shared upload, in <c>slice-0003.json</c>.</summary>
public sealed record SliceDocument
{
    /// <summary>The slice's number, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>The upload that its parts are in (<see cref="SharedUploadDocument.Generation"/>).</summary>
    public required int Generation { get; init; }

    public required IReadOnlyList<UploadedPart> Parts { get; init; }

    /// <summary>Rows according to the footer; only of the slice that holds the object's end, and where its last part held all of the footer.</summary>
    public long? Rows { get; init; }

    /// <summary>The columns likewise.</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    /// <summary>What the footer says about the columns' values, likewise.</summary>
    public IReadOnlyList<ColumnStatistics>? Statistics { get; init; }
}

/// <summary>The whole object's proof, in <c>object.json</c>, for batches that come again when it is complete.</summary>
public sealed record SharedObjectDocument
{
    /// <summary>The upload that was the newest when the object was proved.</summary>
    public required int Generation { get; init; }

    public required CopiedObject Proof { get; init; }
}
