using System.Collections.Concurrent;
using SnapshotBridge.Copying;
using Xunit;

namespace SnapshotBridge.Core.Tests.Copying;

public sealed class TransferThreadsTests : IDisposable
{
    private readonly TransferThreads _threads = new(2);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _threads.Dispose();

    [Fact]
    public void Constructor_NoThread_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => new TransferThreads(0));

    [Fact]
    public async Task Run_OneThread_DoesOneAfterTheOtherAsTheyCame()
    {
        using var one = new TransferThreads(1);
        var done = new ConcurrentQueue<int>();

        await Task.WhenAll(Enumerable.Range(0, 100).Select(number => RunAsync(one, () =>
        {
            done.Enqueue(number);
            return Task.FromResult(Environment.CurrentManagedThreadId);
        })));

        Assert.Equal(Enumerable.Range(0, 100), done);
    }

    [Fact]
    public async Task Run_MoreThanThreads_AtMostAsManyAtOnceAsThereAreThreads()
    {
        var (now, most, threads) = (0, 0, new ConcurrentDictionary<int, bool>());

        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => RunAsync(_threads, () =>
        {
            threads[Environment.CurrentManagedThreadId] = true;
            var running = Interlocked.Increment(ref now);
            int before;
            while ((before = Volatile.Read(ref most)) < running)
            {
                Interlocked.CompareExchange(ref most, running, before);
            }

            Thread.Sleep(1);
            Interlocked.Decrement(ref now);
            return Task.FromResult(0);
        })));

        Assert.InRange(most, 1, 2);
        Assert.InRange(threads.Count, 1, 2);
    }

    [Fact]
    public async Task Run_OnATransfersThread_SaysSoAndDoesNotKeepTheProcessAlive()
    {
        var (isHere, isBackground, isPool) = await RunAsync(_threads, () =>
            Task.FromResult((TransferThreads.IsHere, Thread.CurrentThread.IsBackground, Thread.CurrentThread.IsThreadPoolThread)));

        Assert.Equal((true, true, false), (isHere, isBackground, isPool));
        Assert.False(TransferThreads.IsHere);
    }

    [Fact]
    public async Task Run_Await_GivesTheThreadBackAndReturnsToOne()
    {
        using var one = new TransferThreads(1);
        var other = new TaskCompletionSource();
        var first = RunAsync(one, async () =>
        {
            await other.Task;
            return TransferThreads.IsHere;
        });

        await RunAsync(one, () =>
        {
            other.SetResult();
            return Task.FromResult(0);
        });

        Assert.True(await first);
    }

    [Fact]
    public async Task Run_AllWaitForAGateThatALaterTransferOpens_NoneWaitsForEver()
    {
        using var gate = new SemaphoreSlim(0);
        var waiting = Enumerable.Range(0, 20).Select(_ => RunAsync(_threads, async () =>
        {
            await gate.WaitAsync(Token);
            return TransferThreads.IsHere;
        })).ToArray();

        await RunAsync(_threads, () => Task.FromResult(gate.Release(20)));

        Assert.All(await Task.WhenAll(waiting), Assert.True);
    }

    [Fact]
    public async Task Run_Throws_FailsItsTaskAndTheThreadGoesOn()
    {
        using var one = new TransferThreads(1);

        await Assert.ThrowsAsync<TimeoutException>(() => RunAsync<int>(one, () => throw new TimeoutException()));
        await Assert.ThrowsAsync<TimeoutException>(() => RunAsync<int>(one, async () =>
        {
            await Task.Yield();
            throw new TimeoutException();
        }));
        Assert.Equal(7, await RunAsync(one, () => Task.FromResult(7)));
    }

    [Fact]
    public async Task Dispose_SomeWaiting_AreStillDoneAndSoIsWhatComesAfter()
    {
        using var started = new SemaphoreSlim(0);
        using var go = new ManualResetEventSlim();
        var busy = Enumerable.Range(0, 2).Select(number => RunAsync(_threads, () =>
        {
            started.Release();
            go.Wait(Token);
            return Task.FromResult(number);
        })).ToArray();
        await started.WaitAsync(Token);
        await started.WaitAsync(Token);
        var waiting = RunAsync(_threads, () => Task.FromResult(2));

        _threads.Dispose();
        go.Set();

        Assert.Equal(1, (await Task.WhenAll(busy)).Sum());
        Assert.Equal(2, await waiting);
        Assert.Equal(3, await RunAsync(_threads, () => Task.FromResult(3)));
    }

    [Fact]
    public async Task Dispose_Threads_End()
    {
        var thread = await RunAsync(_threads, () => Task.FromResult(Thread.CurrentThread));

        _threads.Dispose();

        Assert.True(thread.Join(TimeSpan.FromMinutes(10)));
    }

    [Fact]
    public async Task Run_ManyFromManyThreads_AllAreDone()
    {
        var sums = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            var sum = 0;
            for (var number = 0; number < 500; number++)
            {
                sum += await RunAsync(_threads, async () =>
                {
                    await Task.Yield();
                    return 1;
                });
            }

            return sum;
        })));

        Assert.Equal(4000, sums.Sum());
    }

    private static Task<T> RunAsync<T>(TransferThreads threads, Func<Task<T>> action) =>
        Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.DenyChildAttach, threads).Unwrap();
}
