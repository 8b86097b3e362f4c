namespace SnapshotBridge.TestKit;

/// <summary>A clock that only moves when told to; its timers fire on the way.</summary>
/// <param name="start">What it shows at first: where a server with the real time checks signatures, that one.</param>
public sealed class ManualTime(DateTimeOffset start) : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private long _now = start.UtcTicks;

    /// <summary>A clock that begins at an hour of its own.</summary>
    public ManualTime()
        : this(new DateTimeOffset(2026, 11, 21, 0, 0, 0, TimeSpan.Zero))
    {
    }

    /// <summary>Called when a timer has been set anew, by whoever did: what watches for progress does that with each step.</summary>
    public Action? TimerSetAnew { get; set; }

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => new(GetTimestamp(), TimeSpan.Zero);

    /// <inheritdoc/>
    public override long GetTimestamp() => Interlocked.Read(ref _now);

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Set(dueTime);
        return timer;
    }

    /// <summary>Moves it on and fires what is due, on this thread.</summary>
    public void Advance(TimeSpan by)
    {
        List<ManualTimer> due;
        lock (_lock)
        {
            var now = Interlocked.Add(ref _now, by.Ticks);
            due = [.. _timers.Where(timer => timer.DueAt <= now)];
            _timers.RemoveAll(due.Contains);
        }

        due.ForEach(timer => timer.Fire());
    }

    private sealed class ManualTimer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        public long DueAt { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Set(dueTime);
            time.TimerSetAnew?.Invoke();
            return true;
        }

        public void Set(TimeSpan dueTime)
        {
            var isDue = false;
            lock (time._lock)
            {
                time._timers.Remove(this);
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    DueAt = time.GetTimestamp() + dueTime.Ticks;
                    isDue = dueTime <= TimeSpan.Zero;
                    if (!isDue)
                    {
                        time._timers.Add(this);
                    }
                }
            }

            if (isDue)
            {
                Fire();
            }
        }

        public void Dispose()
        {
            lock (time._lock)
            {
                time._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
