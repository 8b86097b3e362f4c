using SnapshotBridge.Local.Cloud;
using SnapshotBridge.Local.Running;

namespace SnapshotBridge.Local.Scenarios;

/// <summary>One case that the local run can provoke.</summary>
/// <param name="Name">What <c>--scenario</c> takes.</param>
/// <param name="Summary">What is provoked and how it must end.</param>
/// <param name="PlayAsync">Provokes it, states what must be so, and gives back the last execution's end.</param>
public sealed record Scenario(string Name, string Summary, Func<RunSession, CancellationToken, Task<RunOutcome>> PlayAsync)
{
    /// <summary>What the case needs of the cloud's set-up.</summary>
    public Func<LocalCloudOptions, LocalCloudOptions> Adjust { get; init; } = options => options;

    /// <summary>Megabytes of Parquet unless the command line says otherwise: a case does not need much.</summary>
    public double SizeMb { get; init; } = 2;
}
