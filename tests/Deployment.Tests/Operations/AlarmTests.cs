using System.Globalization;
using System.Text.Json.Nodes;
using SnapshotBridge.Deployment.Tests.Kit;
using SnapshotBridge.Metrics;

namespace SnapshotBridge.Deployment.Tests.Operations;

/// <summary>Alarms on what exists, at thresholds that follow from the functions' settings, to a topic that takes them.</summary>
public sealed class AlarmTests
{
    private static readonly SamTemplate Template = SamTemplate.Shipped;

    // They use their time on purpose and stop shortly before its end.
    private static readonly string[] UsesItsTime = ["CopyTableFunction", "LoadTablesFunction"];

    public static TheoryData<string> Functions => [.. Template.OfType("AWS::Serverless::Function").Select(function => function.Id)];

    private static IEnumerable<(string Id, JsonObject Properties)> Alarms => Template.OfType("AWS::CloudWatch::Alarm");

    [Theory]
    [MemberData(nameof(Functions))]
    public void Function_EveryOne_HasAlarmsForThrottlesErrorsAndDuration(string function)
    {
        var alarms = Alarms.Where(alarm => SamTemplate.References(alarm.Properties["Dimensions"]).Contains(function)).ToList();

        Assert.Equal(["Duration", "Errors", "Throttles"], alarms.Select(alarm => Text(alarm, "MetricName")).Order(StringComparer.Ordinal));
        Assert.All(alarms, alarm => Assert.StartsWith(function[..^"Function".Length], alarm.Id, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void DurationAlarm_OfEachFunction_LiesBelowItsTimeout(string function)
    {
        var timeout = 1_000 * int.Parse(SamTemplate.Text(Template.Properties(function)["Timeout"])!, CultureInfo.InvariantCulture);
        var alarm = Alarms.Single(alarm => Text(alarm, "MetricName") == "Duration" && SamTemplate.References(alarm.Properties["Dimensions"]).Contains(function));

        Assert.Equal("p99", Text(alarm, "ExtendedStatistic"));
        Assert.Equal(UsesItsTime.Contains(function) ? timeout - 5_000 : timeout * 8 / 10, Number(alarm, "Threshold"));
        Assert.Contains($"{timeout / 1_000} s", Text(alarm, "AlarmDescription"), StringComparison.Ordinal);
    }

    [Fact]
    public void Alarms_All_TellTheAlertTopicAndSayWhereToReadOn() => Assert.All(Alarms, alarm =>
    {
        Assert.Equal(["Alerts"], SamTemplate.References(alarm.Properties["AlarmActions"]));
        Assert.Contains("Run book section ", Text(alarm, "AlarmDescription"), StringComparison.Ordinal);
        Assert.Equal(alarm.Id == "NoRunAlarm" ? "breaching" : "notBreaching", Text(alarm, "TreatMissingData"));
    });

    [Fact]
    public void AlertTopic_LetsCloudWatchPublish()
    {
        var statements = Template.Properties("AlertsPolicy")["PolicyDocument"]!["Statement"]!.AsArray();

        Assert.Contains(statements, statement => SamTemplate.Texts(statement!["Principal"]?["Service"]).Contains("cloudwatch.amazonaws.com"));
    }

    [Fact]
    public void NoRunAlarm_WatchesAMetricThatTheFunctionsWrite()
    {
        var alarm = Alarms.Single(alarm => alarm.Id == "NoRunAlarm");

        Assert.Equal((BridgeMetrics.Namespace, BridgeMetrics.RunsSucceeded.Name), (Text(alarm, "Namespace"), Text(alarm, "MetricName")));
        Assert.Equal(BridgeMetrics.PipelineDimension, SamTemplate.Text(alarm.Properties["Dimensions"]![0]!["Name"]));
        Assert.Equal(["AWS::StackName"], SamTemplate.References(alarm.Properties["Dimensions"]));
        Assert.Equal("HasNoRunAlarm", SamTemplate.Text(Template.Resources["NoRunAlarm"]!["Condition"]));
        // CloudWatch's limit for periods of an hour and more: a week.
        Assert.Equal(7 * 86_400, Number(alarm, "Period") * int.Parse(SamTemplate.Text(Template.Parameters["NoRunAlarmHours"]!["MaxValue"])!, CultureInfo.InvariantCulture));
    }

    [Fact]
    public void FailedRunsAlarm_CountsEveryEndThatIsNoSuccess()
    {
        var metrics = Template.Properties("FailedRunsAlarm")["Metrics"]!.AsArray();

        Assert.Equal(
            ["ExecutionsAborted", "ExecutionsFailed", "ExecutionsTimedOut"],
            metrics.Select(metric => SamTemplate.Text(metric!["MetricStat"]?["Metric"]?["MetricName"])).OfType<string>().Order(StringComparer.Ordinal));
        var expression = SamTemplate.Text(metrics.Single(metric => metric!["Expression"] is not null)!["Expression"])!;
        Assert.All(
            metrics.Where(metric => metric!["MetricStat"] is not null).Select(metric => SamTemplate.Text(metric!["Id"])!),
            id => Assert.Contains($"FILL({id}, 0)", expression, StringComparison.Ordinal));
    }

    private static string Text((string Id, JsonObject Properties) alarm, string property) => SamTemplate.Text(alarm.Properties[property]) ?? "";

    private static int Number((string Id, JsonObject Properties) alarm, string property) => int.Parse(Text(alarm, property), CultureInfo.InvariantCulture);
}
