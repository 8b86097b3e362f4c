using SnapshotBridge.Configuration;
using SnapshotBridge.Exports;
using SnapshotBridge.Requests;

namespace SnapshotBridge.Sweeping;

/// <summary>The settings of the schedule's function.</summary>
public sealed record SweepOptions
{
    /// <summary>
    /// The oldest snapshot that may be asked for. Step Functions forgets an execution's name after 90 days, and with it
    /// what was bridged already; this stays well below.
    /// </summary>
    public const int MaxLookbackDays = 60;

    /// <summary>The bucket with our documents.</summary>
    public required ExportLocation Location { get; init; }

    /// <summary>Whose snapshots are bridged.</summary>
    public required RequestContext Requests { get; init; }

    public required string StateMachineArn { get; init; }

    /// <summary>How old a snapshot may be; a week by default.</summary>
    public TimeSpan Lookback { get; init; } = TimeSpan.FromDays(7);

    /// <exception cref="InvalidOptionsException">Settings are missing or invalid; all are named.</exception>
    public static SweepOptions Read(EnvironmentReader environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        var options = new SweepOptions
        {
            Location = ExportLocation.Read(environment),
            Requests = new RequestContext(environment.Required("AWS_REGION"), environment.List("SOURCE_DATABASES")),
            StateMachineArn = MachineArn(environment),
            Lookback = TimeSpan.FromDays(environment.Number("SWEEP_LOOKBACK_DAYS", 7, 1, MaxLookbackDays)),
        };
        environment.ThrowIfInvalid("Sweep");
        return options;
    }

    private static string MachineArn(EnvironmentReader environment)
    {
        var arn = environment.Required("STATE_MACHINE_ARN");
        if (arn.Length > 0 && !(arn.StartsWith("arn:", StringComparison.Ordinal) && arn.Contains(":stateMachine:", StringComparison.Ordinal)))
        {
            environment.Problem("STATE_MACHINE_ARN", arn, "must be the ARN of a state machine (arn:aws:states:<region>:<account>:stateMachine:<name>)");
        }

        return arn;
    }
}
