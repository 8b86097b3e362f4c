using System.Net.Sockets;

namespace SnapshotBridge.CopyTable;

/// <summary>
/// What lies below TLS on a connection that brings whole objects: TLS asks for one record of 16 KiB at a time, and each
/// question would be a call of the system and often a wait. Here one call takes as much as has arrived.
/// </summary>
/// <param name="network">The connection; owned.</param>
internal sealed class LargeReads(Stream network) : Stream
{
    private const int BufferBytes = 128 * 1024;

    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferBytes);
    private int _start;
    private int _end;

    /// <summary>Connects to where a request goes; for <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    public static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            var network = new NetworkStream(socket, ownsSocket: true);
            return context.InitialRequestMessage.RequestUri?.Scheme == Uri.UriSchemeHttps ? new LargeReads(network) : network;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_start < _end && !cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromResult(Take(buffer.Span));
        }

        // Who only waits for bytes, or has more room than we do, is served by the connection itself.
        return buffer.Length == 0 || buffer.Length >= BufferBytes ? network.ReadAsync(buffer, cancellationToken) : FillAsync(buffer, cancellationToken);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read asynchronously.");

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => network.WriteAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => network.WriteAsync(buffer, offset, count, cancellationToken);

    public override void Write(byte[] buffer, int offset, int count) => network.Write(buffer, offset, count);

    public override void Flush() => network.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => network.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            network.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> FillAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        (_start, _end) = (0, await network.ReadAsync(_buffer, cancellationToken));
        return Take(buffer.Span);
    }

    private int Take(Span<byte> destination)
    {
        var count = Math.Min(destination.Length, _end - _start);
        _buffer.AsSpan(_start, count).CopyTo(destination);
        _start += count;
        return count;
    }
}
