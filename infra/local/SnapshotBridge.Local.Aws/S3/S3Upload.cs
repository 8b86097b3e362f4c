namespace SnapshotBridge.Local.Aws.S3;

/// <summary>A multipart upload in progress. Its parts are read and changed under the store's lock.</summary>
internal sealed class S3Upload(
    string uploadId, string bucket, string key, S3PutOptions options, S3ChecksumType checksumType, DateTimeOffset initiated)
{
    public string UploadId { get; } = uploadId;

    public string Bucket { get; } = bucket;

    public string Key { get; } = key;

    public S3PutOptions Options { get; } = options;

    public S3ChecksumType ChecksumType { get; } = checksumType;

    public DateTimeOffset Initiated { get; } = initiated;

    public SortedDictionary<int, S3Part> Parts { get; } = [];

    /// <exception cref="S3Exception">InvalidPart, InvalidPartOrder, EntityTooSmall, MalformedXML.</exception>
    public IReadOnlyList<S3Part> Select(IReadOnlyList<S3CompletedPart> named)
    {
        if (named.Count == 0)
            throw new S3Exception("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema", 400);
        var selected = new List<S3Part>(named.Count);
        foreach (var name in named)
        {
            if (selected.Count > 0 && name.Number <= selected[^1].Number)
                throw new S3Exception("InvalidPartOrder", "The list of parts was not in ascending order. Parts must be ordered by part number.", 400);
            if (!Parts.TryGetValue(name.Number, out var part) || !S3Store.SameETag(part.ETag, name.ETag)
                || (name.Checksum is { } checksum && checksum != Convert.ToBase64String(part.Checksum)))
            {
                throw new S3Exception("InvalidPart",
                    "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
                    400)
                {
                    Details = [("UploadId", UploadId), ("PartNumber", $"{name.Number}"), ("ETag", name.ETag)],
                };
            }

            if (selected.Count > 0 && selected[^1].SizeBytes < S3Store.MinPartBytes)
            {
                throw new S3Exception("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", 400)
                {
                    Details = [("ProposedSize", $"{selected[^1].SizeBytes}"), ("MinSizeAllowed", $"{S3Store.MinPartBytes}"), ("PartNumber", $"{selected[^1].Number}")],
                };
            }

            selected.Add(part);
        }

        return selected;
    }
}

/// <summary>One uploaded part.</summary>
internal sealed record S3Part(int Number, long SizeBytes, string ETag, DateTimeOffset LastModified, byte[] Checksum, string Path);

/// <summary>One part as the completion names it.</summary>
internal sealed record S3CompletedPart(int Number, string ETag, string? Checksum);
