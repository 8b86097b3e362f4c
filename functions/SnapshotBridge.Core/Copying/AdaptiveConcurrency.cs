namespace SnapshotBridge.Copying;

/// <summary>
/// How many transfers may run at a time: halved when a service throttles, one more after each run of successes.
/// </summary>
public sealed class AdaptiveConcurrency(int maximum, TimeProvider time)
{
    /// <summary>Successes in a row that earn one more transfer.</summary>
    internal const int SuccessesPerStep = 8;

    /// <summary>Answers to requests that were under way together count as one sign of overload.</summary>
    private static readonly TimeSpan HalvingPause = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private int _current = maximum;
    private int _successes;
    private long? _halvedAt;

    public int Maximum { get; } = maximum;

    public int Current
    {
        get
        {
            lock (_lock)
            {
                return _current;
            }
        }
    }

    /// <summary>A service asked for fewer requests.</summary>
    public void Throttled()
    {
        lock (_lock)
        {
            _successes = 0;
            if (_halvedAt is { } then && time.GetElapsedTime(then) < HalvingPause)
            {
                return;
            }

            _halvedAt = time.GetTimestamp();
            _current = Math.Max(1, _current / 2);
        }
    }

    /// <summary>A transfer went through.</summary>
    public void Succeeded()
    {
        lock (_lock)
        {
            if (_current < Maximum && ++_successes >= SuccessesPerStep)
            {
                _successes = 0;
                _current++;
            }
        }
    }
}
