using SnapshotBridge.Local.Aws.Signing;

namespace SnapshotBridge.Local.StateMachine.Lambda;

/// <summary>What a <see cref="LambdaService"/> works with.</summary>
public sealed record LambdaServiceOptions
{
    /// <summary>The program that runs in each sandbox: SnapshotBridge.Local.FunctionHost.dll with its runtimeconfig beside it.</summary>
    public required string FunctionHostPath { get; init; }

    /// <summary>Where each function's log goes, one file <c>&lt;function&gt;.log</c>; null for none.</summary>
    public string? LogFolder { get; init; }

    /// <summary>Gets every log line. Called by several sandboxes at a time; must not throw.</summary>
    public Action<LambdaLogLine>? OnLog { get; init; }

    /// <summary>Gets every asynchronous call that failed for good; Lambda would hand it to the failure destination.</summary>
    public Action<FailedEvent>? OnEventFailed { get; init; }

    /// <summary>The loopback port of the invocation and runtime APIs; 0 for any.</summary>
    public int Port { get; init; }

    /// <summary>
    /// The access keys that the HTTP invocation API accepts; with none it refuses every call. The Runtime API asks for no
    /// signature: each sandbox has a random address.
    /// </summary>
    public IReadOnlyList<AwsAccessKey> AccessKeys { get; init; } = [];

    public string Region { get; init; } = "us-east-1";

    public string AccountId { get; init; } = "123456789012";

    /// <summary>How many sandboxes may be busy at a time; more calls are throttled. Lambda's own default is 1,000.</summary>
    public int AccountConcurrency { get; init; } = 1_000;

    /// <summary>
    /// How long a sandbox may take to get ready. Lambda allows 10 s and then starts again within the invocation; here a
    /// busy machine gets more, and none of it counts against the function's own timeout.
    /// </summary>
    public TimeSpan InitTimeout { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>The waits before the retries of a failed asynchronous call. Lambda waits 1 and 2 minutes.</summary>
    public IReadOnlyList<TimeSpan> EventRetryDelays { get; init; } = [TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2)];

    /// <summary>
    /// How many asynchronous calls of one function are under way at a time; the others wait in its queue. Lambda starts a
    /// sandbox for each, which a machine of few processors pays for dearly.
    /// </summary>
    public int EventConcurrency { get; init; } = int.MaxValue;

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}

/// <summary>One deployed function.</summary>
public sealed record LambdaFunction
{
    public required string Name { get; init; }

    /// <summary>Its ARN; null for the one that the name gives.</summary>
    public string? Arn { get; init; }

    /// <summary>The build output that holds the assembly, its deps.json and everything it needs.</summary>
    public required string AssemblyFolder { get; init; }

    /// <summary><c>Assembly::Namespace.Type::Method</c>.</summary>
    public required string Handler { get; init; }

    /// <summary>1 second to 15 minutes.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>128 to 10,240 MB. The GC's heap gets 75 % of it, as in a container of that size.</summary>
    public required int MemoryMegabytes { get; init; }

    /// <summary>The function's environment variables; sandboxes inherit none of this process's own but the few that a .NET program needs.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>How many calls of it may run at a time; null for no limit of its own.</summary>
    public int? ReservedConcurrency { get; init; }
}

/// <summary>One line that a function, or the platform for it, wrote.</summary>
/// <param name="Function">The function's name.</param>
/// <param name="Sandbox">The sandbox's log stream.</param>
/// <param name="Line">The line; a function's own lines are JSON.</param>
public sealed record LambdaLogLine(string Function, string Sandbox, string Line);

/// <summary>An asynchronous call that failed and is not tried again.</summary>
public sealed record FailedEvent(string Function, string RequestId, ReadOnlyMemory<byte> Payload, int Attempts, string Error);

/// <summary>What one invocation took: the figures of its REPORT line.</summary>
/// <param name="Function">The function's name.</param>
/// <param name="RequestId">The invocation's id.</param>
/// <param name="Duration">From handing over the event to the response.</param>
/// <param name="InitDuration">How long the sandbox took to get ready, for its first invocation; else null.</param>
/// <param name="MemoryMegabytes">The function's memory size.</param>
/// <param name="PeakMemoryMegabytes">The sandbox's peak resident set so far; 0 where the system does not tell.</param>
public sealed record InvocationReport(
    string Function, string RequestId, TimeSpan Duration, TimeSpan? InitDuration, int MemoryMegabytes, int PeakMemoryMegabytes);
