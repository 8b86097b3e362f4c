using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using SnapshotBridge.Local.Aws.Http;
using SnapshotBridge.Local.Aws.Signing;
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

    private const string RuntimePath = "/2018-06-01/runtime/";

    private readonly LambdaServiceOptions _options;
    private readonly ConcurrentDictionary<string, Deployed> _functions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Sandbox> _sandboxes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Task, byte> _events = new();
    private readonly ConcurrentDictionary<Task, byte> _running = new();
    private readonly ConcurrentQueue<InvocationReport> _reports = new();
    private readonly CancellationTokenSource _lifetime = new();
    private readonly LambdaLog _log;
    private LoopbackServer? _server;
    private int _busy;
    private int _disposed;

    private LambdaService(LambdaServiceOptions options)
    {
        _options = options;
        _log = new LambdaLog(options);
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
            outcome = Failure("Runtime.ExitError", $"RequestId: {invocation.RequestId} Error: {reason}");
            _log.Platform(sandbox, $"RequestId: {invocation.RequestId} Error: {reason}");
        }
        else
        {
            var message = string.Create(CultureInfo.InvariantCulture, $"Task timed out after {function.Timeout.TotalSeconds:F2} seconds");
            outcome = Failure("Sandbox.Timedout", $"RequestId: {invocation.RequestId} Error: {message}");
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
            return Failure("Sandbox.Timedout", $"RequestId: {invocation.RequestId} Error: the function was not ready in time");
        }

        if (sandbox.InitError.IsCompleted)
        {
            return new SandboxOutcome(true, await sandbox.InitError);
        }

        var reason = await sandbox.ExitReasonAsync();
        // The error may have arrived just before the exit that follows it.
        return sandbox.InitError.IsCompleted
            ? new SandboxOutcome(true, await sandbox.InitError)
            : Failure("Runtime.ExitError", $"RequestId: {invocation.RequestId} Error: {reason}");
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
        var sandbox = Sandbox.Start(
            deployed.Function, deployed.Arn, _options, Endpoint, (stream, line) => _log.Write(deployed.Function.Name, stream, line));
        _sandboxes[sandbox.Id] = sandbox;
        if (_lifetime.IsCancellationRequested)
        {
            sandbox.Kill();
        }

        return sandbox;
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

    private static SandboxOutcome Failure(string type, string message) =>
        new(true, Encoding.UTF8.GetBytes(JsonValues.Text(new JsonObject { ["errorType"] = type, ["errorMessage"] = message })));

    private Task ServeAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "";
        return path.StartsWith("/sandboxes/", StringComparison.Ordinal) ? ServeRuntimeAsync(context, path) : ServeInvocationAsync(context, path);
    }

    /// <summary>The Runtime API, for the sandbox whose id the path holds.</summary>
    private async Task ServeRuntimeAsync(HttpContext context, string path)
    {
        var parts = path.Split('/', 4);
        var rest = parts.Length == 4 ? "/" + parts[3] : "";
        if (!_sandboxes.TryGetValue(parts[2], out var sandbox) || !rest.StartsWith(RuntimePath, StringComparison.Ordinal))
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        rest = rest[RuntimePath.Length..];
        if (HttpMethods.IsGet(context.Request.Method) && rest == "invocation/next")
        {
            await ServeNextAsync(context, sandbox);
            return;
        }

        var body = await ReadAsync(context.Request, SynchronousPayloadBytes);
        if (HttpMethods.IsPost(context.Request.Method) && rest == "init/error")
        {
            sandbox.FailInit(body);
            context.Response.StatusCode = StatusCodes.Status202Accepted;
            return;
        }

        var steps = rest.Split('/');
        if (HttpMethods.IsPost(context.Request.Method) && steps is ["invocation", var requestId, "response" or "error"])
        {
            var outcome = body.Length <= SynchronousPayloadBytes
                ? new SandboxOutcome(steps[2] == "error", body)
                : Failure("Function.ResponseSizeTooLarge", $"Response payload size exceeded maximum allowed payload size ({SynchronousPayloadBytes} bytes).");
            var accepted = sandbox.TryAnswer(requestId, outcome);
            context.Response.StatusCode = accepted ? StatusCodes.Status202Accepted : StatusCodes.Status400BadRequest;
            return;
        }

        context.Response.StatusCode = StatusCodes.Status404NotFound;
    }

    private static async Task ServeNextAsync(HttpContext context, Sandbox sandbox)
    {
        Invocation invocation;
        try
        {
            invocation = await sandbox.NextAsync(context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The sandbox has gone.
            return;
        }

        var headers = context.Response.Headers;
        headers["Lambda-Runtime-Aws-Request-Id"] = invocation.RequestId;
        headers["Lambda-Runtime-Deadline-Ms"] = invocation.Deadline.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        headers["Lambda-Runtime-Invoked-Function-Arn"] = invocation.FunctionArn;
        headers["Lambda-Runtime-Trace-Id"] = $"Root=1-{invocation.Deadline.ToUnixTimeSeconds():x8}-{Guid.NewGuid():N}"[..40] + ";Sampled=0";
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = invocation.Payload.Length;
        await context.Response.Body.WriteAsync(invocation.Payload, context.RequestAborted);
    }

    /// <summary>Lambda's Invoke over HTTP.</summary>
    private async Task ServeInvocationAsync(HttpContext context, string path)
    {
        var steps = path.Split('/');
        if (!HttpMethods.IsPost(context.Request.Method) || steps is not ["", "2015-03-31", "functions", var name, "invocations"])
        {
            await RefuseAsync(context, 404, "ResourceNotFoundException", $"There is nothing at {context.Request.Method} {path}.");
            return;
        }

        var body = await ReadAsync(context.Request, SynchronousPayloadBytes);
        if (body.Length > SynchronousPayloadBytes)
        {
            await RefuseAsync(context, 413, "RequestTooLargeException", $"The payload is larger than {SynchronousPayloadBytes} bytes.");
            return;
        }

        var signature = SigV4.Verify(context.Request, body, "lambda", _options.Region, _options.AccessKeys, _options.TimeProvider);
        if (!signature.Succeeded)
        {
            await RefuseAsync(context, 403, signature.Failure == SigV4Failure.Missing ? "MissingAuthenticationTokenException" : "InvalidSignatureException", signature.Message);
            return;
        }

        var asked = context.Request.Headers["X-Amz-Invocation-Type"].ToString();
        if (asked is not ("" or "RequestResponse" or "Event"))
        {
            await RefuseAsync(context, 400, "InvalidParameterValueException", $"The invocation type '{asked}' is not implemented.");
            return;
        }

        try
        {
            var type = asked == "Event" ? LambdaInvocationType.Event : LambdaInvocationType.RequestResponse;
            var result = await InvokeAsync(Uri.UnescapeDataString(name), body.Length == 0 ? "{}"u8.ToArray() : body, type, context.RequestAborted);
            context.Response.StatusCode = result.StatusCode;
            context.Response.Headers["X-Amz-Executed-Version"] = result.ExecutedVersion;
            context.Response.Headers["x-amzn-RequestId"] = result.RequestId;
            if (result.FunctionError is not null)
            {
                context.Response.Headers["X-Amz-Function-Error"] = result.FunctionError;
            }

            context.Response.ContentType = "application/json";
            await context.Response.Body.WriteAsync(result.Payload, context.RequestAborted);
        }
        catch (LambdaServiceException e)
        {
            await RefuseAsync(context, e.StatusCode, e.Code, e.Message);
        }
    }

    /// <summary>The whole body, or its first bytes beyond the limit: what is too long is not kept.</summary>
    private static async Task<byte[]> ReadAsync(HttpRequest request, int limit)
    {
        using var body = new MemoryStream();
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted)) > 0)
        {
            if (body.Length <= limit)
            {
                body.Write(buffer, 0, read);
            }
        }

        return body.ToArray();
    }

    private static async Task RefuseAsync(HttpContext context, int status, string code, string message)
    {
        context.Response.StatusCode = status;
        context.Response.Headers["x-amzn-ErrorType"] = code;
        context.Response.ContentType = "application/json";
        var body = JsonValues.Text(new JsonObject { ["Type"] = status < 500 ? "User" : "Service", ["Message"] = message });
        await context.Response.WriteAsync(body, context.RequestAborted);
    }

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
