using System.Security.Cryptography;

namespace SnapshotBridge.Local.Oci;

/// <summary>Takes a request's body into a file, computing what the service computes, and checks it against what the client stated.</summary>
internal static class BodyReceiver
{
    private const int PieceBytes = 128 * 1024;

    /// <exception cref="OciProblem">400 or 411; the file is gone then.</exception>
    public static async Task<ReceivedBody> ReceiveAsync(OciExchange exchange)
    {
        var length = exchange.Http.Request.ContentLength ?? throw new OciProblem(411, "MissingContentLength", "The Content-Length header is required");
        var file = exchange.Store.NewFile();
        try
        {
            var body = await CopyAsync(exchange, file);
            return body.SizeBytes == length ? body : throw OciProblem.Invalid("InvalidContentLength", $"The body has {body.SizeBytes} bytes, not {length}");
        }
        catch
        {
            File.Delete(file);
            throw;
        }
    }

    private static async Task<ReceivedBody> CopyAsync(OciExchange exchange, string file)
    {
        var before = exchange.Fault<OciFaultAction.FlipBeforeCheck>()?.Offset;
        var after = exchange.Fault<OciFaultAction.FlipAfterCheck>()?.Offset;
        var reset = exchange.Fault<OciFaultAction.ResetRequest>()?.AfterBytes;
        var bandwidth = exchange.Fault<OciFaultAction.Bandwidth>()?.BytesPerSecond;

        using var arrived = new Digests(exchange);
        using var stored = after is null ? null : new Digests(exchange);
        long offset = 0;
        await using (var stream = new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: true))
        {
            var piece = new byte[PieceBytes];
            int read;
            while ((read = await exchange.Http.Request.Body.ReadAsync(piece, exchange.Aborted)) > 0)
            {
                exchange.BytesReceived += read;
                if (reset is { } limit && exchange.BytesReceived >= limit)
                {
                    exchange.Record(0, null, "the connection was cut on purpose while the body arrived");
                    exchange.Cut();
                    throw new OperationCanceledException("The connection was cut on purpose.");
                }

                Flip(piece, offset, read, before);
                arrived.Append(piece.AsSpan(0, read));
                Flip(piece, offset, read, after);
                stored?.Append(piece.AsSpan(0, read));
                await stream.WriteAsync(piece.AsMemory(0, read), exchange.Aborted);
                offset += read;
                if (bandwidth is { } rate)
                {
                    await Task.Delay(TimeSpan.FromSeconds((double)read / rate), exchange.Aborted);
                }
            }
        }

        var received = arrived.Finish(file, offset);
        Check(exchange, received);
        return stored?.Finish(file, offset) ?? received;
    }

    private static void Flip(byte[] piece, long offset, int read, long? position)
    {
        if (position is { } at && at >= offset && at < offset + read)
        {
            piece[at - offset] ^= 1;
        }
    }

    private static void Check(OciExchange exchange, ReceivedBody body)
    {
        if (exchange.Header("content-md5") is { } md5 && md5 != body.Md5)
        {
            throw OciProblem.Invalid("UnmatchedContentMD5", $"The computed MD5 of the request body ({body.Md5}) does not match the Content-MD5 header ({md5})");
        }

        foreach (var (name, computed) in new[] { ("CRC32C", body.Crc32C), ("SHA256", body.Sha256), ("SHA384", body.Sha384) })
        {
            var header = $"opc-content-{name.ToLowerInvariant()}";
            if (exchange.Header(header) is { } stated && stated != computed)
            {
                throw OciProblem.Invalid($"UnmatchedContent{name}", $"The computed {name} of the request body ({computed}) does not match the {header} header ({stated})");
            }
        }
    }

    /// <summary>MD5 and CRC32C always; a SHA only where the request speaks of it.</summary>
    private sealed class Digests : IDisposable
    {
#pragma warning disable CA5351 // The service's own checksum.
        private readonly IncrementalHash _md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
#pragma warning restore CA5351
        private readonly IncrementalHash? _sha256;
        private readonly IncrementalHash? _sha384;
        private Crc32CDigest _crc = new();

        public Digests(OciExchange exchange)
        {
            var algorithm = exchange.Header("opc-checksum-algorithm");
            _sha256 = algorithm == "SHA256" || exchange.Header("opc-content-sha256") is not null ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
            _sha384 = algorithm == "SHA384" || exchange.Header("opc-content-sha384") is not null ? IncrementalHash.CreateHash(HashAlgorithmName.SHA384) : null;
        }

        public void Append(ReadOnlySpan<byte> data)
        {
            _md5.AppendData(data);
            _sha256?.AppendData(data);
            _sha384?.AppendData(data);
            _crc.Append(data);
        }

        public ReceivedBody Finish(string file, long size) => new(file, size, Base64(_md5)!, _crc.Base64, Base64(_sha256), Base64(_sha384));

        public void Dispose()
        {
            _md5.Dispose();
            _sha256?.Dispose();
            _sha384?.Dispose();
        }

        private static string? Base64(IncrementalHash? hash) => hash is null ? null : Convert.ToBase64String(hash.GetCurrentHash());
    }
}

/// <summary>A body in its file, with the checksums of what the file holds.</summary>
internal sealed record ReceivedBody(string File, long SizeBytes, string Md5, string Crc32C, string? Sha256, string? Sha384);
