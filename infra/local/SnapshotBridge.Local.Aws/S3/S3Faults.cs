namespace SnapshotBridge.Local.Aws.S3;

/// <summary>The request that a fault may befall.</summary>
/// <param name="Operation">S3's name of the operation, for example <c>GetObject</c>.</param>
/// <param name="Bucket">The bucket, empty where the operation has none.</param>
/// <param name="Key">The key, empty where the operation has none.</param>
/// <param name="Range">The Range header as sent, empty without one.</param>
/// <param name="Attempt">1 for the first request with this operation, bucket, key and range, then 2 and so on.</param>
public sealed record S3FaultContext(string Operation, string Bucket, string Key, string Range, int Attempt);

/// <summary>What goes wrong on purpose. Every fault befalls the first requests that its predicate accepts, as many as its count says.</summary>
public sealed class S3Faults
{
    private readonly Lock _lock = new();
    private readonly List<S3Fault> _faults = [];
    private readonly Dictionary<(string, string, string, string), int> _attempts = [];

    /// <summary>Inverts one bit of the byte at <paramref name="offset"/> of the object in the body of a GET that covers it; the stored object stays intact.</summary>
    public S3Fault FlipByte(long offset, Func<S3FaultContext, bool>? when = null, int count = 1)
        => Add(new S3Fault(Get(when), count) { FlipOffset = offset });

    /// <summary>Ends the body of a GET in order but after <paramref name="afterBytes"/> bytes, although its full length was announced.</summary>
    public S3Fault Truncate(long afterBytes, Func<S3FaultContext, bool>? when = null, int count = 1)
        => Add(new S3Fault(Get(when), count) { TruncateAfter = afterBytes });

    /// <summary>Resets the connection after <paramref name="afterBytes"/> bytes of a GET's body; requests without such a body are reset at once.</summary>
    public S3Fault Reset(long afterBytes, Func<S3FaultContext, bool>? when = null, int count = 1)
        => Add(new S3Fault(when, count) { ResetAfter = afterBytes });

    /// <summary>Answers 503 SlowDown.</summary>
    public S3Fault SlowDown(Func<S3FaultContext, bool>? when = null, int count = 1)
        => Fail(new S3Exception("SlowDown", "Please reduce your request rate.", 503), when, count);

    /// <summary>Answers 500 InternalError.</summary>
    public S3Fault InternalError(Func<S3FaultContext, bool>? when = null, int count = 1)
        => Fail(new S3Exception("InternalError", "We encountered an internal error. Please try again.", 500), when, count);

    /// <summary>Answers 403 AccessDenied.</summary>
    public S3Fault AccessDenied(Func<S3FaultContext, bool>? when = null, int count = int.MaxValue)
        => Fail(new S3Exception("AccessDenied", "Access Denied", 403), when, count);

    /// <summary>Answers any other error.</summary>
    public S3Fault Fail(S3Exception error, Func<S3FaultContext, bool>? when = null, int count = 1)
        => Add(new S3Fault(when, count) { Error = error });

    /// <summary>Lets the request wait before it is served.</summary>
    public S3Fault Delay(TimeSpan delay, Func<S3FaultContext, bool>? when = null, int count = int.MaxValue)
        => Add(new S3Fault(when, count) { DelayBefore = delay });

    /// <summary>Sends the bodies of GETs no faster than this, each for itself.</summary>
    public S3Fault LimitBandwidth(long bytesPerSecond, Func<S3FaultContext, bool>? when = null, int count = int.MaxValue)
        => Add(new S3Fault(Get(when), count) { BytesPerSecond = bytesPerSecond });

    /// <summary>
    /// Puts another object in the place of the one being read, once <paramref name="afterBytes"/> bytes of a GET's body are
    /// sent. That body goes on with the old bytes, as S3's does; the next GET sees the new object.
    /// </summary>
    public S3Fault Replace(ReadOnlyMemory<byte> content, long afterBytes = 0, Func<S3FaultContext, bool>? when = null, int count = 1)
        => Add(new S3Fault(Get(when), count) { Replacement = content, ReplaceAfter = afterBytes });

    /// <summary>Ends all faults.</summary>
    public void Clear()
    {
        lock (_lock)
            _faults.Clear();
    }

    /// <summary>Ends one fault.</summary>
    public void Remove(S3Fault fault)
    {
        lock (_lock)
            _faults.Remove(fault);
    }

    /// <summary>Numbers the request among its like.</summary>
    internal S3FaultContext Begin(string operation, string bucket, string key, string range)
    {
        lock (_lock)
        {
            var attempt = _attempts[(operation, bucket, key, range)] = _attempts.GetValueOrDefault((operation, bucket, key, range)) + 1;
            return new S3FaultContext(operation, bucket, key, range, attempt);
        }
    }

    /// <summary>The faults that befall this request and concern it at the point described by <paramref name="applies"/>; each is used up by one.</summary>
    internal IReadOnlyList<S3Fault> Take(S3FaultContext context, Func<S3Fault, bool> applies)
    {
        lock (_lock)
            return [.. _faults.Where(fault => applies(fault) && fault.TryTake(context)).ToList()];
    }

    private static Func<S3FaultContext, bool> Get(Func<S3FaultContext, bool>? when)
        => context => context.Operation == "GetObject" && (when is null || when(context));

    private S3Fault Add(S3Fault fault)
    {
        lock (_lock)
            _faults.Add(fault);
        return fault;
    }
}

/// <summary>One fault.</summary>
public sealed class S3Fault
{
    private readonly Func<S3FaultContext, bool>? _when;
    private readonly int _count;
    private int _applied;

    internal S3Fault(Func<S3FaultContext, bool>? when, int count)
    {
        _when = when;
        _count = count;
    }

    /// <summary>How many requests it has befallen.</summary>
    public int Applied => Volatile.Read(ref _applied);

    internal long? FlipOffset { get; init; }

    internal long? TruncateAfter { get; init; }

    internal long? ResetAfter { get; init; }

    internal S3Exception? Error { get; init; }

    internal TimeSpan? DelayBefore { get; init; }

    internal long? BytesPerSecond { get; init; }

    internal ReadOnlyMemory<byte>? Replacement { get; init; }

    internal long ReplaceAfter { get; init; }

    internal bool TryTake(S3FaultContext context)
    {
        if (_applied >= _count || (_when is not null && !_when(context)))
            return false;
        Interlocked.Increment(ref _applied);
        return true;
    }
}
