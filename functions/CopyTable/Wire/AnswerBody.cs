using System.Globalization;

namespace SnapshotBridge.CopyTable.Wire;

/// <summary>
/// The body of an answer. Read to its end it gives the connection back; disposed before, it closes it, which is cheaper than
/// reading on for nobody.
/// </summary>
internal sealed class AnswerBody(BlockingConnection connection) : BlockingStream
{
    private long _left;
    private bool _isChunked;
    private bool _isOpenEnded;
    private bool _isFirstChunk = true;
    private bool _isAtEnd;
    private Action? _whenDone;

    public override bool CanRead => true;

    /// <summary>The head has been read.</summary>
    /// <param name="lengthBytes">How many bytes follow; null where they come in chunks, negative where the connection's end ends them.</param>
    /// <param name="whenDone">Called once, after the last byte.</param>
    public void Begin(long? lengthBytes, Action whenDone)
    {
        (_isChunked, _isOpenEnded, _whenDone) = (lengthBytes is null, lengthBytes < 0, whenDone);
        _left = lengthBytes switch { null => 0, < 0 => long.MaxValue, var length => length.Value };
        _isAtEnd = lengthBytes == 0;
    }

    public override int Read(Span<byte> buffer)
    {
        var count = ReadSome(buffer);
        FinishAtEnd();
        return count;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<int>(cancellationToken);
        }

        try
        {
            int count;
            using (connection.AbortWith(cancellationToken))
            {
                count = ReadSome(buffer.Span);
            }

            if (count == 0 && cancellationToken.IsCancellationRequested)
            {
                // The end is of our own making.
                return ValueTask.FromCanceled<int>(cancellationToken);
            }

            // Only now: who uses the connection next must not be ended by this token.
            FinishAtEnd();
            return ValueTask.FromResult(count);
        }
        catch (Exception failure)
        {
            return ValueTask.FromException<int>(
                cancellationToken.IsCancellationRequested ? new OperationCanceledException("The answer was given up.", failure, cancellationToken) : failure);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            FinishAtEnd();
            if (Interlocked.Exchange(ref _whenDone, null) is not null)
            {
                connection.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    private int ReadSome(Span<byte> buffer)
    {
        if (buffer.IsEmpty || _isAtEnd || (_isChunked && _left == 0 && !NextChunk()))
        {
            return 0;
        }

        var count = connection.Read(buffer[..(int)Math.Min(buffer.Length, _left)]);
        if (count == 0 && !_isOpenEnded)
        {
            throw new HttpIOException(HttpRequestError.ResponseEnded, _isChunked ? "The answer ended within a chunk." : $"The answer ended {_left} bytes early.");
        }

        _left -= count;
        _isAtEnd = count == 0 || (_left == 0 && !_isChunked);
        return count;
    }

    private bool NextChunk()
    {
        if (!_isFirstChunk && connection.ReadLine().Length > 0)
        {
            throw new HttpIOException(HttpRequestError.InvalidResponse, "A chunk of the answer has no end.");
        }

        _isFirstChunk = false;
        var size = connection.ReadLine();
        if (!long.TryParse(size.AsSpan(0, size.IndexOf(';') is >= 0 and var extension ? extension : size.Length).Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _left) || _left < 0)
        {
            throw new HttpIOException(HttpRequestError.InvalidResponse, "A chunk of the answer has no size.");
        }

        if (_left > 0)
        {
            return true;
        }

        while (connection.ReadLine().Length > 0)
        {
            // Trailers tell nothing that is asked for.
        }

        _isAtEnd = true;
        return false;
    }

    private void FinishAtEnd()
    {
        if (_isAtEnd)
        {
            Interlocked.Exchange(ref _whenDone, null)?.Invoke();
        }
    }
}
