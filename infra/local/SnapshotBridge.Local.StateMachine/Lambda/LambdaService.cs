using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using SnapshotBridge.Local.Aws.Http;
using SnapshotBridge.Local.StateMachine.Asl;
using SnapshotBridge.Local.StateMachine.Running;

namespace SnapshotBridge.Local.StateMachine.Lambda;

/// <summary>
/// Lambda on this machine: functions run in processes of their own that speak the real Runtime API, sandboxes are made on
/// demand and reused, and what ends an invocation in Lambda ends it here: errors, timeouts, exits, throttling, sizes.
/// </summary>
public sealed class LambdaService : ILambdaInvoker, IAsyncDisposable
{
    /// <summary>6 MB: the largest event and response of a synchronous call.</summary>
    public const int SynchronousPayloadBytes = 6 * 1024 * 1024;

    /// <summary>1 MB: the largest event of an asynchronous call.</summary>
    public const int AsynchronousPayloadBytes = 1024 * 1024;

    private readonly LambdaServiceOptions _options;
    private readonly ConcurrentDictionary<string, Deployed> _functions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Sandbox> _sandboxes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Task, byte> _events = new();
    private readonly ConcurrentDictionary<Task, byte> _running = new();
    private readonly ConcurrentQueue<InvocationReport> _reports = new();
    private readonly Lock _starting = new();
    private readonly CancellationTokenSource _lifetime = new();
    private readonly LambdaLog _log;
    private readonly RuntimeApi _runtimeApi;
    private readonly InvokeApi _invokeApi;
    private LoopbackServer? _server;
    private int _busy;
    private int _disposed;

    private LambdaService(LambdaServiceOptions options)
    {
        _options = options;
        _log = new LambdaLog(options);
        _runtimeApi = new RuntimeApi(Started);
        _invokeApi = new InvokeApi(this, options);
    }

    /// <summary>Where the HTTP invocation API listens.</summary>
    public Uri Endpoint => _server!.Endpoint;

    /// <summary>The reports of all invocations so far, in the order of their ends.</summary>
    public IReadOnlyList<InvocationReport> Reports => [.. _reports];

    /// <summary>How many sandbox processes there are.</summary>
    public int SandboxCount => _sandboxes.Count;

    /// <exception cref="FileNotFoundException">There is no function host at the given path.</exception>
    public static async Task<LambdaService> StartAsync(LambdaServiceOptions options, CancellationToken cancellationToken)
    {
        if (!File.Exists(options.FunctionHostPath))
        {
            throw new FileNotFoundException($"There is no function host at {options.FunctionHostPath}: build SnapshotBridge.Local.FunctionHost first.", options.FunctionHostPath);
        }

        var service = new LambdaService(options);
        service._server = await LoopbackServer.StartAsync(options.Port, service.ServeAsync, cancellationToken);
        return service;
    }

    /// <summary>Deploys a function, or replaces the one of its name; sandboxes that run go on to their invocation's end.</summary>
    /// <returns>The function's ARN.</returns>
    /// <exception cref="ArgumentException">A setting is outside Lambda's limits, or the assembly is not in its folder.</exception>
    public string Deploy(LambdaFunction function)
    {
        var problems = Problems(function).ToList();
        if (problems.Count > 0)
        {
            throw new ArgumentException($"The function '{function.Name}' cannot be deployed: {string.Join("; ", problems)}.", nameof(function));
        }

        var arn = function.Arn ?? $"arn:aws:lambda:{_options.Region}:{_options.AccountId}:function:{function.Name}";
        var deployed = new Deployed(function, arn, _options.EventConcurrency);
        _functions.AddOrUpdate(function.Name, deployed, (name, earlier) =>
        {
            earlier.Retired = true;
            while (earlier.Idle.TryPop(out var sandbox))
            {
                sandbox.Kill();
                _ = EndAsync(sandbox);
            }

            return deployed;
        });
        return arn;
    }

    /// <inheritdoc />
    public async Task<LambdaInvocationResult> InvokeAsync(
        string functionName, ReadOnlyMemory<byte> payload, LambdaInvocationType type, CancellationToken cancellationToken)
    {
        var deployed = Find(functionName);
        var limit = type == LambdaInvocationType.Event ? AsynchronousPayloadBytes : SynchronousPayloadBytes;
        if (payload.Length > limit)
        {
            throw new LambdaServiceException("RequestTooLargeException", 413, $"{payload.Length} byte payload is too large for the {type} invocation type (limit {limit} bytes)");
        }

        var requestId = Guid.NewGuid().ToString();
        if (type == LambdaInvocationType.RequestResponse)
        {
            return await RunAsync(deployed, requestId, payload).WaitAsync(cancellationToken);
        }

        var delivery = DeliverAsync(deployed, requestId, payload.ToArray());
        _events[delivery] = 0;
        _ = delivery.ContinueWith(ended => _events.TryRemove(ended, out _), TaskScheduler.Default);
        return new LambdaInvocationResult(202, null, ReadOnlyMemory<byte>.Empty, requestId);
    }

    /// <summary>Kills the sandboxes that are busy with a function, by process id: their invocations end as Runtime.ExitError.</summary>
    /// <returns>How many were killed.</returns>
    /// <exception cref="LambdaServiceException">There is no such function.</exception>
    public int KillSandbox(string functionName)
    {
        var deployed = Find(functionName);
        var busy = _sandboxes.Values.Where(sandbox => sandbox.Function == deployed.Function && sandbox.Current is not null).ToList();
        busy.ForEach(sandbox => sandbox.Kill());
        return busy.Count;
    }

    /// <summary>How long a function's invocation may still run, of several the oldest; null while none runs.</summary>
    /// <exception cref="LambdaServiceException">There is no such function.</exception>
    public TimeSpan? TimeLeft(string functionName)
    {
        var function = Find(functionName).Function;
        var deadline = _sandboxes.Values.Where(sandbox => sandbox.Function == function).Min(sandbox => sandbox.Current?.Deadline);
        return deadline - _options.TimeProvider.GetUtcNow();
    }

    /// <summary>Waits until no asynchronous call is under way, retries included.</summary>
    public async Task WaitForEventsAsync(CancellationToken cancellationToken)
    {
        while (!_events.IsEmpty)
        {
            await Task.WhenAll(_events.Keys).WaitAsync(cancellationToken);
            await Task.Yield();
        }
    }

    /// <summary>Ends all sandboxes, running invocations included, and the server.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _lifetime.CancelAsync();
        await Task.WhenAll(_sandboxes.Values.Select(EndAsync));
        await Task.WhenAll(_events.Keys);
        // Their callers hear of their failures; here only their end matters, because they still write to the log.
        await Task.WhenAll(_running.Keys).ContinueWith(static _ => { }, TaskScheduler.Default);
        await (_server?.DisposeAsync() ?? ValueTask.CompletedTask);
        await _log.DisposeAsync();
        _lifetime.Dispose();
    }

    private static IEnumerable<string> Problems(LambdaFunction function)
    {
        if (function.Timeout < TimeSpan.FromSeconds(1) || function.Timeout > TimeSpan.FromMinutes(15))
        {
            yield return $"its timeout is {function.Timeout} but must be from 1 second to 15 minutes";
        }

        if (function.MemoryMegabytes is < 128 or > 10_240)
        {
            yield return $"its memory size is {function.MemoryMegabytes} MB but must be from 128 to 10240";
        }

        var parts = function.Handler.Split("::");
        if (parts.Length != 3)
        {
            yield return $"its handler is '{function.Handler}' but must be Assembly::Type::Method";
        }
        else if (!File.Exists(Path.Combine(function.AssemblyFolder, parts[0] + ".dll")))
        {
            yield return $"{parts[0]}.dll is not in {function.AssemblyFolder}: build it first";
        }
    }

    private Deployed Find(string nameOrArn)
    {
        var deployed = _functions.Values.FirstOrDefault(function => function.Function.Name == nameOrArn || function.Arn == nameOrArn);
        return deployed ?? throw new LambdaServiceException("ResourceNotFoundException", 404, $"Function not found: {nameOrArn}");
    }

    /// <summary>An asynchronous call: until it succeeds, its retries are spent, or the service ends.</summary>
    private async Task DeliverAsync(Deployed deployed, string requestId, byte[] payload)
    {
        var attempts = 0;
        try
        {
            while (true)
            {
                LambdaInvocationResult result;
                try
                {
                    result = await RunInTurnAsync(deployed, requestId, payload);
                }
                catch (LambdaServiceException e) when (e.StatusCode == 429)
                {
                    // Throttled events wait in Lambda's queue and count no attempt.
                    await Task.Delay(TimeSpan.FromMilliseconds(200), _options.TimeProvider, _lifetime.Token);
                    continue;
                }

                attempts++;
                if (result.FunctionError is null)
                {
                    return;
                }

                if (attempts > _options.EventRetryDelays.Count)
                {
                    _options.OnEventFailed?.Invoke(new FailedEvent(deployed.Function.Name, requestId, payload, attempts, Encoding.UTF8.GetString(result.Payload.Span)));
                    return;
                }

                await Task.Delay(_options.EventRetryDelays[attempts - 1], _options.TimeProvider, _lifetime.Token);
            }
        }
        catch (Exception) when (_lifetime.IsCancellationRequested)
        {
            // The service ends: what is queued ends with it.
        }
        catch (LambdaServiceException e)
        {
            _options.OnEventFailed?.Invoke(new FailedEvent(deployed.Function.Name, requestId, payload, attempts, e.Message));
        }
    }

    /// <summary>One try of an asynchronous call, as soon as its function takes another one.</summary>
    private async Task<LambdaInvocationResult> RunInTurnAsync(Deployed deployed, string requestId, ReadOnlyMemory<byte> payload)
    {
        await deployed.EventTurns.WaitAsync(_lifetime.Token);
        try
        {
            return await RunAsync(deployed, requestId, payload);
        }
        finally
        {
            deployed.EventTurns.Release();
        }
    }

    private Task<LambdaInvocationResult> RunAsync(Deployed deployed, string requestId, ReadOnlyMemory<byte> payload)
    {
        var run = RunReservedAsync(deployed, requestId, payload);
        _running[run] = 0;
        _ = run.ContinueWith(ended => _running.TryRemove(ended, out _), TaskScheduler.Default);
        return run;
    }

    private async Task<LambdaInvocationResult> RunReservedAsync(Deployed deployed, string requestId, ReadOnlyMemory<byte> payload)
    {
        ObjectDisposedException.ThrowIf(_lifetime.IsCancellationRequested, this);
        Reserve(deployed);
        try
        {
            var invocation = new Invocation(requestId, payload, deployed.Arn);
            var outcome = await RunInSandboxAsync(deployed, invocation);
            return new LambdaInvocationResult(200, outcome.IsError ? "Unhandled" : null, outcome.Payload, requestId);
        }
        finally
        {
            Interlocked.Decrement(ref deployed.Busy);
            Interlocked.Decrement(ref _busy);
        }
    }

    private void Reserve(Deployed deployed)
    {
        if (Interlocked.Increment(ref deployed.Busy) > (deployed.Function.ReservedConcurrency ?? int.MaxValue))
        {
            Interlocked.Decrement(ref deployed.Busy);
            throw new LambdaServiceException("TooManyRequestsException", 429, "Rate Exceeded.");
        }

        if (Interlocked.Increment(ref _busy) > _options.AccountConcurrency)
        {
            Interlocked.Decrement(ref deployed.Busy);
            Interlocked.Decrement(ref _busy);
            throw new LambdaServiceException("TooManyRequestsException", 429, "Rate Exceeded.");
        }
    }

    private async Task<SandboxOutcome> RunInSandboxAsync(Deployed deployed, Invocation invocation)
    {
        var sandbox = TakeIdle(deployed) ?? StartSandbox(deployed);
        var function = deployed.Function;
        var exit = sandbox.WaitForExitAsync();
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(_lifetime.Token);
        var initLimit = Task.Delay(_options.InitTimeout, _options.TimeProvider, timer.Token);
        var first = await Task.WhenAny(sandbox.Ready, sandbox.InitError, exit, initLimit);
        if (!sandbox.Ready.IsCompletedSuccessfully)
        {
            var failure = await FailedInitAsync(sandbox, invocation, first == initLimit);
            await EndAsync(sandbox);
            return failure;
        }

        _log.Platform(sandbox, $"START RequestId: {invocation.RequestId} Version: $LATEST");
        var started = Stopwatch.GetTimestamp();
        invocation.Deadline = _options.TimeProvider.GetUtcNow() + function.Timeout;
        sandbox.Give(invocation);
        var limit = Task.Delay(function.Timeout, _options.TimeProvider, timer.Token);
        await Task.WhenAny(invocation.Outcome.Task, exit, limit);
        var duration = Stopwatch.GetElapsedTime(started);
        var peak = sandbox.PeakMemoryMegabytes();
        await timer.CancelAsync();
        SandboxOutcome outcome;
        if (invocation.Outcome.Task.IsCompleted)
        {
            outcome = await invocation.Outcome.Task;
            Report(sandbox, invocation, duration, peak);
            if (exit.IsCompleted || deployed.Retired)
            {
                await EndAsync(sandbox);
            }
            else
            {
                deployed.Idle.Push(sandbox);
            }

            return outcome;
        }

        if (exit.IsCompleted || _lifetime.IsCancellationRequested)
        {
            sandbox.Kill();
            var reason = await sandbox.ExitReasonAsync();
            outcome = SandboxOutcome.Failure("Runtime.ExitError", $"RequestId: {invocation.RequestId} Error: {reason}");
            _log.Platform(sandbox, $"RequestId: {invocation.RequestId} Error: {reason}");
        }
        else
        {
            var message = string.Create(CultureInfo.InvariantCulture, $"Task timed out after {function.Timeout.TotalSeconds:F2} seconds");
            outcome = SandboxOutcome.Failure("Sandbox.Timedout", $"RequestId: {invocation.RequestId} Error: {message}");
            _log.Platform(sandbox, $"{JsonValues.Timestamp(_options.TimeProvider.GetUtcNow())} {invocation.RequestId} {message}");
        }

        Report(sandbox, invocation, duration, peak);
        await EndAsync(sandbox);
        return outcome;
    }

    private static async Task<SandboxOutcome> FailedInitAsync(Sandbox sandbox, Invocation invocation, bool timedOut)
    {
        if (timedOut)
        {
            return SandboxOutcome.Failure("Sandbox.Timedout", $"RequestId: {invocation.RequestId} Error: the function was not ready in time");
        }

        if (sandbox.InitError.IsCompleted)
        {
            return new SandboxOutcome(true, await sandbox.InitError);
        }

        var reason = await sandbox.ExitReasonAsync();
        // The error may have arrived just before the exit that follows it.
        return sandbox.InitError.IsCompleted
            ? new SandboxOutcome(true, await sandbox.InitError)
            : SandboxOutcome.Failure("Runtime.ExitError", $"RequestId: {invocation.RequestId} Error: {reason}");
    }

    private Sandbox? TakeIdle(Deployed deployed)
    {
        // The most recently used first, so that the others may be forgotten.
        while (deployed.Idle.TryPop(out var sandbox))
        {
            if (!sandbox.HasExited)
            {
                return sandbox;
            }

            _ = EndAsync(sandbox);
        }

        return null;
    }

    private Sandbox StartSandbox(Deployed deployed)
    {
        Sandbox sandbox;
        lock (_starting)
        {
            sandbox = Sandbox.Start(
                deployed.Function, deployed.Arn, _options, Endpoint, (stream, line) => _log.Write(deployed.Function.Name, stream, line));
            _sandboxes[sandbox.Id] = sandbox;
        }

        if (_lifetime.IsCancellationRequested)
        {
            sandbox.Kill();
        }

        return sandbox;
    }

    /// <summary>The sandbox of an id. Its process may ask before the thread that started it has gone on: it is known nevertheless.</summary>
    private Sandbox? Started(string id)
    {
        lock (_starting)
        {
            return _sandboxes.GetValueOrDefault(id);
        }
    }

    private async Task EndAsync(Sandbox sandbox)
    {
        await sandbox.DisposeAsync();
        _sandboxes.TryRemove(sandbox.Id, out _);
    }

    private void Report(Sandbox sandbox, Invocation invocation, TimeSpan duration, int peak)
    {
        var report = new InvocationReport(
            sandbox.Function.Name, invocation.RequestId, duration, sandbox.IsCold ? sandbox.InitDuration : null, sandbox.Function.MemoryMegabytes, peak);
        sandbox.IsCold = false;
        _reports.Enqueue(report);
        var init = report.InitDuration is { } time ? string.Create(CultureInfo.InvariantCulture, $" Init Duration: {time.TotalMilliseconds:F2} ms") : "";
        _log.Platform(sandbox, $"END RequestId: {report.RequestId}");
        _log.Platform(sandbox, string.Create(
            CultureInfo.InvariantCulture,
            $"REPORT RequestId: {report.RequestId} Duration: {duration.TotalMilliseconds:F2} ms Billed Duration: {Math.Ceiling((duration + (report.InitDuration ?? TimeSpan.Zero)).TotalMilliseconds):F0} ms Memory Size: {report.MemoryMegabytes} MB Max Memory Used: {peak} MB{init}"));
    }

    private Task ServeAsync(HttpContext context) =>
        context.Request.Path.StartsWithSegments("/sandboxes", out var rest) ? _runtimeApi.ServeAsync(context, rest.Value ?? "") : _invokeApi.ServeAsync(context);

    private sealed class Deployed(LambdaFunction function, string arn, int eventConcurrency)
    {
        internal int Busy;

        internal LambdaFunction Function { get; } = function;

        internal string Arn { get; } = arn;

        internal ConcurrentStack<Sandbox> Idle { get; } = new();

        internal SemaphoreSlim EventTurns { get; } = new(eventConcurrency);

        /// <summary>True when another deployment has taken its name.</summary>
        internal volatile bool Retired;
    }
}
