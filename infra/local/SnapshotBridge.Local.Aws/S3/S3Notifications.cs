using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace SnapshotBridge.Local.Aws.S3;

/// <summary>In which form S3 tells of a written object.</summary>
public enum S3NotificationForm
{
    /// <summary>The bucket's own notification: records, keys encoded as a form does it.</summary>
    Records,

    /// <summary>EventBridge's <c>Object Created</c>, which the bucket's EventBridge switch turns on: one object, key as it is.</summary>
    EventBridge,
}

/// <summary>What a bucket's notification configuration says, and how the local delivery goes about it.</summary>
public sealed record S3NotificationOptions
{
    /// <summary>The bucket.</summary>
    public required string Bucket { get; init; }

    /// <summary>Only keys that begin so.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Only keys that end so, for example <c>_SUCCESS</c>.</summary>
    public string Suffix { get; init; } = "";

    /// <summary>The configuration's id, which every event repeats.</summary>
    public string ConfigurationId { get; init; } = "snapshot-bridge";

    /// <summary>The form of the messages.</summary>
    public S3NotificationForm Form { get; init; } = S3NotificationForm.Records;

    /// <summary>The bucket's account; an event on EventBridge names it.</summary>
    public string AccountId { get; init; } = "123456789012";

    /// <summary>The bucket's region.</summary>
    public string Region { get; init; } = "us-east-1";

    /// <summary>Whether the receiver first gets an <c>s3:TestEvent</c>, as queues and topics do when a configuration is set. EventBridge gets none.</summary>
    public bool SendTestEvent { get; init; } = true;

    /// <summary>The waits before the second and third try of a delivery. Lambda's asynchronous invocation waits one and two minutes.</summary>
    public IReadOnlyList<TimeSpan> RetryDelays { get; init; } = [TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(1)];

    /// <summary>How many deliveries may run at the same time.</summary>
    public int MaxConcurrentDeliveries { get; init; } = 4;

    /// <summary>The clock for delays.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Receives what was not accepted.</summary>
    public ILogger? Logger { get; init; }
}

/// <summary>What S3 allows itself with notifications. With one seed and one order of writes the same things happen.</summary>
public sealed record S3NotificationFaults
{
    /// <summary>The share of events that are delivered once more, 0 to 1.</summary>
    public double DuplicateShare { get; init; }

    /// <summary>Events are gathered in groups of this size and delivered in another order; 0 or 1 keeps the order.</summary>
    public int ShuffleWindow { get; init; }

    /// <summary>How long an incomplete group is waited for.</summary>
    public TimeSpan ShuffleWait { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The shortest delay of a delivery.</summary>
    public TimeSpan MinDelay { get; init; }

    /// <summary>The longest delay of a delivery.</summary>
    public TimeSpan MaxDelay { get; init; }

    /// <summary>Events that are never delivered.</summary>
    public Func<S3Object, bool>? Drop { get; init; }

    /// <summary>Determines all chances.</summary>
    public int Seed { get; init; } = 1;
}

/// <summary>
/// Turns written objects into S3's event messages and hands them to one receiver: at least once, in no particular order.
/// A delivery that fails is tried twice more, as Lambda does with asynchronous invocations.
/// </summary>
public sealed class S3Notifications : IAsyncDisposable
{
    private readonly S3Store _store;
    private readonly S3NotificationOptions _options;
    private readonly Func<ReadOnlyMemory<byte>, CancellationToken, Task> _deliver;
    private readonly Channel<S3ObjectCreatedEventArgs> _events = Channel.CreateUnbounded<S3ObjectCreatedEventArgs>();
    private readonly ConcurrentDictionary<Task, bool> _deliveries = [];
    private readonly SemaphoreSlim _slots;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _pump;
    private int _open;
    private int _delivered;
    private int _abandoned;

    /// <summary>Begins to listen to <paramref name="store"/>.</summary>
    /// <param name="store">Whose writes are told.</param>
    /// <param name="options">Which of them.</param>
    /// <param name="deliver">The receiver; gets the event as JSON. What it throws means "not accepted".</param>
    public S3Notifications(S3Store store, S3NotificationOptions options, Func<ReadOnlyMemory<byte>, CancellationToken, Task> deliver)
    {
        _store = store;
        _options = options;
        _deliver = deliver;
        _slots = new SemaphoreSlim(options.MaxConcurrentDeliveries);
        _pump = PumpAsync();
        _store.ObjectCreated += Receive;
    }

    /// <summary>What goes wrong on purpose; may be exchanged at any time.</summary>
    public S3NotificationFaults Faults { get; set; } = new();

    /// <summary>Accepted deliveries, duplicates and the test event included.</summary>
    public int Delivered => Volatile.Read(ref _delivered);

    /// <summary>Deliveries given up after the third try.</summary>
    public int Abandoned => Volatile.Read(ref _abandoned);

    /// <summary>Waits until every event so far has been delivered, dropped or given up.</summary>
    public async Task WhenIdleAsync(CancellationToken cancellationToken)
    {
        while (Volatile.Read(ref _open) > 0)
            await Task.Delay(TimeSpan.FromMilliseconds(10), cancellationToken);
    }

    /// <summary>Stops; deliveries that are still due are not made.</summary>
    public async ValueTask DisposeAsync()
    {
        _store.ObjectCreated -= Receive;
        _events.Writer.TryComplete();
        await _stop.CancelAsync();
        await _pump;
        await Task.WhenAll(_deliveries.Keys);
        _stop.Dispose();
        _slots.Dispose();
    }

    private void Receive(object? sender, S3ObjectCreatedEventArgs created)
    {
        var stored = created.Stored;
        if (stored.Bucket != _options.Bucket
            || !stored.Key.StartsWith(_options.Prefix, StringComparison.Ordinal)
            || !stored.Key.EndsWith(_options.Suffix, StringComparison.Ordinal)
            || Faults.Drop?.Invoke(stored) == true)
        {
            return;
        }

        Interlocked.Increment(ref _open);
        _events.Writer.TryWrite(created);
    }

    private async Task PumpAsync()
    {
        try
        {
            if (_options is { SendTestEvent: true, Form: S3NotificationForm.Records })
                await DeliverAsync(new Delivery(S3EventMessage.Test(_options.Bucket, _options.Clock.GetUtcNow()), "s3:TestEvent", TimeSpan.Zero, Counted: false));
            var chance = new Chance(Faults.Seed);
            while (await _events.Reader.WaitToReadAsync(_stop.Token))
            {
                var faults = Faults;
                chance = chance.For(faults.Seed);
                foreach (var created in await GatherAsync(faults, chance))
                    await DispatchAsync(created, faults, chance);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Disposed.
        }
    }

    private async Task<IReadOnlyList<S3ObjectCreatedEventArgs>> GatherAsync(S3NotificationFaults faults, Chance chance)
    {
        var group = new List<S3ObjectCreatedEventArgs>();
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        if (faults.ShuffleWindow > 1)
            wait.CancelAfter(faults.ShuffleWait);
        try
        {
            do
            {
                while (group.Count < Math.Max(1, faults.ShuffleWindow) && _events.Reader.TryRead(out var created))
                    group.Add(created);
            }
            while (group.Count < faults.ShuffleWindow && await _events.Reader.WaitToReadAsync(wait.Token));
        }
        catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
        {
            // No more came in time: the group goes as it is.
        }

        return group.Count > 1 ? chance.Shuffle(group) : group;
    }

    private async Task DispatchAsync(S3ObjectCreatedEventArgs created, S3NotificationFaults faults, Chance chance)
    {
        var now = _options.Clock.GetUtcNow();
        var message = _options.Form == S3NotificationForm.EventBridge
            ? S3EventMessage.OnEventBridge(created, _options, now)
            : S3EventMessage.Created(created, _options, now);
        var copies = chance.Happens(faults.DuplicateShare) ? 2 : 1;
        Interlocked.Add(ref _open, copies - 1);
        for (var copy = 0; copy < copies; copy++)
            await DeliverAsync(new Delivery(message, created.Stored.Key, chance.Between(faults.MinDelay, faults.MaxDelay), Counted: true));
    }

    /// <summary>Begins one delivery. What is not delayed begins in the order of the calls, so that one seed means one order.</summary>
    private async Task DeliverAsync(Delivery delivery)
    {
        var holdsSlot = delivery.Delay <= TimeSpan.Zero;
        if (holdsSlot)
            await _slots.WaitAsync(_stop.Token);
        var run = Task.Run(() => RunAsync(delivery, holdsSlot));
        _deliveries.TryAdd(run, true);
        _ = run.ContinueWith(done => _deliveries.TryRemove(done, out _), TaskScheduler.Default);
    }

    private async Task RunAsync(Delivery delivery, bool holdsSlot)
    {
        try
        {
            if (!holdsSlot)
            {
                await Task.Delay(delivery.Delay, _options.Clock, _stop.Token);
                await _slots.WaitAsync(_stop.Token);
            }

            for (var attempt = 1; !await TryDeliverAsync(delivery, attempt); attempt++)
            {
                if (attempt > _options.RetryDelays.Count)
                {
                    Interlocked.Increment(ref _abandoned);
                    return;
                }

                await Task.Delay(_options.RetryDelays[attempt - 1], _options.Clock, _stop.Token);
                await _slots.WaitAsync(_stop.Token);
            }

            Interlocked.Increment(ref _delivered);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Disposed.
        }
        finally
        {
            if (delivery.Counted)
                Interlocked.Decrement(ref _open);
        }
    }

    /// <summary>One try. The caller holds a slot, which is free again afterwards.</summary>
    private async Task<bool> TryDeliverAsync(Delivery delivery, int attempt)
    {
        try
        {
            await _deliver(delivery.Message, _stop.Token);
            return true;
        }
        catch (Exception exception) when (!_stop.IsCancellationRequested)
        {
            if (_options.Logger is { } logger)
                Log.NotificationRefused(logger, _options.Bucket, delivery.Key, attempt, exception);
            return false;
        }
        finally
        {
            _slots.Release();
        }
    }

    private sealed record Delivery(byte[] Message, string Key, TimeSpan Delay, bool Counted);

    /// <summary>Chances that are the same for the same seed.</summary>
    private sealed class Chance(int seed)
    {
        // Deliberately predictable: a scenario must go the same way every time.
#pragma warning disable CA5394
        private readonly Random _random = new(seed);

        public Chance For(int wanted) => wanted == seed ? this : new Chance(wanted);

        public bool Happens(double share) => share > 0 && _random.NextDouble() < share;

        public TimeSpan Between(TimeSpan min, TimeSpan max) => max <= min ? min : min + ((max - min) * _random.NextDouble());

        public T[] Shuffle<T>(List<T> items)
        {
            var shuffled = items.ToArray();
            _random.Shuffle(shuffled);
            return shuffled;
        }
#pragma warning restore CA5394
    }
}
