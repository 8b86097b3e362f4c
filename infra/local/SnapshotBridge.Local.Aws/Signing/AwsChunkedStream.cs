using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SnapshotBridge.Local.Aws.Http;

namespace SnapshotBridge.Local.Aws.Signing;

/// <summary>
/// Decodes an <c>aws-chunked</c> request body: chunks with or without signatures, with or without a trailer. Chunk and trailer
/// signatures are checked as they pass; the reader learns of a wrong one by an exception before the end, never by silence.
/// </summary>
internal sealed class AwsChunkedStream : ReadOnlyStream
{
    private const int LongestLine = 16 * 1024;
    private const string EmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private readonly Stream _inner;
    private readonly SigV4Chain? _chain;
    private readonly bool _withTrailer;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly IncrementalHash _chunkHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Dictionary<string, string> _trailers = new(StringComparer.OrdinalIgnoreCase);
    private string _previousSignature;
    private string? _chunkSignature;
    private int _start;
    private int _end;
    private long _chunkRemaining;
    private bool _inChunk;
    private bool _finished;

    /// <param name="inner">The body as sent.</param>
    /// <param name="chain">The seed of the chunk signatures, or null where the chunks are unsigned.</param>
    /// <param name="withTrailer">Whether the request announced a trailer, which is then signed too when the chunks are.</param>
    public AwsChunkedStream(Stream inner, SigV4Chain? chain, bool withTrailer)
    {
        _inner = inner;
        _chain = chain;
        _withTrailer = withTrailer;
        _previousSignature = chain?.Signature ?? "";
    }

    /// <summary>The trailer's headers; complete once the stream has been read to its end.</summary>
    public IReadOnlyDictionary<string, string> Trailers => _trailers;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_finished || buffer.IsEmpty)
            return 0;
        if (!_inChunk && !await BeginChunkAsync(cancellationToken))
        {
            _finished = true;
            return 0;
        }

        if (_start == _end && !await FillAsync(cancellationToken))
            throw new AwsChunkedException(AwsChunkedFault.Incomplete, "The body ended inside a chunk.");
        var count = (int)Math.Min(Math.Min(buffer.Length, _end - _start), _chunkRemaining);
        _buffer.AsSpan(_start, count).CopyTo(buffer.Span);
        if (_chain is not null)
            _chunkHash.AppendData(_buffer, _start, count);
        _start += count;
        _chunkRemaining -= count;
        if (_chunkRemaining == 0)
            await EndChunkAsync(cancellationToken);
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _chunkHash.Dispose();
        base.Dispose(disposing);
    }

    private async Task<bool> BeginChunkAsync(CancellationToken cancellationToken)
    {
        var line = await ReadLineAsync(cancellationToken)
            ?? throw new AwsChunkedException(AwsChunkedFault.Incomplete, "The body ended before its last chunk.");
        var semicolon = line.IndexOf(';', StringComparison.Ordinal);
        var size = semicolon < 0 ? line : line[..semicolon];
        if (!long.TryParse(size, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _chunkRemaining) || _chunkRemaining < 0)
            throw new AwsChunkedException(AwsChunkedFault.Malformed, "A chunk does not begin with its size in hexadecimal.");
        const string Extension = "chunk-signature=";
        _chunkSignature = semicolon >= 0 && line.AsSpan(semicolon + 1).StartsWith(Extension) ? line[(semicolon + 1 + Extension.Length)..] : null;
        if (_chunkRemaining > 0)
        {
            _inChunk = true;
            return true;
        }

        CheckChunkSignature();
        await ReadTrailersAsync(cancellationToken);
        return false;
    }

    private async Task EndChunkAsync(CancellationToken cancellationToken)
    {
        _inChunk = false;
        CheckChunkSignature();
        if (await ReadLineAsync(cancellationToken) is not "")
            throw new AwsChunkedException(AwsChunkedFault.Malformed, "A chunk is longer than its announced size.");
    }

    private void CheckChunkSignature()
    {
        if (_chain is null)
            return;
        var content = Convert.ToHexStringLower(_chunkHash.GetHashAndReset());
        var text = $"AWS4-HMAC-SHA256-PAYLOAD\n{_chain.Timestamp}\n{_chain.Scope}\n{_previousSignature}\n{EmptyHash}\n{content}";
        _previousSignature = RequireSignature(text, _chunkSignature);
    }

    private async Task ReadTrailersAsync(CancellationToken cancellationToken)
    {
        var signed = new StringBuilder();
        string? signature = null;
        while (await ReadLineAsync(cancellationToken) is { } line)
        {
            // Some clients end the trailer with an empty line before its signature.
            if (line.Length == 0)
            {
                if (_chain is null || !_withTrailer || signature is not null)
                    break;
                continue;
            }

            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0)
                throw new AwsChunkedException(AwsChunkedFault.MalformedTrailer, "The request contained trailing data that was not well-formed.");
            var name = line[..colon].ToLowerInvariant();
            var value = line[(colon + 1)..].Trim();
            if (name == "x-amz-trailer-signature")
            {
                signature = value;
                continue;
            }

            _trailers[name] = value;
            signed.Append(name).Append(':').Append(value).Append('\n');
        }

        if (_chain is null || !_withTrailer)
            return;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(signed.ToString())));
        RequireSignature($"AWS4-HMAC-SHA256-TRAILER\n{_chain.Timestamp}\n{_chain.Scope}\n{_previousSignature}\n{hash}", signature);
    }

    private string RequireSignature(string text, string? actual)
    {
        var expected = Convert.ToHexStringLower(SigV4.Hmac(_chain!.SigningKey, text));
        return actual is not null && SigV4.SameSignature(expected, actual)
            ? expected
            : throw new AwsChunkedException(AwsChunkedFault.SignatureMismatch, "The signature of a chunk or of the trailer does not match.");
    }

    /// <summary>The next line without its end, or null at the end of the body.</summary>
    private async Task<string?> ReadLineAsync(CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        while (true)
        {
            if (_start == _end && !await FillAsync(cancellationToken))
                return line.Length == 0 ? null : line.ToString();
            var newline = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            var count = newline < 0 ? _end - _start : newline;
            line.Append(Encoding.Latin1.GetString(_buffer, _start, count));
            _start += newline < 0 ? count : count + 1;
            if (line.Length > LongestLine)
                throw new AwsChunkedException(AwsChunkedFault.Malformed, "A chunk header is too long.");
            if (newline >= 0)
                return line.ToString().TrimEnd('\r');
        }
    }

    private async Task<bool> FillAsync(CancellationToken cancellationToken)
    {
        _start = 0;
        _end = await _inner.ReadAsync(_buffer, cancellationToken);
        return _end > 0;
    }
}

internal enum AwsChunkedFault
{
    Malformed,
    MalformedTrailer,
    Incomplete,
    SignatureMismatch,
}

/// <summary>An <c>aws-chunked</c> body is not what its sender announced.</summary>
internal sealed class AwsChunkedException(AwsChunkedFault fault, string message) : IOException(message)
{
    public AwsChunkedFault Fault { get; } = fault;
}
