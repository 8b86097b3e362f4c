using System.Text.Json;

namespace SnapshotBridge.Deployment.Tests.Kit;

/// <summary>
/// Two state machine linters from npm, installed below artifacts as the lock file beside the tests says, without running
/// any package's scripts. Where npm or its registry is missing, tests skip.
/// </summary>
internal static class NodeLinters
{
    public const string Validator = "asl-validator";
    public const string LanguageService = "language-service";

    private static readonly Lazy<Task<(string? Folder, string? Reason)>> Installed = new(InstallAsync);

    /// <summary>The findings per definition and linter.</summary>
    public static async Task<Dictionary<string, Dictionary<string, string[]>>> LintAsync(
        IReadOnlyDictionary<string, string> definitions, CancellationToken cancellationToken)
    {
        var (folder, reason) = await Installed.Value;
        Assert.SkipWhen(folder is null, reason ?? "");
        var result = await ExternalTool.RunAsync(
            "node", [Path.Combine(Repository.Tools, "lint_state_machines.cjs")], folder!, JsonSerializer.Serialize(definitions), cancellationToken);
        Assert.True(result.ExitCode == 0, result.All);
        return JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, string[]>>>(result.Output)!;
    }

    private static async Task<(string? Folder, string? Reason)> InstallAsync()
    {
        if (!ExternalTool.Exists("npm") || !ExternalTool.Exists("node"))
        {
            return (null, "node and npm are not on the PATH.");
        }

        var folder = Repository.Scratch("linters");
        var locked = Path.Combine(Repository.Tools, "package-lock.json");
        var marker = Path.Combine(folder, "installed-package-lock.json");
        if (File.Exists(marker) && await File.ReadAllTextAsync(marker) == await File.ReadAllTextAsync(locked))
        {
            return (folder, null);
        }

        File.Copy(locked, Path.Combine(folder, "package-lock.json"), overwrite: true);
        File.Copy(Path.Combine(Repository.Tools, "package.json"), Path.Combine(folder, "package.json"), overwrite: true);
        var result = await ExternalTool.RunAsync(
            "npm",
            ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=20000"],
            folder,
            null,
            CancellationToken.None);
        if (result.ExitCode != 0)
        {
            return (null, $"npm could not install the linters: {FirstError(result)}");
        }

        File.Copy(locked, marker, overwrite: true);
        return (folder, null);
    }

    private static string FirstError(ToolResult result) =>
        result.Error.Split('\n').FirstOrDefault(line => line.StartsWith("npm error", StringComparison.Ordinal)) ?? $"exit code {result.ExitCode}";
}
