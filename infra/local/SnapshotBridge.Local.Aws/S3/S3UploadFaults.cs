using Microsoft.AspNetCore.Http.Features;

namespace SnapshotBridge.Local.Aws.S3;

/// <summary>The faults that befall one upload: of its bytes on their way, of what is stored, of the order of its parts.</summary>
internal sealed class S3UploadFaults
{
    private readonly IReadOnlyList<S3Fault> _taken;
    private readonly S3Call _call;

    private S3UploadFaults(S3Call call, IReadOnlyList<S3Fault> taken)
    {
        _call = call;
        _taken = taken;
    }

    /// <summary>What is to go wrong with this request; each fault is used up by it.</summary>
    public static S3UploadFaults Of(S3Call call, S3Faults faults) => new(call, faults.Take(call.Fault!, fault => fault.IsOfUploads));

    /// <summary>Whether the part is lost although its upload is said to have succeeded.</summary>
    public bool LosesPart => _taken.Any(fault => fault.LosesPart);

    /// <summary>The body as it arrives.</summary>
    public Stream Arriving(Stream body)
    {
        var flip = _taken.FirstOrDefault(fault => fault.FlipArriving is not null)?.FlipArriving;
        var reset = _taken.FirstOrDefault(fault => fault.ResetUploadAfter is not null)?.ResetUploadAfter;
        return flip is null && reset is null ? body : new FaultedBody(body, flip, reset, Cut);
    }

    /// <summary>Spoils what has just been stored, after everything about it was checked.</summary>
    public async Task SpoilAsync(string path)
    {
        foreach (var offset in _taken.Where(fault => fault.FlipStored is not null).Select(fault => fault.FlipStored!.Value))
        {
            await using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            file.Position = offset;
            var value = file.ReadByte();
            file.Position = offset;
            file.WriteByte((byte)(value ^ 1));
        }
    }

    /// <summary>The parts in the order in which they are put together.</summary>
    public IReadOnlyList<S3Part> Arrange(IReadOnlyList<S3Part> parts)
    {
        var ordered = parts.ToArray();
        foreach (var fault in _taken)
        {
            if (fault.SwapParts is var (first, second))
                (ordered[first - 1], ordered[second - 1]) = (ordered[second - 1], ordered[first - 1]);
            if (fault.RepeatPart is var (repeated, inPlaceOf))
                ordered[inPlaceOf - 1] = ordered[repeated - 1];
        }

        return ordered;
    }

    private void Cut()
    {
        _call.Context.Features.GetRequiredFeature<IHttpRequestLifetimeFeature>().Abort();
        throw new OperationCanceledException("The connection was cut on purpose.");
    }

    /// <summary>A body with one bit inverted, or cut off.</summary>
    private sealed class FaultedBody(Stream inner, long? flip, long? reset, Action cut) : Http.ReadOnlyStream
    {
        private long _read;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await inner.ReadAsync(buffer, cancellationToken);
            if (flip is { } offset && offset >= _read && offset < _read + count)
                buffer.Span[(int)(offset - _read)] ^= 1;
            _read += count;
            if (_read >= reset)
                cut();
            return count;
        }
    }
}
