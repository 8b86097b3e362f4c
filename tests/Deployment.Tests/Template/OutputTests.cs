using System.Text.RegularExpressions;
using SnapshotBridge.Deployment.Tests.Kit;

namespace SnapshotBridge.Deployment.Tests.Template;

/// <summary>The commands among the outputs can be pasted: their scripts, resources and options exist.</summary>
public sealed partial class OutputTests
{
    private static readonly Dictionary<string, string> Pseudo = new()
    {
        ["AWS::AccountId"] = "123456789012",
        ["AWS::Partition"] = "aws",
        ["AWS::Region"] = "us-east-1",
        ["AWS::StackName"] = "shop-bridge",
        ["BridgeStateMachine"] = "arn:aws:states:us-east-1:123456789012:stateMachine:shop-bridge",
    };

    public static TheoryData<string> Commands =>
    [
        .. SamTemplate.Shipped.Outputs
            .Where(output => Command(output.Key) is { } command && (command.StartsWith("aws ", StringComparison.Ordinal) || command.StartsWith("bash ", StringComparison.Ordinal)))
            .Select(output => output.Key),
    ];

    public static TheoryData<string> AwsCommands => [.. Commands.Select(output => output.Data).Where(output => Command(output)!.StartsWith("aws ", StringComparison.Ordinal))];

    [Fact]
    public void Outputs_HaveCommandsToStartWatchAndRedriveARun()
    {
        var commands = Commands.Select(output => Command(output.Data)!).ToList();

        foreach (var needed in new[] { "stepfunctions start-execution", "stepfunctions redrive-execution", "infra/preflight.sh" })
        {
            Assert.Contains(commands, command => command.Contains(needed, StringComparison.Ordinal));
        }

        Assert.Contains(commands, command => command.Contains("list-executions", StringComparison.Ordinal) || command.Contains("describe-execution", StringComparison.Ordinal) || command.Contains("run-export.sh", StringComparison.Ordinal));
    }

    [Fact]
    public void Outputs_All_AreDescribedAndTellNoSecret() => Assert.All(SamTemplate.Shipped.Outputs, output =>
    {
        Assert.False(string.IsNullOrWhiteSpace(SamTemplate.Text(output.Value!["Description"])), $"{output.Key} has no description.");
        Assert.DoesNotContain("{{resolve:", output.Value.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("SecretString", output.Value.ToJsonString(), StringComparison.Ordinal);
    });

    [Theory]
    [MemberData(nameof(Commands))]
    public void Command_References_ExistUnderTheSameCondition(string output)
    {
        var own = SamTemplate.Text(SamTemplate.Shipped.Outputs[output]!["Condition"]);

        foreach (var name in SamTemplate.References(SamTemplate.Shipped.Outputs[output]!["Value"]).Select(name => name.Split('.')[0]).Where(name => !name.StartsWith("AWS::", StringComparison.Ordinal)))
        {
            Assert.True(SamTemplate.Shipped.Resources.ContainsKey(name) || SamTemplate.Shipped.Parameters.ContainsKey(name), $"{output} refers to {name}, which does not exist.");
            var condition = SamTemplate.Text(SamTemplate.Shipped.Resources[name]?["Condition"]);
            Assert.True(condition is null || condition == own, $"{output} refers to {name}, which exists only when {condition}.");
        }
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Command_Scripts_Exist(string output) => Assert.All(
        ScriptName().Matches(Command(output)!).Select(match => match.Value),
        script => Assert.True(File.Exists(Repository.Path(script)), $"{output} runs {script}, which does not exist."));

    /// <summary>The AWS CLI checks a command's options and their types before it calls anything; here nobody is there to be called.</summary>
    [Theory]
    [MemberData(nameof(AwsCommands))]
    public async Task Command_OfTheAwsCli_IsAcceptedByIt(string output)
    {
        var command = Command(output)!.Split(" | ")[0];
        Assert.SkipUnless(ExternalTool.Exists("aws") && ExternalTool.Exists("bash"), "the AWS CLI or bash is not on the PATH.");
        var folder = Repository.Scratch("outputs");
        foreach (var file in FileName().Matches(command).Select(match => match.Groups[1].Value))
        {
            await File.WriteAllTextAsync(Path.Combine(folder, file), "{}", TestContext.Current.CancellationToken);
        }

        var offline = $"AWS_MAX_ATTEMPTS=1 {command} --endpoint-url http://127.0.0.1:9 --no-sign-request";
        var result = await ExternalTool.RunAsync("bash", ["-c", offline], folder, null, TestContext.Current.CancellationToken);

        Assert.True(result.Error.Contains("Could not connect to the endpoint URL", StringComparison.Ordinal), $"{offline}\n{result.All}");
    }

    /// <summary>An output's text with sample values in it.</summary>
    private static string? Command(string output)
    {
        var value = SamTemplate.Shipped.Outputs[output]!["Value"];
        var text = SamTemplate.Text(value?["Fn::Sub"]) ?? SamTemplate.Text(value);
        return text is null ? null : SamTemplate.Fill(text, name => Pseudo.GetValueOrDefault(name, $"sample-{name.ToLowerInvariant()}")).ReplaceLineEndings(" ").Trim();
    }

    [GeneratedRegex(@"infra/[A-Za-z0-9_./-]+\.sh")]
    private static partial Regex ScriptName();

    [GeneratedRegex(@"file://([A-Za-z0-9_.-]+)")]
    private static partial Regex FileName();
}
