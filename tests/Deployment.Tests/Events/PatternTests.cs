using System.Text.Json;
using System.Text.Json.Nodes;
using SnapshotBridge.Deployment.Tests.Kit;
using SnapshotBridge.Local.StateMachine.Events;

namespace SnapshotBridge.Deployment.Tests.Events;

/// <summary>Each of the template's event patterns accepts the events that it is meant for, and no others.</summary>
public sealed class PatternTests
{
    public static TheoryData<string> Rules => [.. TemplateRules.Patterns.Keys];

    [Theory]
    [MemberData(nameof(Rules))]
    public void Pattern_Accepts_WhatItIsMeantForAndNothingElse(string rule)
    {
        var pattern = EventPattern.Parse(TemplateRules.Patterns[rule].ToJsonString());

        AssertMeantFor(rule, Events().Where(sample => pattern.Matches(sample.Value)).Select(sample => sample.Key));
    }

    /// <summary>The same by an evaluator that is not ours.</summary>
    [Fact]
    public async Task Patterns_InAnotherEvaluator_DecideTheSame()
    {
        await PythonTools.NeedAsync("moto");
        var script = new JsonObject
        {
            ["patterns"] = new JsonObject(TemplateRules.Patterns.Select(rule => KeyValuePair.Create(rule.Key, (JsonNode?)rule.Value.DeepClone()))),
            ["events"] = new JsonObject(Events().Select(sample => KeyValuePair.Create(sample.Key, (JsonNode?)sample.Value.DeepClone()))),
        };

        var result = await PythonTools.RunAsync([PythonTools.Script("match_events.py")], script.ToJsonString(), TestContext.Current.CancellationToken);

        Assert.True(result.ExitCode == 0, result.All);
        var accepted = JsonSerializer.Deserialize<Dictionary<string, string[]>>(result.Output)!;
        Assert.Equal(TemplateRules.Patterns.Keys.Order(StringComparer.Ordinal), accepted.Keys.Order(StringComparer.Ordinal));
        Assert.All(accepted, rule => AssertMeantFor(rule.Key, rule.Value));
    }

    [Fact]
    public void Samples_MeantForARule_FindThatRuleInTheTemplate() => Assert.All(
        SampleEvents.Samples.Keys.Select(SampleEvents.RuleFor).Where(rule => rule is not null),
        rule => Assert.Contains(rule!, TemplateRules.Patterns.Keys));

    /// <summary>A bucket of the template tells the function by itself; its filter takes the same markers as the rule.</summary>
    [Fact]
    public void Notification_OfTheBucket_TakesTheMarkersOfExports()
    {
        var filters = SamTemplate.Walk(SamTemplate.Shipped.Resources)
            .Where(entry => entry.Path.EndsWith("/S3Key/Rules", StringComparison.Ordinal))
            .Select(entry => entry.Value!.AsArray().ToDictionary(rule => SamTemplate.Text(rule!["Name"])!, rule => SamTemplate.Text(rule!["Value"])!));
        var notification = JsonNode.Parse(Repository.Text("infra", "events", "s3-marker-notification.json"))!;
        var key = notification["Records"]![0]!["s3"]!["object"]!["key"]!.GetValue<string>();

        var filter = Assert.Single(filters);
        Assert.Equal(["prefix", "suffix"], filter.Keys.Order(StringComparer.Ordinal));
        Assert.StartsWith(filter["prefix"], key, StringComparison.Ordinal);
        Assert.EndsWith(filter["suffix"], key, StringComparison.Ordinal);
        Assert.DoesNotContain("*", filter["prefix"] + filter["suffix"], StringComparison.Ordinal);
    }

    private static Dictionary<string, JsonObject> Events() =>
        SampleEvents.Samples.Concat(SampleEvents.Siblings).Concat(SampleEvents.Strangers).ToDictionary();

    private static void AssertMeantFor(string rule, IEnumerable<string> accepted)
    {
        var meant = Events().Keys.Where(name => SampleEvents.RuleFor(name) == rule).Order(StringComparer.Ordinal).ToList();

        Assert.True(meant.Count > 0, $"No event is meant for {rule}.");
        Assert.Equal(meant, accepted.Order(StringComparer.Ordinal));
    }
}
