using System.Buffers.Binary;
using System.Security.Cryptography;
using SnapshotBridge.Copying;

namespace SnapshotBridge.Local.Aws.S3;

/// <summary>The digests that a request can carry about its content.</summary>
internal enum ContentDigest
{
    Crc64Nvme,
    Crc32,
    Crc32C,
    Sha1,
    Sha256,
    Md5,
}

/// <summary>Computes several digests in one pass.</summary>
internal sealed class ContentDigester : IDisposable
{
    private readonly HashSet<ContentDigest> _wanted;
    private readonly Dictionary<ContentDigest, IncrementalHash> _hashes = [];
    private readonly Dictionary<ContentDigest, byte[]> _results = [];
    private ulong _crc64;
    private uint _crc32;
    private uint _crc32C;

    public ContentDigester(IEnumerable<ContentDigest> wanted)
    {
        _wanted = [.. wanted];
        foreach (var digest in _wanted)
        {
            if (Name(digest) is { } name)
                _hashes[digest] = IncrementalHash.CreateHash(name);
        }
    }

    public static ContentDigest Of(S3ChecksumAlgorithm algorithm) => algorithm switch
    {
        S3ChecksumAlgorithm.Crc64Nvme => ContentDigest.Crc64Nvme,
        S3ChecksumAlgorithm.Crc32 => ContentDigest.Crc32,
        S3ChecksumAlgorithm.Crc32C => ContentDigest.Crc32C,
        S3ChecksumAlgorithm.Sha1 => ContentDigest.Sha1,
        _ => ContentDigest.Sha256,
    };

    public static byte[] Compute(S3ChecksumAlgorithm algorithm, ReadOnlySpan<byte> data)
    {
        using var digester = new ContentDigester([Of(algorithm)]);
        digester.Append(data);
        return digester.Result(Of(algorithm));
    }

    public void Append(ReadOnlySpan<byte> data)
    {
        if (_wanted.Contains(ContentDigest.Crc64Nvme))
            _crc64 = Crc64Nvme.Append(_crc64, data);
        if (_wanted.Contains(ContentDigest.Crc32))
            _crc32 = Crc32.Append(_crc32, data);
        if (_wanted.Contains(ContentDigest.Crc32C))
            _crc32C = Crc32C.Append(_crc32C, data);
        foreach (var hash in _hashes.Values)
            hash.AppendData(data);
    }

    /// <summary>The finished value; CRCs big-endian as S3 writes them. Call it only after the last <see cref="Append"/>.</summary>
    public byte[] Result(ContentDigest digest)
    {
        if (_results.TryGetValue(digest, out var result))
            return result;
        result = digest switch
        {
            ContentDigest.Crc64Nvme => new byte[8],
            ContentDigest.Crc32 or ContentDigest.Crc32C => new byte[4],
            _ => _hashes[digest].GetHashAndReset(),
        };
        if (digest == ContentDigest.Crc64Nvme)
            BinaryPrimitives.WriteUInt64BigEndian(result, _crc64);
        else if (digest == ContentDigest.Crc32)
            BinaryPrimitives.WriteUInt32BigEndian(result, _crc32);
        else if (digest == ContentDigest.Crc32C)
            BinaryPrimitives.WriteUInt32BigEndian(result, _crc32C);
        return _results[digest] = result;
    }

    public string Base64(ContentDigest digest) => Convert.ToBase64String(Result(digest));

    public void Dispose()
    {
        foreach (var hash in _hashes.Values)
            hash.Dispose();
    }

    private static HashAlgorithmName? Name(ContentDigest digest) => digest switch
    {
        ContentDigest.Sha1 => HashAlgorithmName.SHA1,
        ContentDigest.Sha256 => HashAlgorithmName.SHA256,
        ContentDigest.Md5 => HashAlgorithmName.MD5,
        _ => null,
    };
}
