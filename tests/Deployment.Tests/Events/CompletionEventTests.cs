using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using SnapshotBridge.Announcing;
using SnapshotBridge.Deployment.Tests.Kit;
using SnapshotBridge.Deployment.Tests.Operations;
using SnapshotBridge.Deployment.Tests.Permissions;
using SnapshotBridge.Local.StateMachine.Events;

namespace SnapshotBridge.Deployment.Tests.Events;

/// <summary>The completion event as the guide explains it, the sample shows it and the code sends it: one and the same.</summary>
public sealed partial class CompletionEventTests
{
    private static readonly JsonObject Sample = SampleEvents.Samples["run-completed"];

    [Fact]
    public void Sample_IsExactlyWhatTheCodeWrites()
    {
        var completion = Sample["detail"].Deserialize(AnnouncingJson.Default.RunCompletion)!;

        Assert.Equal((RunCompletion.Source, RunCompletion.DetailType), ((string?)Sample["source"], (string?)Sample["detail-type"]));
        Assert.Equal(RunCompletion.CurrentVersion, completion.Version);
        Assert.True(JsonNode.DeepEquals(Sample["detail"], JsonNode.Parse(completion.ToJson())), completion.ToJson());
    }

    [Fact]
    public void Guide_ExplainsEveryFieldOfTheDetail()
    {
        var explained = FieldName().Matches(string.Join('\n', Guide.Section("Completion event").Split('\n').Where(line => line.StartsWith("| `detail.", StringComparison.Ordinal))))
            .Select(match => match.Groups[1].Value).ToHashSet(StringComparer.Ordinal);

        Assert.All(AnnouncingJson.Default.RunCompletion.Properties.Select(property => property.Name), name => Assert.Contains(name, explained));
    }

    [Fact]
    public void RuleOfTheGuide_TakesTheSampleAndNoOtherVerdictOrSchema()
    {
        var yaml = Yaml().Match(Guide.Section("Completion event")).Groups[1].Value;
        var rule = SamTemplate.Parse(yaml).Root.Single();
        Assert.Equal("AWS::Events::Rule", SamTemplate.Text(rule.Value!["Type"]));
        var pattern = EventPattern.Parse(rule.Value["Properties"]!["EventPattern"]!.ToJsonString());

        Assert.True(pattern.Matches(Sample));
        Assert.False(pattern.Matches(Changed(detail => detail["verdict"] = "TABLES_FAILED")));
        Assert.False(pattern.Matches(Changed(detail => detail["publish"] = "replace")));
        Assert.False(pattern.Matches(Changed(detail => detail["schemas"]!.AsArray().RemoveAt(0))));
        Assert.DoesNotContain(SampleEvents.Strangers.Values.Concat(SampleEvents.Siblings.Values), pattern.Matches);
    }

    [Fact]
    public void Rules_OfTheTemplate_LeaveItToConsumers() =>
        Assert.DoesNotContain(TemplateRules.Patterns.Values, pattern => EventPattern.Parse(pattern.ToJsonString()).Matches(Sample));

    [Fact]
    public void Role_MaySendOnlyAsTheSourceThatTheCodeUses()
    {
        var statement = IamRole.StatementsOf(SamTemplate.Shipped.Properties("LoadTablesFunctionRole")["Policies"]![0]!["PolicyDocument"])
            .Single(candidate => SamTemplate.Texts(candidate["Action"]).Contains("events:PutEvents"));

        Assert.Equal(RunCompletion.Source, SamTemplate.Text(statement["Condition"]!["ForAllValues:StringEquals"]!["events:source"]));
    }

    private static JsonObject Changed(Action<JsonNode> change)
    {
        var changed = Sample.DeepClone().AsObject();
        change(changed["detail"]!);
        return changed;
    }

    [GeneratedRegex(@"`(?:detail\.)?([A-Za-z]+)`")]
    private static partial Regex FieldName();

    [GeneratedRegex(@"```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Yaml();
}
