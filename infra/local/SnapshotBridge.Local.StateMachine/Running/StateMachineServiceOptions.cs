namespace SnapshotBridge.Local.StateMachine.Running;

/// <summary>What a <see cref="StateMachineService"/> works with.</summary>
public sealed record StateMachineServiceOptions
{
    /// <summary>Whom Task states call.</summary>
    public required ILambdaInvoker Lambda { get; init; }

    /// <summary>Where ItemReaders read; without one they fail.</summary>
    public IObjectReader? Objects { get; init; }

    public string Region { get; init; } = "us-east-1";

    public string AccountId { get; init; } = "123456789012";

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>
    /// How many times faster waiting passes than it would in the service; 1 by default, at least 1. Wait states, the
    /// intervals of Retry, and the part of a <c>.waitForTaskToken</c> task's TimeoutSeconds and HeartbeatSeconds that
    /// passes after its function has returned are divided by it. The TimeoutSeconds of a synchronous Task, the time that
    /// a function may run, and the TimeoutSeconds of a whole execution are never shortened.
    /// </summary>
    public double WaitFactor { get; init; } = 1;

    /// <summary>A number from 0 to 1 for the jitter of retries.</summary>
    public Func<double> Random { get; init; } = DefaultRandom;

    public IExecutionObserver? Observer { get; init; }

    // CA5394: jitter needs no secrecy.
#pragma warning disable CA5394
    private static double DefaultRandom() => System.Random.Shared.NextDouble();
#pragma warning restore CA5394
}
