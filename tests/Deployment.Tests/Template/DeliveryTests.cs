using System.Text.Json.Nodes;
using SnapshotBridge.Deployment.Tests.Kit;

namespace SnapshotBridge.Deployment.Tests.Template;

/// <summary>No event gets lost without a trace, and no log is kept for ever.</summary>
public sealed class DeliveryTests
{
    private static SamTemplate Template => SamTemplate.Shipped;

    /// <summary>Functions that something invokes without waiting for the answer: S3, EventBridge, a schedule.</summary>
    public static TheoryData<string> AsynchronousFunctions =>
    [
        .. Template.OfType("AWS::Serverless::Function").Select(function => function.Id)
            .Except(StateMachineWiring.InvokedFunctions),
    ];

    /// <summary>Every target of a rule or schedule, in whichever form the template has it.</summary>
    public static TheoryData<string> Targets => [.. FindTargets().Keys];

    [Theory]
    [MemberData(nameof(AsynchronousFunctions))]
    public void AsynchronousFunction_KeepsWhatItFails(string id)
    {
        var settings = Template.Properties(id)["EventInvokeConfig"] ?? Template.FunctionGlobals["EventInvokeConfig"];

        Assert.NotNull(settings);
        Assert.NotNull(settings["MaximumRetryAttempts"]);
        Assert.NotNull(settings["MaximumEventAgeInSeconds"]);
        Assert.Equal("SQS", SamTemplate.Text(settings["DestinationConfig"]!["OnFailure"]!["Type"]));
        AssertQueue(settings["DestinationConfig"]!["OnFailure"]!["Destination"]);
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void Target_OfARuleOrSchedule_KeepsWhatCannotBeDelivered(string name)
    {
        var target = FindTargets()[name];

        AssertQueue(target["DeadLetterConfig"]?["Arn"]);
        Assert.True(target["RetryPolicy"]?["MaximumRetryAttempts"] is not null && target["RetryPolicy"]?["MaximumEventAgeInSeconds"] is not null, $"{name} has no retry policy of its own.");
    }

    [Fact]
    public void Queue_ForDeadLetters_KeepsThemForTwoWeeksAndEncrypted() => Assert.All(
        Template.OfType("AWS::SQS::Queue"),
        queue =>
        {
            Assert.Equal("1209600", SamTemplate.Text(queue.Properties["MessageRetentionPeriod"]));
            Assert.True(SamTemplate.Text(queue.Properties["SqsManagedSseEnabled"]) == "true" || queue.Properties["KmsMasterKeyId"] is not null);
        });

    [Fact]
    public void LogGroups_HaveARetention() =>
        Assert.All(Template.OfType("AWS::Logs::LogGroup"), group => Assert.True(group.Properties["RetentionInDays"] is not null, $"{group.Id} keeps its logs for ever."));

    /// <summary>A log group that Lambda creates by itself keeps its logs for ever and outlives the stack.</summary>
    [Fact]
    public void Functions_WriteToLogGroupsOfTheTemplate() => Assert.All(
        Template.OfType("AWS::Serverless::Function"),
        function =>
        {
            var group = SamTemplate.References(function.Properties["LoggingConfig"]?["LogGroup"]).SingleOrDefault();
            Assert.True(group is not null && Template.TypeOf(group) == "AWS::Logs::LogGroup", $"{function.Id} has no log group of its own.");
        });

    [Fact]
    public void StateMachine_WritesToALogGroupOfTheTemplateAndWithoutData()
    {
        var logging = StateMachineWiring.Machine.Properties["Logging"];

        Assert.NotNull(logging);
        Assert.Equal("false", SamTemplate.Text(logging["IncludeExecutionData"]));
        var group = Assert.Single(SamTemplate.References(logging["Destinations"]));
        Assert.Equal("AWS::Logs::LogGroup", Template.TypeOf(group.Split('.')[0]));
    }

    private static void AssertQueue(JsonNode? arn)
    {
        var reference = SamTemplate.References(arn).SingleOrDefault();
        Assert.True(reference is not null && reference.EndsWith(".Arn", StringComparison.Ordinal), "There is no dead-letter queue.");
        Assert.Equal("AWS::SQS::Queue", Template.TypeOf(reference[..^4]));
    }

    private static Dictionary<string, JsonNode> FindTargets()
    {
        var targets = new Dictionary<string, JsonNode>();
        foreach (var (id, rule) in Template.OfType("AWS::Events::Rule"))
        {
            foreach (var target in rule["Targets"]!.AsArray())
            {
                targets[$"{id}/{SamTemplate.Text(target!["Id"])}"] = target;
            }
        }

        foreach (var (id, schedule) in Template.OfType("AWS::Scheduler::Schedule"))
        {
            targets[id] = schedule["Target"]!;
        }

        foreach (var (id, resource) in Template.OfType("AWS::Serverless::Function", "AWS::Serverless::StateMachine"))
        {
            foreach (var (name, source) in resource["Events"]?.AsObject() ?? [])
            {
                if (SamTemplate.Text(source!["Type"]) is "EventBridgeRule" or "CloudWatchEvent" or "Schedule" or "ScheduleV2")
                {
                    targets[$"{id}/{name}"] = source["Properties"]!;
                }
            }
        }

        return targets;
    }
}
