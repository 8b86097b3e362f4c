using SnapshotBridge.Deployment.Tests.Kit;

namespace SnapshotBridge.Deployment.Tests.Infra;

/// <summary>Shell scripts are read by their own tools, where those are installed.</summary>
public sealed class ScriptTests
{
    public static TheoryData<string> Scripts =>
    [
        .. new[] { "infra", "tests" }
            .SelectMany(folder => Directory.EnumerateFiles(Repository.Path(folder), "*.sh", SearchOption.AllDirectories))
            .Select(file => Path.GetRelativePath(Repository.Root, file))
            .Where(file => !file.Contains("node_modules", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];

    private static CancellationToken End => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task Script_Parses(string script)
    {
        Assert.SkipUnless(ExternalTool.Exists("bash"), "bash is not on the PATH.");

        var result = await ExternalTool.RunAsync("bash", ["-n", script], Repository.Root, null, End);

        Assert.True(result.ExitCode == 0, result.All);
    }

    [Fact]
    public async Task Scripts_ShellCheck_HasNoFinding()
    {
        Assert.SkipUnless(ExternalTool.Exists("shellcheck"), "shellcheck is not on the PATH.");

        var result = await ExternalTool.RunAsync("shellcheck", ["--severity=warning", .. Scripts.Select(script => script.Data)], Repository.Root, null, End);

        Assert.True(result.ExitCode == 0, result.All);
    }

    [Theory]
    [MemberData(nameof(Scripts))]
    public void Script_StopsAtItsFirstError(string script) => Assert.True(
        Repository.Text(script).Split('\n').Any(line => line.StartsWith("set -", StringComparison.Ordinal) && line.Contains('u', StringComparison.Ordinal) && line.Contains("pipefail", StringComparison.Ordinal)),
        $"{script} has no 'set -euo pipefail'.");
}
