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

    /// <summary>Inverts one bit of an object or part while it arrives; what the uploader claims about it is compared afterwards.</summary>
    public S3Fault FlipArriving(long offset, Func<S3FaultContext, bool>? when = null, int count = 1)
        => Add(new S3Fault(Upload(when), count) { FlipArriving = offset });

    /// <summary>Inverts one bit of an object or part once it is stored, when everything claimed about it was found right.</summary>
    public S3Fault FlipStored(long offset, Func<S3FaultContext, bool>? when = null, int count = 1)
        => Add(new S3Fault(Upload(when), count) { FlipStored = offset });

    /// <summary>Resets the connection when so much of an object's or part's body has arrived.</summary>
    public S3Fault ResetUpload(long afterBytes, Func<S3FaultContext, bool>? when = null, int count = 1)
        => Add(new S3Fault(Upload(when), count) { ResetUploadAfter = afterBytes });

    /// <summary>UploadPart succeeds but the part is gone.</summary>
    public S3Fault LosePart(Func<S3FaultContext, bool>? when = null, int count = 1)
        => Add(new S3Fault(Only("UploadPart", when), count) { LosesPart = true });

    /// <summary>CompleteMultipartUpload puts two parts, counted from 1, together in each other's place.</summary>
    public S3Fault SwapParts(int first, int second, Func<S3FaultContext, bool>? when = null, int count = 1)
        => Add(new S3Fault(Only("CompleteMultipartUpload", when), count) { SwapParts = (first, second) });

    /// <summary>CompleteMultipartUpload puts one part, counted from 1, also in the place of another.</summary>
    public S3Fault RepeatPart(int part, int inPlaceOf, Func<S3FaultContext, bool>? when = null, int count = 1)
        => Add(new S3Fault(Only("CompleteMultipartUpload", when), count) { RepeatPart = (part, inPlaceOf) });

    /// <summary>Carries a request out and resets the connection instead of answering.</summary>
    public S3Fault LoseAnswer(Func<S3FaultContext, bool>? when = null, int count = 1)
        => Add(new S3Fault(when, count) { LosesAnswer = true });

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

    private static Func<S3FaultContext, bool> Upload(Func<S3FaultContext, bool>? when)
        => context => context.Operation is "PutObject" or "UploadPart" && (when is null || when(context));

    private static Func<S3FaultContext, bool> Only(string operation, Func<S3FaultContext, bool>? when)
        => context => context.Operation == operation && (when is null || when(context));

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

    internal long? FlipArriving { get; init; }

    internal long? FlipStored { get; init; }

    internal long? ResetUploadAfter { get; init; }

    internal bool LosesPart { get; init; }

    internal (int First, int Second)? SwapParts { get; init; }

    internal (int Part, int InPlaceOf)? RepeatPart { get; init; }

    internal bool LosesAnswer { get; init; }

    /// <summary>True for those that <see cref="S3UploadFaults"/> carries out.</summary>
    internal bool IsOfUploads
        => FlipArriving is not null || FlipStored is not null || ResetUploadAfter is not null || LosesPart || SwapParts is not null || RepeatPart is not null;

    internal bool TryTake(S3FaultContext context)
    {
        if (_applied >= _count || (_when is not null && !_when(context)))
            return false;
        Interlocked.Increment(ref _applied);
        return true;
    }
}
