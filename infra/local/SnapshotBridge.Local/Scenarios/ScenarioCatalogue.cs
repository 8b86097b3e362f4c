using SnapshotBridge.Local.Running;

namespace SnapshotBridge.Local.Scenarios;

/// <summary>All scenarios, in the order of the pipeline.</summary>
public static class ScenarioCatalogue
{
    /// <summary>The run without a provoked case.</summary>
    private static readonly Scenario Plain = new("plain", "The whole pipeline, undisturbed.", (run, token) => run.RunAsync(token)) { SizeMb = 100 };

    public static IReadOnlyList<Scenario> All { get; } =
    [
        .. ExportScenarios.All, .. DeploymentScenarios.All, .. CopyScenarios.All, .. LoadScenarios.All, .. TypeScenarios.All,
        .. RefusalScenarios.All, .. TableScenarios.All, .. PublishScenarios.All, .. BadInputScenarios.All,
    ];

    /// <exception cref="LocalRunException">There is no scenario of that name.</exception>
    public static Scenario Find(string? name) => name is null
        ? Plain
        : All.FirstOrDefault(scenario => scenario.Name == name)
          ?? throw new LocalRunException("UnknownScenario", "setup", $"There is no scenario '{name}'. --list-scenarios lists them.");
}
