using System.Globalization;
using System.Xml.Linq;
using SnapshotBridge.Local.Aws.Signing;

namespace SnapshotBridge.Local.Aws.S3;

/// <summary>A request's content: decoded where it comes aws-chunked, and everything the caller claims about it to be proved before it counts.</summary>
internal sealed class S3RequestBody : IDisposable
{
    /// <summary>The longest object of one put and the longest part, 5 GiB (S3 user guide).</summary>
    private const long MaxBytes = 5L * 1024 * 1024 * 1024;

    private readonly AwsChunkedStream? _chunked;
    private readonly List<ContentDigest> _digests = [];
    private readonly string? _sha256;
    private readonly byte[]? _md5;
    private readonly string? _checksum;
    private readonly string? _trailer;
    private readonly long? _length;

    private S3RequestBody(S3Call call, bool bodyChecksum)
    {
        var declared = call.Header(SigV4.ContentSha256Header);
        if (declared.StartsWith("STREAMING-", StringComparison.Ordinal))
        {
            var signed = !declared.StartsWith("STREAMING-UNSIGNED-", StringComparison.Ordinal);
            _chunked = new AwsChunkedStream(call.Request.Body, signed ? call.Chain : null, declared.EndsWith("-TRAILER", StringComparison.Ordinal));
            if (!long.TryParse(call.Header("x-amz-decoded-content-length"), NumberStyles.None, CultureInfo.InvariantCulture, out var decoded))
                throw new S3Exception("MissingContentLength", "You must provide the x-amz-decoded-content-length HTTP header.", 411);
            _length = decoded;
        }
        else
        {
            _length = call.Request.ContentLength;
            if (declared.Length > 0 && declared != SigV4.UnsignedPayload)
            {
                _sha256 = declared;
                _digests.Add(ContentDigest.Sha256);
            }
        }

        if (_length > MaxBytes)
            throw new S3Exception("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", 400) { Details = [("MaxSizeAllowed", $"{MaxBytes}")] };
        _md5 = ReadMd5(call.Header("Content-MD5"));
        if (_md5 is not null)
            _digests.Add(ContentDigest.Md5);
        if (bodyChecksum)
            (Algorithm, _checksum, _trailer) = ReadChecksum(call, _chunked is not null);
        if (Algorithm is { } algorithm)
            _digests.Add(ContentDigester.Of(algorithm));
        Content = _chunked ?? call.Request.Body;
    }

    /// <summary>The content as its sender meant it.</summary>
    public Stream Content { get; }

    /// <summary>The checksum that the sender chose, or null.</summary>
    public S3ChecksumAlgorithm? Algorithm { get; }

    /// <summary>What must be computed for <see cref="Verify"/>.</summary>
    public IReadOnlyList<ContentDigest> Digests => _digests;

    /// <summary>Whether the sender proves the content in a way that operations with a required proof accept.</summary>
    public bool HasIntegrityHeader => _md5 is not null || Algorithm is not null;

    /// <exception cref="S3Exception">MissingContentLength, InvalidDigest, InvalidRequest, EntityTooLarge.</exception>
    public static S3RequestBody Open(S3Call call, bool requireLength = true, bool bodyChecksum = true)
    {
        var body = new S3RequestBody(call, bodyChecksum);
        if (requireLength && body._length is null)
        {
            body.Dispose();
            throw new S3Exception("MissingContentLength", "You must provide the Content-Length HTTP header.", 411);
        }

        return body;
    }

    /// <summary>Reads and proves a small XML document; null where the body is empty.</summary>
    public static async Task<XElement?> ReadDocumentAsync(S3Call call, bool requireIntegrity, bool bodyChecksum = true)
    {
        using var body = Open(call, requireLength: false, bodyChecksum);
        if (requireIntegrity && !body.HasIntegrityHeader)
        {
            throw new S3Exception("InvalidRequest",
                "Missing required header for this request: Content-MD5 OR x-amz-checksum-*", 400);
        }

        using var digester = new ContentDigester(body.Digests);
        await using var proved = new DigestingStream(body.Content, digester);
        var document = await S3Xml.ReadAsync(proved, call.Aborted);
        body.Verify(digester, proved.BytesRead);
        return document;
    }

    /// <summary>Compares every claim with what came. Call it after the last byte.</summary>
    /// <exception cref="S3Exception">IncompleteBody, XAmzContentSHA256Mismatch, BadDigest, MalformedTrailerError.</exception>
    public void Verify(ContentDigester digester, long size)
    {
        if (_length is { } length && size != length)
            throw new S3Exception("IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header", 400);
        if (_sha256 is not null && Convert.ToHexStringLower(digester.Result(ContentDigest.Sha256)) is var actual && actual != _sha256)
        {
            throw new S3Exception("XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.", 400)
            {
                Details = [("ClientComputedContentSHA256", _sha256), ("S3ComputedContentSHA256", actual)],
            };
        }

        if (_md5 is not null && !digester.Result(ContentDigest.Md5).AsSpan().SequenceEqual(_md5))
            throw S3Exception.BadDigest("The Content-MD5 you specified did not match what we received.");
        if (Algorithm is not { } algorithm)
            return;
        var claimed = _checksum;
        if (_trailer is not null && !_chunked!.Trailers.TryGetValue(_trailer, out claimed))
            throw new S3Exception("MalformedTrailerError", "The request contained trailing data that was not well-formed or did not conform to our published schema.", 400);
        if (claimed != digester.Base64(ContentDigester.Of(algorithm)))
            throw S3Exception.BadDigest($"The {algorithm.Wire()} you specified did not match the calculated checksum.");
    }

    public void Dispose() => _chunked?.Dispose();

    private static byte[]? ReadMd5(string header)
    {
        if (header.Length == 0)
            return null;
        var md5 = new byte[16];
        return Convert.TryFromBase64String(header, md5, out var count) && count == md5.Length
            ? md5
            : throw new S3Exception("InvalidDigest", "The Content-MD5 you specified was invalid.", 400);
    }

    private static (S3ChecksumAlgorithm? Algorithm, string? Value, string? Trailer) ReadChecksum(S3Call call, bool chunked)
    {
        var given = S3ChecksumNames.All.Where(algorithm => call.Header(algorithm.Header()).Length > 0).ToList();
        var trailer = call.Header("x-amz-trailer").Trim().ToLowerInvariant();
        if (given.Count + (trailer.Length > 0 ? 1 : 0) > 1)
            throw new S3Exception("InvalidRequest", "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.", 400);
        if (given.Count == 1)
        {
            var value = call.Header(given[0].Header());
            var bytes = new byte[64];
            return Convert.TryFromBase64String(value, bytes, out var count) && count == given[0].ByteLength()
                ? (given[0], value, null)
                : throw new S3Exception("InvalidRequest", $"Value for {given[0].Header()} header is invalid.", 400);
        }

        if (trailer.Length > 0)
        {
            if (!chunked || S3ChecksumNames.All.All(algorithm => algorithm.Header() != trailer))
                throw new S3Exception("InvalidRequest", "The value specified in the x-amz-trailer header is not supported", 400);
            return (S3ChecksumNames.All.First(algorithm => algorithm.Header() == trailer), null, trailer);
        }

        return call.Header("x-amz-sdk-checksum-algorithm").Length == 0
            ? (null, null, null)
            : throw new S3Exception("InvalidRequest",
                "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.", 400);
    }
}
