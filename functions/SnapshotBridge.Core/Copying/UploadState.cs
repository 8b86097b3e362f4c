using SnapshotBridge.Planning;

namespace SnapshotBridge.Copying;

/// <summary>A multipart upload as this invocation knows it. Parts are recorded from several transfers at a time.</summary>
internal sealed class UploadState
{
    private readonly Lock _lock = new();
    private readonly PlannedObject _planned;
    private readonly PartState?[] _parts;

    public UploadState(int index, PlannedObject planned, string uploadId, PartPlan plan, bool sourceReadAgain, bool sentAgain)
    {
        Index = index;
        _planned = planned;
        UploadId = uploadId;
        Plan = plan;
        SourceReadAgain = sourceReadAgain;
        SentAgain = sentAgain;
        _parts = new PartState?[plan.Count];
    }

    /// <summary>The object's place in the batch.</summary>
    public int Index { get; }

    public string DestinationName => _planned.DestinationName;

    public string UploadId { get; }

    public PartPlan Plan { get; }

    public bool SourceReadAgain { get; set; }

    public bool SentAgain { get; }

    /// <summary>An upload from a checkpoint.</summary>
    public static UploadState FromRecord(int index, PlannedObject planned, OpenUpload record)
    {
        var plan = PartPlan.Continue(planned.SizeBytes, record.PartSizeBytes);
        var state = new UploadState(index, planned, record.UploadId, plan, record.SourceReadAgain, record.SentAgain);
        foreach (var part in record.Parts)
        {
            if (part.Number >= 1 && part.Number <= plan.Count && part.SizeBytes == plan.Length(part.Number))
            {
                state._parts[part.Number - 1] = new PartState(part.ETag, Checksums(part));
            }
        }

        return state;
    }

    public OpenUpload ToRecord()
    {
        lock (_lock)
        {
            return new OpenUpload
            {
                Key = _planned.Key,
                DestinationName = _planned.DestinationName,
                SourceETag = _planned.ETag,
                SizeBytes = _planned.SizeBytes,
                UploadId = UploadId,
                PartSizeBytes = Plan.PartSizeBytes,
                SourceReadAgain = SourceReadAgain,
                SentAgain = SentAgain,
                Parts = [.. Enumerable.Range(1, Plan.Count).Select(ToRecord).OfType<UploadedPart>()],
            };
        }
    }

    /// <summary>
    /// Keeps what the destination confirms: a part with another ETag or size is sent again; one that the destination
    /// has and the checkpoint does not know is only read and hashed again.
    /// </summary>
    public void Reconcile(IReadOnlyList<SinkPart> held)
    {
        lock (_lock)
        {
            var known = (PartState?[])_parts.Clone();
            Array.Clear(_parts);
            foreach (var part in held)
            {
                if (part.Number >= 1 && part.Number <= Plan.Count && part.SizeBytes == Plan.Length(part.Number))
                {
                    _parts[part.Number - 1] = known[part.Number - 1] is { } same && same.ETag == part.ETag
                        ? same
                        : new PartState(part.ETag, null);
                }
            }
        }
    }

    public PartState? this[int number]
    {
        get
        {
            lock (_lock)
            {
                return _parts[number - 1];
            }
        }
    }

    public void Record(int number, string eTag, PartChecksums checksums)
    {
        lock (_lock)
        {
            _parts[number - 1] = new PartState(eTag, checksums);
        }
    }

    /// <summary>Makes every part be read and hashed again.</summary>
    public void ForgetChecksums()
    {
        lock (_lock)
        {
            for (var i = 0; i < _parts.Length; i++)
            {
                _parts[i] = _parts[i] is { } part ? part with { Suspect = part.Checksums, Checksums = null } : null;
            }
        }
    }

    /// <summary>The whole object's checksums, or null while a part's are missing.</summary>
    public PartChecksums? Combine(bool withCrc32)
    {
        lock (_lock)
        {
            var whole = new PartChecksums(0, 0, withCrc32 ? 0 : null);
            for (var i = 0; i < _parts.Length; i++)
            {
                if (_parts[i]?.Checksums is not { } checksums || (withCrc32 && checksums.Crc32 is null))
                {
                    return null;
                }

                whole = whole.Then(checksums, Plan.Length(i + 1));
            }

            return whole;
        }
    }

    public IReadOnlyList<SinkPart> ToCommit()
    {
        lock (_lock)
        {
            return [.. _parts.Select((part, i) => new SinkPart(i + 1, part!.ETag, Plan.Length(i + 1)))];
        }
    }

    /// <summary>Null where somebody edited the checkpoint: the part is then read and hashed again.</summary>
    private static PartChecksums? Checksums(UploadedPart part)
    {
        try
        {
            return new PartChecksums(
                Crc32C.FromBase64(part.Crc32C),
                Crc64Nvme.FromBase64(part.Crc64Nvme),
                part.Crc32 is { } crc32 ? Crc32.FromBase64(crc32) : null);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private UploadedPart? ToRecord(int number) => _parts[number - 1] is { Checksums: { } checksums } part
        ? new UploadedPart
        {
            Number = number,
            ETag = part.ETag,
            SizeBytes = Plan.Length(number),
            Crc32C = Crc32C.ToBase64(checksums.Crc32C),
            Crc64Nvme = Crc64Nvme.ToBase64(checksums.Crc64Nvme),
            Crc32 = checksums.Crc32 is { } crc32 ? Crc32.ToBase64(crc32) : null,
        }
        : null;
}

/// <param name="ETag">The part's ETag at the destination.</param>
/// <param name="Checksums">Of the bytes that were sent; null when they are not known (any more).</param>
/// <param name="Suspect">The checksums that were held before the part was asked to be read again.</param>
internal sealed record PartState(string ETag, PartChecksums? Checksums, PartChecksums? Suspect = null);
