using SnapshotBridge.Deployment.Tests.Kit;

namespace SnapshotBridge.Deployment.Tests.StateMachine;

/// <summary>Two linters that are not ours read the shipped state machine, as it is and with its substitutions filled in.</summary>
public sealed class LinterTests
{
    [Fact]
    public async Task Definition_BothLinters_HaveNoFinding()
    {
        var findings = await NodeLinters.LintAsync(
            new Dictionary<string, string> { ["raw"] = ShippedMachine.Raw, ["filled"] = ShippedMachine.Filled }, TestContext.Current.CancellationToken);

        Assert.All(findings.SelectMany(definition => definition.Value), linter => Assert.True(linter.Value.Length == 0, $"{linter.Key}: {string.Join("; ", linter.Value)}"));
        Assert.Equal(4, findings.Sum(definition => definition.Value.Count));
    }

    /// <summary>What each linter must refuse, so that its silence means something.</summary>
    [Fact]
    public async Task Definition_BrokenOnPurpose_IsRefused()
    {
        var broken = new Dictionary<string, string>
        {
            ["next"] = Changed("\"Next\": \"PlanCopy\"", "\"Next\": \"PlanCopi\""),
            ["type"] = Changed("\"Type\": \"Wait\"", "\"Type\": \"Pause\""),
            ["backoff"] = Changed("\"BackoffRate\": 1.5", "\"BackoffRate\": 0.5"),
        };

        var findings = await NodeLinters.LintAsync(broken, TestContext.Current.CancellationToken);

        foreach (var name in new[] { "next", "type" })
        {
            Assert.NotEmpty(findings[name][NodeLinters.Validator]);
            Assert.NotEmpty(findings[name][NodeLinters.LanguageService]);
        }

        Assert.NotEmpty(findings["backoff"][NodeLinters.LanguageService]);
    }

    private static string Changed(string from, string to)
    {
        Assert.Contains(from, ShippedMachine.Raw, StringComparison.Ordinal);
        return ShippedMachine.Raw.Replace(from, to, StringComparison.Ordinal);
    }
}
