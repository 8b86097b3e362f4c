using System.Security.Cryptography;

namespace SnapshotBridge.Copying;

/// <summary>
/// A hash over an object whose parts are read at the same time: each part waits until those before it have gone in. What
/// is in goes out to the destination meanwhile, so the order costs waiting only where a part arrives before its turn.
/// </summary>
internal sealed class OrderedHash : IDisposable
{
    private readonly IncrementalHash _hash;
    private readonly long[] _ends;
    private readonly List<byte[]> _digests = [];
    private readonly Lock _lock = new();
    private readonly Dictionary<int, TaskCompletionSource> _waiting = [];
    private int _next = 1;
    private bool _isBroken;
    private long _offset;

    /// <param name="algorithm">Which hash.</param>
    /// <param name="ends">Where one digest ends and the next begins; the last is the object's end.</param>
    public OrderedHash(HashAlgorithmName algorithm, long[] ends)
    {
        _hash = IncrementalHash.CreateHash(algorithm);
        _ends = ends;
        EndDigests();
    }

    /// <summary>One digest per end, once all bytes are in.</summary>
    public IReadOnlyList<byte[]> Digests => _digests.Count == _ends.Length
        ? _digests
        : throw new InvalidOperationException($"Only {_offset} bytes are in.");

    /// <summary>Takes the bytes that follow those that are in.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var length = (int)Math.Min(bytes.Length, _ends[_digests.Count] - _offset);
            _hash.AppendData(bytes[..length]);
            _offset += length;
            bytes = bytes[length..];
            EndDigests();
        }
    }

    /// <summary>Takes a part when its turn has come. Every part from 1 on has to come, or <see cref="Break"/>.</summary>
    /// <exception cref="OperationCanceledException">A part before it has failed.</exception>
    public async Task AppendInTurnAsync(int number, ReadOnlyMemory<byte> part, CancellationToken cancellationToken)
    {
        Task turn;
        lock (_lock)
        {
            if (_isBroken)
            {
                throw new OperationCanceledException("A part before this one has failed.");
            }

            turn = _next == number ? Task.CompletedTask : Waiting(number).Task;
        }

        await turn.WaitAsync(cancellationToken);
        Append(part.Span);
        lock (_lock)
        {
            _next++;
            if (_waiting.Remove(_next, out var next))
            {
                next.SetResult();
            }
        }
    }

    /// <summary>A part has failed: those after it are not waited for any more.</summary>
    public void Break()
    {
        lock (_lock)
        {
            _isBroken = true;
            foreach (var waiting in _waiting.Values)
            {
                waiting.TrySetCanceled();
            }

            _waiting.Clear();
        }
    }

    public void Dispose() => _hash.Dispose();

    private TaskCompletionSource Waiting(int number) =>
        _waiting[number] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    private void EndDigests()
    {
        while (_digests.Count < _ends.Length && _ends[_digests.Count] == _offset)
        {
            _digests.Add(_hash.GetHashAndReset());
        }
    }
}
