namespace SnapshotBridge.Core.Tests.Copying;

/// <summary>
/// Numbers every effect of a run, before and after it happens, and can end the process at one of them: from then on
/// nothing reaches a store any more.
/// </summary>
internal sealed class StepCounter
{
    private readonly Lock _lock = new();
    private bool _dead;

    /// <summary>The step at which the process dies; null lives on.</summary>
    public int? DiesAt { get; init; }

    /// <summary>Told of every step before it happens.</summary>
    public Action<string>? OnStep { get; init; }

    public int Count { get; private set; }

    /// <summary>What was about to happen, or had just happened, when it died.</summary>
    public string? DiedAt { get; private set; }

    public bool IsDead
    {
        get
        {
            lock (_lock)
            {
                return _dead;
            }
        }
    }

    public void Step(string what)
    {
        OnStep?.Invoke(what);
        lock (_lock)
        {
            if (!_dead && Count++ == DiesAt)
            {
                _dead = true;
                DiedAt = what;
            }

            if (_dead)
            {
                throw new ProcessKilledException();
            }
        }
    }
}

#pragma warning disable CA1064 // Thrown and expected within these tests only.
internal sealed class ProcessKilledException() : Exception("killed");
#pragma warning restore CA1064
