using System.Buffers;

namespace SnapshotBridge.Local.Aws.S3;

/// <summary>Sends the body of a GET, with the faults that befall it.</summary>
internal sealed class S3BodyWriter(S3Store store, S3Faults faults, TimeProvider clock)
{
    private const int BlockBytes = 128 * 1024;

    /// <summary>Long enough for the peer to receive what was sent before the reset, which discards what is still under way.</summary>
    private static readonly TimeSpan BeforeReset = TimeSpan.FromMilliseconds(50);

    public async Task WriteAsync(S3Call call, S3Object entry, Stream content, S3Range range)
    {
        var effects = new Effects(faults.Take(call.Fault!, fault => Concerns(fault, range)), range);
        content.Position = range.First;
        var block = ArrayPool<byte>.Shared.Rent(BlockBytes);
        var started = clock.GetTimestamp();
        try
        {
            while (call.BytesSent < effects.End)
            {
                var count = (int)Math.Min(effects.Block, effects.NextStop(call.BytesSent) - call.BytesSent);
                await content.ReadExactlyAsync(block.AsMemory(0, count), call.Aborted);
                effects.Flip(block.AsSpan(0, count), range.First + call.BytesSent);
                await effects.PaceAsync(call.BytesSent + count, started, clock, call.Aborted);
                call.BytesSent += count;
                if (call.BytesSent == range.Length)
                    call.Answered();
                await call.Response.Body.WriteAsync(block.AsMemory(0, count), call.Aborted);
                await ReplaceAsync(call, entry, effects);
            }

            await ReplaceAsync(call, entry, effects);
            await EndAsync(call, effects);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    private static bool Concerns(S3Fault fault, S3Range range)
        => (fault.FlipOffset is { } offset && offset >= range.First && offset <= range.Last)
            || fault.TruncateAfter < range.Length
            || fault.ResetAfter < range.Length
            || fault.BytesPerSecond is not null
            || (fault.Replacement is not null && fault.ReplaceAfter <= range.Length);

    private async Task ReplaceAsync(S3Call call, S3Object entry, Effects effects)
    {
        if (effects.TakeReplacement(call.BytesSent) is { } replacement)
            await store.PutAsync(entry.Bucket, entry.Key, replacement, new S3PutOptions { ContentType = entry.ContentType }, call.Aborted);
    }

    private static async Task EndAsync(S3Call call, Effects effects)
    {
        if (!effects.Resets && !effects.Truncates)
            return;
        await call.Response.Body.FlushAsync(call.Aborted);
        // Returning short of the announced length lets the server close the connection in order, which is what truncation means here.
        if (!effects.Resets)
            return;
        await Task.Delay(BeforeReset, call.Aborted);
        call.Cut();
    }

    /// <summary>What the faults of one request amount to.</summary>
    private sealed class Effects
    {
        private readonly IReadOnlyList<long> _flips;
        private readonly long? _bytesPerSecond;
        private readonly long _replaceAfter;
        private ReadOnlyMemory<byte>? _replacement;

        public Effects(IReadOnlyList<S3Fault> taken, S3Range range)
        {
            _flips = [.. taken.Where(fault => fault.FlipOffset is not null).Select(fault => fault.FlipOffset!.Value)];
            _bytesPerSecond = taken.Min(fault => fault.BytesPerSecond);
            var replace = taken.FirstOrDefault(fault => fault.Replacement is not null);
            _replacement = replace?.Replacement;
            _replaceAfter = replace?.ReplaceAfter ?? 0;
            var (truncate, reset) = (taken.Min(fault => fault.TruncateAfter), taken.Min(fault => fault.ResetAfter));
            End = Math.Min(range.Length, Math.Min(truncate ?? range.Length, reset ?? range.Length));
            Resets = reset is not null && reset == End;
            Truncates = !Resets && truncate is not null;
        }

        /// <summary>How many bytes are really sent.</summary>
        public long End { get; }

        public bool Resets { get; }

        public bool Truncates { get; }

        /// <summary>Small blocks where the speed is limited, so that it is even.</summary>
        public long Block => _bytesPerSecond is { } limit ? Math.Clamp(limit / 20, 1, BlockBytes) : BlockBytes;

        public long NextStop(long sent) => _replacement is not null && sent < _replaceAfter ? Math.Min(_replaceAfter, End) : End;

        public void Flip(Span<byte> block, long offset)
        {
            foreach (var flip in _flips)
            {
                if (flip >= offset && flip < offset + block.Length)
                    block[(int)(flip - offset)] ^= 0x01;
            }
        }

        public ReadOnlyMemory<byte>? TakeReplacement(long sent)
        {
            if (_replacement is null || sent < _replaceAfter)
                return null;
            var replacement = _replacement;
            _replacement = null;
            return replacement;
        }

        /// <summary>Waits until so many bytes may have been sent.</summary>
        public async Task PaceAsync(long sent, long started, TimeProvider clock, CancellationToken cancellationToken)
        {
            if (_bytesPerSecond is not { } limit)
                return;
            var ahead = TimeSpan.FromSeconds((double)sent / limit) - clock.GetElapsedTime(started);
            if (ahead > TimeSpan.Zero)
                await Task.Delay(ahead, clock, cancellationToken);
        }
    }
}
