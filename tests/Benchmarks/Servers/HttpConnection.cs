using System.Text;

namespace SnapshotBridge.Benchmarks.Servers;

/// <summary>
/// One connection, read and written by its own thread with blocking calls: nothing between the socket and the checksum,
/// so that the clients and not the servers are what a benchmark measures.
/// </summary>
internal sealed class HttpConnection(Stream stream)
{
    private const int LongestHead = 64 * 1024;

    private readonly byte[] _buffer = new byte[256 * 1024];
    private readonly byte[] _small = new byte[16 * 1024];
    private int _start;
    private int _end;
    private int _held;

    /// <summary>The next request, or null when the client has closed the connection.</summary>
    public HttpRequestHead? ReadHead()
    {
        while (true)
        {
            var received = _buffer.AsSpan(_start, _end - _start);
            var length = received.IndexOf("\r\n\r\n"u8);
            if (length >= 0)
            {
                var head = HttpRequestHead.Parse(Encoding.Latin1.GetString(received[..length]));
                _start += length + 4;
                return head;
            }

            if (received.Length >= LongestHead)
            {
                throw new FormatException("The request's headers are too long.");
            }

            received.CopyTo(_buffer);
            (_start, _end) = (0, received.Length);
            var count = stream.Read(_buffer, _end, _buffer.Length - _end);
            if (count == 0)
            {
                return null;
            }

            _end += count;
        }
    }

    /// <summary>The next bytes of the body, at least one and at most <paramref name="most"/>; valid until the next call.</summary>
    /// <exception cref="EndOfStreamException">The client has closed the connection.</exception>
    public ReadOnlySpan<byte> ReadSome(long most)
    {
        if (_start == _end)
        {
            _start = 0;
            _end = stream.Read(_buffer, 0, (int)Math.Min(most, _buffer.Length));
            if (_end == 0)
            {
                throw new EndOfStreamException();
            }
        }

        var piece = _buffer.AsSpan(_start, (int)Math.Min(most, _end - _start));
        _start += piece.Length;
        return piece;
    }

    /// <summary>Small pieces are held back until <see cref="Flush"/> or a large one, so that a head and its document leave together.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (_held + bytes.Length <= _small.Length)
        {
            bytes.CopyTo(_small.AsSpan(_held));
            _held += bytes.Length;
            return;
        }

        Flush();
        stream.Write(bytes);
    }

    public void Flush()
    {
        if (_held > 0)
        {
            stream.Write(_small, 0, _held);
            _held = 0;
        }
    }
}
