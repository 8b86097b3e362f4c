namespace SnapshotBridge.TestKit;

/// <summary>A clock on which waiting takes no time: whoever sets a timer finds it due, and the clock as much later.</summary>
public sealed class JumpingTime(DateTimeOffset start) : TimeProvider
{
    private readonly long _start = start.UtcTicks;
    private long _now = start.UtcTicks;

    /// <summary>A clock that begins at an hour of its own.</summary>
    public JumpingTime()
        : this(new DateTimeOffset(2026, 11, 21, 0, 0, 0, TimeSpan.Zero))
    {
    }

    /// <summary>All that was waited for so far.</summary>
    public TimeSpan Waited => TimeSpan.FromTicks(GetTimestamp() - _start);

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => new(GetTimestamp(), TimeSpan.Zero);

    /// <inheritdoc/>
    public override long GetTimestamp() => Interlocked.Read(ref _now);

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new JumpingTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class JumpingTimer(JumpingTime time, TimerCallback callback, object? state) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                Interlocked.Add(ref time._now, dueTime.Ticks);
                callback(state);
            }

            return true;
        }

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
