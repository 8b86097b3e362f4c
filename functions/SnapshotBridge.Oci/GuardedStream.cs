using SnapshotBridge.Copying;

namespace SnapshotBridge.Oci;

/// <summary>A response's body whose every read must move within the stall timeout. Owns the response.</summary>
internal sealed class GuardedStream(Stream inner, StallGuard guard, IDisposable response, string operation) : Stream
{
    private long _received;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _received;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        guard.Progress();
        try
        {
            using var both = CancellationTokenSource.CreateLinkedTokenSource(guard.Token, cancellationToken);
            var read = await inner.ReadAsync(buffer, both.Token);
            _received += read;
            return read;
        }
        catch (OperationCanceledException failure) when (!cancellationToken.IsCancellationRequested && (guard.HasStalled || guard.IsPastDeadline))
        {
            throw new TransferInterruptedException(operation, $"{(guard.HasStalled ? "the body stalled" : "the time for it ran out")} after {_received} bytes", failure);
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException)
        {
            throw new TransferInterruptedException(operation, $"the connection broke after {_received} bytes of the body", failure);
        }
        finally
        {
            guard.Pause();
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            response.Dispose();
            guard.Dispose();
        }

        base.Dispose(disposing);
    }
}
