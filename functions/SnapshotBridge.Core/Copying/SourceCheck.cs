using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using SnapshotBridge.Planning;

namespace SnapshotBridge.Copying;

/// <summary>
/// How one object's bytes are compared with the checksum that S3 keeps for it. CRCs are combined from those of the parts,
/// in any order and over invocations; hashes (SHA-1, SHA-256) need the bytes in order (<see cref="OrderedHash"/>). A
/// composite checksum is one over the checksums of the parts in which the object was uploaded: where S3 tells their
/// boundaries it is computed in the same way.
/// </summary>
internal sealed class SourceCheck
{
    private const int DescriptionsAtATime = 8;

    private readonly StoredChecksum? _stored;
    private readonly string? _unusable;

    // Where the uploader's parts end; the end of the object alone for a checksum over all of it.
    private readonly long[] _ends = [];
    private readonly string?[] _told = [];
    private string? _unordered;

    private SourceCheck(string unusable) => _unusable = unusable;

    private SourceCheck(StoredChecksum stored, long[] ends, string?[] told) => (_stored, _ends, _told) = (stored, ends, told);

    /// <summary>True where the bytes can be compared, if they are read in the order that it takes.</summary>
    public bool IsUsable => _unusable is null && _unordered is null;

    /// <summary>True where the bytes have to be read in order to be compared.</summary>
    public bool NeedsOrder => IsUsable && _stored!.Algorithm is ChecksumAlgorithm.Sha1 or ChecksumAlgorithm.Sha256;

    private bool WithCrc32 => _stored?.Algorithm == ChecksumAlgorithm.Crc32 && _unusable is null;

    private bool WithStretches => _stored is { IsFullObject: false, Algorithm: ChecksumAlgorithm.Crc32 or ChecksumAlgorithm.Crc32C };

    /// <summary>Finds out how to compare; for a composite checksum it asks for the boundaries of the uploader's parts.</summary>
    public static async Task<SourceCheck> ForAsync(
        IObjectSource source, PlannedObject planned, StoredChecksum? stored, CancellationToken cancellationToken)
    {
        if (stored is null)
        {
            return new SourceCheck("S3 keeps no checksum for this object");
        }

        if (stored.IsFullObject)
        {
            return new SourceCheck(stored, [planned.SizeBytes], [stored.Value]);
        }

        return stored.Algorithm != ChecksumAlgorithm.Crc64Nvme && await PartsAsync(source, planned, cancellationToken) is { } parts
            ? new SourceCheck(stored, Ends(parts), [.. parts.Select(part => part.Checksum)])
            : new SourceCheck($"S3 keeps only a composite {Name(stored.Algorithm)}, over its uploader's parts, and does not tell their boundaries");
    }

    /// <summary>Gives a check up that needs the bytes in order; every other one stays.</summary>
    /// <param name="why">Why they cannot be read in order, to follow the words "cannot be computed".</param>
    public void GiveUpOrder(string why)
    {
        if (NeedsOrder)
        {
            _unordered = $"the {Name(_stored!.Algorithm)} that S3 keeps cannot be computed {why}";
        }
    }

    /// <summary>A new hash for reading the object in order, where that is what it takes.</summary>
    public OrderedHash? NewHash() => NeedsOrder
        ? new OrderedHash(_stored!.Algorithm == ChecksumAlgorithm.Sha256 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1, _ends)
        : null;

    /// <summary>The checksums of bytes that begin at an offset of the object.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="offset">Where in the object they begin.</param>
    /// <param name="known">What was computed of the same bytes while they came in.</param>
    public PartChecksums Compute(ReadOnlySpan<byte> bytes, long offset, PartChecksums known) =>
        WithStretches || WithCrc32 ? Compute(bytes, offset) : known;

    /// <summary>The checksums of bytes that begin at an offset of the object.</summary>
    public PartChecksums Compute(ReadOnlySpan<byte> bytes, long offset)
    {
        if (!WithStretches)
        {
            return PartChecksums.Compute(bytes, WithCrc32);
        }

        var whole = PartChecksums.Empty(WithCrc32);
        var stretches = new List<uint>();
        while (!bytes.IsEmpty)
        {
            var length = (int)Math.Min(bytes.Length, EndAfter(offset) - offset);
            var stretch = PartChecksums.Compute(bytes[..length], WithCrc32);
            whole = whole.Then(stretch, length);
            stretches.Add(Value(stretch));
            bytes = bytes[length..];
            offset += length;
        }

        return whole with { Stretches = stretches };
    }

    /// <summary>False where a part's checksums, kept by an earlier invocation, lack what this check needs.</summary>
    public bool Covers(PartChecksums kept, long offset, long length) =>
        (!WithCrc32 || kept.Crc32 is not null)
        && (!WithStretches || kept.Stretches?.Count == StretchesOf(offset, length));

    /// <summary>Joins the checksums of all parts of an object.</summary>
    public PartChecksums Combine(IEnumerable<ReadRun> parts) =>
        parts.Aggregate(PartChecksums.Empty(WithCrc32), (whole, part) => whole.Then(part.Checksums, part.Length));

    /// <summary>Judges the bytes that were read.</summary>
    /// <param name="parts">All parts of the object in order.</param>
    /// <param name="hash">What <see cref="NewHash"/> gave, if all bytes went through it.</param>
    public SourceProof Judge(IReadOnlyList<ReadRun> parts, OrderedHash? hash)
    {
        if ((_unusable ?? _unordered) is { } reason)
        {
            return SourceProof.Unproven($"{reason}; two readings of it agreed");
        }

        var stored = _stored!;
        var isHash = stored.Algorithm is ChecksumAlgorithm.Sha1 or ChecksumAlgorithm.Sha256;
        if (isHash && hash is null)
        {
            return SourceProof.Unproven($"the {Name(stored.Algorithm)} that S3 keeps cannot be computed from parts");
        }

        if (stored.IsFullObject)
        {
            var whole = Combine(parts);
            return SourceProof.Compare(Name(stored.Algorithm), stored.Value, stored.Algorithm switch
            {
                ChecksumAlgorithm.Crc64Nvme => Crc64Nvme.ToBase64(whole.Crc64Nvme),
                ChecksumAlgorithm.Crc32C => Crc32C.ToBase64(whole.Crc32C),
                ChecksumAlgorithm.Crc32 => Crc32.ToBase64(whole.Crc32 ?? throw new InvalidOperationException("A part lacks its CRC32.")),
                _ => Convert.ToBase64String(hash!.Digests[0]),
            });
        }

        return parts.All(part => isHash || part.Checksums.Stretches is not null)
            ? JudgeComposite(stored, isHash ? hash!.Digests : [.. Join(parts).Select(BigEndian)])
            : SourceProof.Unproven($"the composite {Name(stored.Algorithm)} that S3 keeps cannot be computed without the bytes");
    }

    private SourceProof JudgeComposite(StoredChecksum stored, IReadOnlyList<byte[]> values)
    {
        byte[] joined = [.. values.SelectMany(value => value)];
        var actual = Convert.ToBase64String(stored.Algorithm switch
        {
            ChecksumAlgorithm.Crc32C => BigEndian(Crc32C.Compute(joined)),
            ChecksumAlgorithm.Crc32 => BigEndian(Crc32.Compute(joined)),
            ChecksumAlgorithm.Sha256 => SHA256.HashData(joined),
#pragma warning disable CA5350 // S3 offers SHA-1 as a checksum; here it guards against accidents, not against forgery.
            _ => SHA1.HashData(joined),
#pragma warning restore CA5350
        });

        // S3 appends the number of parts.
        var suffix = stored.Value.Contains('-', StringComparison.Ordinal) ? string.Create(CultureInfo.InvariantCulture, $"-{values.Count}") : "";
        var proof = SourceProof.Compare($"composite {Name(stored.Algorithm)}", stored.Value, actual + suffix);
        if (proof.IsMatch)
        {
            return proof;
        }

        // Where S3 tells the parts' own checksums, the one that differs says more than the whole.
        for (var i = 0; i < values.Count; i++)
        {
            var value = Convert.ToBase64String(values[i]);
            if (_told[i] is { } told && told != value)
            {
                return SourceProof.Compare(string.Create(CultureInfo.InvariantCulture, $"{Name(stored.Algorithm)} of part {i + 1} of {values.Count}"), told, value);
            }
        }

        return proof;
    }

    /// <summary>The checksum of each of the uploader's parts, from those of the stretches that our parts have of it.</summary>
    private IEnumerable<uint> Join(IReadOnlyList<ReadRun> parts)
    {
        var stretches = Stretches(parts).GetEnumerator();
        long begin = 0;
        foreach (var end in _ends)
        {
            var crc = 0u;
            while (begin < end && stretches.MoveNext())
            {
                var (length, value) = stretches.Current;
                crc = WithCrc32 ? Crc32.Combine(crc, value, length) : Crc32C.Combine(crc, value, length);
                begin += length;
            }

            yield return crc;
        }
    }

    private IEnumerable<(long Length, uint Value)> Stretches(IReadOnlyList<ReadRun> parts)
    {
        long offset = 0;
        foreach (var part in parts)
        {
            var end = offset + part.Length;
            foreach (var value in part.Checksums.Stretches!)
            {
                var length = Math.Min(end, EndAfter(offset)) - offset;
                yield return (length, value);
                offset += length;
            }
        }
    }

    private int StretchesOf(long offset, long length)
    {
        var count = 0;
        for (var end = offset + length; offset < end; count++)
        {
            offset = Math.Min(end, EndAfter(offset));
        }

        return count;
    }

    /// <summary>Where the uploader's part ends that holds the byte at an offset.</summary>
    private long EndAfter(long offset)
    {
        var found = Array.BinarySearch(_ends, offset + 1);
        return _ends[found >= 0 ? found : ~found];
    }

    private uint Value(PartChecksums checksums) => WithCrc32 ? checksums.Crc32!.Value : checksums.Crc32C;

    private static async Task<SourcePart[]?> PartsAsync(IObjectSource source, PlannedObject planned, CancellationToken cancellationToken)
    {
        if (await source.DescribePartAsync(planned.Key, planned.ETag, 1, cancellationToken) is not { Count: > 0 } first)
        {
            return null;
        }

        var found = new SourcePart?[first.Count];
        found[0] = first;
        var options = new ParallelOptions { MaxDegreeOfParallelism = DescriptionsAtATime, CancellationToken = cancellationToken };
        await Parallel.ForAsync(1, found.Length, options, async (i, token) =>
            found[i] = await source.DescribePartAsync(planned.Key, planned.ETag, i + 1, token));
        SourcePart[] parts = [.. found.OfType<SourcePart>()];
        return parts.Length == found.Length && parts.Sum(part => part.SizeBytes) == planned.SizeBytes ? parts : null;
    }

    private static long[] Ends(SourcePart[] parts)
    {
        var ends = new long[parts.Length];
        long end = 0;
        for (var i = 0; i < parts.Length; i++)
        {
            ends[i] = end += parts[i].SizeBytes;
        }

        return ends;
    }

    private static byte[] BigEndian(uint crc)
    {
        var bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, crc);
        return bytes;
    }

    private static string Name(ChecksumAlgorithm algorithm) => algorithm switch
    {
        ChecksumAlgorithm.Crc64Nvme => "CRC64NVME",
        ChecksumAlgorithm.Crc32C => "CRC32C",
        ChecksumAlgorithm.Crc32 => "CRC32",
        ChecksumAlgorithm.Sha1 => "SHA1",
        _ => "SHA256",
    };
}

/// <summary>A part of an object that was read.</summary>
/// <param name="Length">Its size in bytes.</param>
/// <param name="Checksums">Its checksums.</param>
internal readonly record struct ReadRun(long Length, PartChecksums Checksums);
