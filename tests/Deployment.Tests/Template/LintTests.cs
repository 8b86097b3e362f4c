using System.Text.Json.Nodes;
using SnapshotBridge.Deployment.Tests.Kit;

namespace SnapshotBridge.Deployment.Tests.Template;

/// <summary>
/// cfn-lint has nothing to say about the template and about what the SAM translator makes of it; the second pass sees
/// wrong IAM actions, which the first keeps silent about. Exceptions stand in the template, with their reason.
/// </summary>
public sealed class LintTests
{
    private static readonly string[] Regions = ["us-east-1", "eu-west-1"];

    private static CancellationToken End => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Template_CfnLint_HasNoFinding()
    {
        await PythonTools.NeedAsync("cfnlint");

        var result = await LintAsync(Repository.Path("template.yaml"));

        Assert.True(result.ExitCode == 0, result.All);
    }

    [Fact]
    public async Task TransformedTemplate_CfnLint_HasNoFinding()
    {
        await PythonTools.NeedAsync("cfnlint", "samtranslator");

        var result = await LintAsync(await TransformAsync("shipped", Repository.Text("template.yaml")));

        Assert.True(result.ExitCode == 0, result.All);
    }

    /// <summary>The only role that SAM adds to those of the template lets EventBridge start the state machine, and nothing else.</summary>
    [Fact]
    public async Task TransformedTemplate_Roles_AreTheTemplatesAndOneThatStartsTheStateMachine()
    {
        await PythonTools.NeedAsync("samtranslator");
        var resources = JsonNode.Parse(await File.ReadAllTextAsync(await TransformAsync("roles", Repository.Text("template.yaml")), End))!["Resources"]!.AsObject();
        var own = SamTemplate.Shipped.OfType("AWS::IAM::Role").Select(role => role.Id);

        var added = resources.Where(resource => SamTemplate.Text(resource.Value!["Type"]) == "AWS::IAM::Role").Select(resource => resource.Key).Except(own);

        var role = resources[Assert.Single(added)]!["Properties"]!;
        Assert.Equal("events.amazonaws.com", Assert.Single(SamTemplate.Texts(role["AssumeRolePolicyDocument"]!["Statement"]![0]!["Principal"]!["Service"])));
        var statement = Assert.Single(Assert.Single(role["Policies"]!.AsArray())!["PolicyDocument"]!["Statement"]!.AsArray())!;
        Assert.Equal(["states:StartExecution"], SamTemplate.Texts(statement["Action"]));
        Assert.Equal([StateMachineWiring.Machine.Id], SamTemplate.References(statement["Resource"]));
        Assert.Null(role["ManagedPolicyArns"]);
    }

    [Fact]
    public async Task Template_WithAnUnknownRuntime_IsRefused()
    {
        await PythonTools.NeedAsync("cfnlint");
        var file = Path.Combine(Repository.Scratch("lint"), "runtime.yaml");
        await File.WriteAllTextAsync(file, Changed("Runtime: dotnet10", "Runtime: dotnet11"), End);

        var result = await LintAsync(file);

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("dotnet11", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TransformedTemplate_WithAnUnknownAction_IsRefused()
    {
        await PythonTools.NeedAsync("cfnlint", "samtranslator");
        var file = await TransformAsync("action", Changed("rds:DescribeExportTasks", "rds:DescribeExportTask"));

        var result = await LintAsync(file);

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("W3037", result.Output, StringComparison.Ordinal);
    }

    /// <summary>One place for exceptions: the template itself, each under a comment that says why.</summary>
    [Fact]
    public void Exceptions_OfTheLinter_HaveAReason()
    {
        Assert.False(File.Exists(Repository.Path(".cfnlintrc")) || File.Exists(Repository.Path(".cfnlintrc.yaml")), "Exceptions stand in template.yaml.");
        var lines = Repository.Text("template.yaml").Split('\n');

        Assert.All(
            Enumerable.Range(0, lines.Length).Where(line => lines[line].Contains("ignore_checks", StringComparison.Ordinal)),
            line => Assert.True(lines[line - 1].TrimStart().StartsWith('#'), $"template.yaml, line {line + 1}: the exception has no reason above it."));
    }

    private static string Changed(string from, string to)
    {
        var template = Repository.Text("template.yaml");
        Assert.Contains(from, template, StringComparison.Ordinal);
        return template.Replace(from, to, StringComparison.Ordinal);
    }

    private static async Task<string> TransformAsync(string name, string template)
    {
        var folder = Repository.Scratch("lint");
        var source = Path.Combine(folder, $"{name}.yaml");
        await File.WriteAllTextAsync(source, template, End);
        var result = await PythonTools.RunAsync([PythonTools.Script("transform.py"), source], null, End);
        Assert.True(result.ExitCode == 0, result.All);
        var file = Path.Combine(folder, $"{name}.transformed.json");
        await File.WriteAllTextAsync(file, result.Output, End);
        return file;
    }

    private static Task<ToolResult> LintAsync(string file) =>
        PythonTools.RunAsync(["-c", "from cfnlint.runner import main; main()", "-t", file, "-r", .. Regions], null, End);
}
