using System.Text.Json.Serialization;

namespace SnapshotBridge.Planning;

/// <summary>
/// A run of an object's parts, as one batch copies it: an object larger than a batch is split over several batches, and
/// all its slices share one multipart upload. Slices of an object cover its parts once and in order: the first begins
/// with part 1, the last ends with the object. All are of the same plan, so <see cref="Count"/> and
/// <see cref="PartSizeBytes"/> agree.
/// </summary>
/// <param name="Index">The slice's number, from 0.</param>
/// <param name="Count">How many slices the object has; at least 2.</param>
/// <param name="FirstPart">The number of its first part, from 1.</param>
/// <param name="LastPart">The number of its last part, inclusive.</param>
/// <param name="PartSizeBytes">
/// The size of every part of the object but the last, in bytes: <see cref="Copying.PartPlan"/> gives one that keeps the
/// object within the service's number of parts, and it must fit into a buffer of CopyTable.
/// </param>
public sealed record ObjectSlice(int Index, int Count, int FirstPart, int LastPart, long PartSizeBytes)
{
    /// <summary>Where the slice begins in the object, in bytes.</summary>
    [JsonIgnore]
    public long OffsetBytes => (FirstPart - 1) * PartSizeBytes;

    /// <summary>How many bytes of an object of this size belong to the slice.</summary>
    public long LengthBytes(long objectBytes) => Math.Min(objectBytes, LastPart * PartSizeBytes) - OffsetBytes;
}
