using SnapshotBridge.Planning;

namespace SnapshotBridge.Copying;

/// <summary>A multipart upload as this invocation knows it. Parts are recorded from several transfers at a time.</summary>
internal sealed class UploadState
{
    private readonly Lock _lock = new();
    private readonly PlannedObject _planned;
    private readonly PartState?[] _parts;

    public UploadState(int index, PlannedObject planned, string uploadId, PartPlan plan)
    {
        Index = index;
        _planned = planned;
        UploadId = uploadId;
        Plan = plan;
        _parts = new PartState?[plan.Count];
    }

    /// <summary>The object's place in the batch.</summary>
    public int Index { get; }

    public string DestinationName => _planned.DestinationName;

    public string UploadId { get; }

    public PartPlan Plan { get; }

    /// <summary>The object's slices share this upload: other batches send parts of it too.</summary>
    public bool IsShared => _planned.Slice is not null;

    /// <summary>True when the source was already read a second time because its checksum did not match.</summary>
    public bool SourceReadAgain { get; set; }

    /// <summary>True when the object is being sent a second time because the destination had other bytes.</summary>
    public bool SentAgain { get; init; }

    /// <summary>How many invocations have begun to read the whole object in order for its hash.</summary>
    public int ReadingsInOrder { get; set; }

    /// <summary>An upload from a checkpoint.</summary>
    public static UploadState FromRecord(int index, PlannedObject planned, OpenUpload record)
    {
        var state = new UploadState(index, planned, record.UploadId, PartPlan.Continue(planned.SizeBytes, record.PartSizeBytes))
        {
            SourceReadAgain = record.SourceReadAgain,
            SentAgain = record.SentAgain,
            ReadingsInOrder = record.ReadingsInOrder,
        };
        state.TakeOver(record.Parts);
        return state;
    }

    /// <summary>Takes over what an earlier invocation, or another slice, tells of parts; what is known here stays.</summary>
    public void TakeOver(IEnumerable<UploadedPart> parts)
    {
        lock (_lock)
        {
            foreach (var part in parts)
            {
                if (part.Number >= 1 && part.Number <= Plan.Count && part.SizeBytes == Plan.Length(part.Number)
                    && _parts[part.Number - 1] is null or { Checksums: null, Earlier: null })
                {
                    var checksums = Checksums(part);
                    _parts[part.Number - 1] = part.IsSuspect == true
                        ? new PartState(part.ETag, null, checksums)
                        : new PartState(part.ETag, checksums);
                }
            }
        }
    }

    public OpenUpload ToRecord()
    {
        lock (_lock)
        {
            return new OpenUpload
            {
                Key = _planned.Key,
                Slice = _planned.Slice?.Index,
                DestinationName = _planned.DestinationName,
                SourceETag = _planned.ETag,
                SizeBytes = _planned.SizeBytes,
                UploadId = UploadId,
                PartSizeBytes = Plan.PartSizeBytes,
                SourceReadAgain = SourceReadAgain,
                SentAgain = SentAgain,
                ReadingsInOrder = ReadingsInOrder,
                Parts = ToRecords(1, Plan.Count),
            };
        }
    }

    /// <summary>The parts from one number to another, inclusive, whose checksums are known.</summary>
    public IReadOnlyList<UploadedPart> PartsFrom(int first, int last)
    {
        lock (_lock)
        {
            return ToRecords(first, last);
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

    /// <summary>True for a part that the destination holds and whose checksums are all that is needed.</summary>
    public bool Knows(int number, SourceCheck check)
    {
        lock (_lock)
        {
            return _parts[number - 1]?.Checksums is { } known && check.Covers(known, Plan.Offset(number), Plan.Length(number));
        }
    }

    /// <summary>The ETag of the part that the destination holds, where nothing says that it has other bytes than these.</summary>
    public string? ETagOfSame(int number, PartChecksums checksums)
    {
        lock (_lock)
        {
            return _parts[number - 1] is { } part && (part.Checksums ?? part.Earlier)?.Crc32C is var held && (held is null || held == checksums.Crc32C)
                ? part.ETag
                : null;
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
                _parts[i] = _parts[i] is { } part ? part with { Earlier = part.Checksums ?? part.Earlier, Checksums = null } : null;
            }
        }
    }

    /// <summary>All parts with what the check needs of them, or null while one is missing.</summary>
    public IReadOnlyList<ReadRun>? Runs(SourceCheck check)
    {
        lock (_lock)
        {
            var runs = new ReadRun[_parts.Length];
            for (var i = 0; i < _parts.Length; i++)
            {
                var length = Plan.Length(i + 1);
                if (_parts[i]?.Checksums is not { } checksums || !check.Covers(checksums, Plan.Offset(i + 1), length))
                {
                    return null;
                }

                runs[i] = new ReadRun(length, checksums);
            }

            return runs;
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
                part.Crc32 is { } crc32 ? Crc32.FromBase64(crc32) : null)
            {
                Stretches = part.Stretches is { } stretches ? [.. stretches.Select(Crc32C.FromBase64)] : null,
            };
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private UploadedPart[] ToRecords(int first, int last) =>
        [.. Enumerable.Range(first, last - first + 1).Select(ToRecord).OfType<UploadedPart>()];

    private UploadedPart? ToRecord(int number) =>
        _parts[number - 1] is { } part && (part.Checksums ?? part.Earlier) is { } checksums
            ? new UploadedPart
            {
                Number = number,
                ETag = part.ETag,
                SizeBytes = Plan.Length(number),
                IsSuspect = part.Checksums is null ? true : null,
                Crc32C = Crc32C.ToBase64(checksums.Crc32C),
                Crc64Nvme = Crc64Nvme.ToBase64(checksums.Crc64Nvme),
                Crc32 = checksums.Crc32 is { } crc32 ? Crc32.ToBase64(crc32) : null,
                Stretches = checksums.Stretches is { } stretches ? [.. stretches.Select(Crc32C.ToBase64)] : null,
            }
            : null;
}

/// <param name="ETag">The part's ETag at the destination.</param>
/// <param name="Checksums">Of the bytes that were sent; null when they are not known (any more).</param>
/// <param name="Earlier">The checksums that were held before the part was asked to be read again: of other bytes it is sent again.</param>
internal sealed record PartState(string ETag, PartChecksums? Checksums, PartChecksums? Earlier = null);
