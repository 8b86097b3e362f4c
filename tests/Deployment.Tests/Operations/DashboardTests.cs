using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using SnapshotBridge.Deployment.Tests.Kit;
using SnapshotBridge.Metrics;

namespace SnapshotBridge.Deployment.Tests.Operations;

/// <summary>The dashboard shows what there is: CloudWatch takes any body that is JSON and leaves widgets empty that are wrong.</summary>
public sealed partial class DashboardTests
{
    private const int GridWidth = 24;

    private static readonly JsonArray Substitution = SamTemplate.Shipped.Properties("Dashboard")["DashboardBody"]!["Fn::Sub"]!.AsArray();

    private static readonly JsonArray Widgets = Parse();

    [Fact]
    public void Widgets_All_StandInTheGridAndNoneCoversAnother()
    {
        var places = new HashSet<(int, int)>();
        foreach (var widget in Widgets)
        {
            var (x, y, width, height) = (Whole(widget!, "x"), Whole(widget!, "y"), Whole(widget!, "width"), Whole(widget!, "height"));
            Assert.InRange(x + width, 1, GridWidth);
            for (var place = 0; place < width * height; place++)
            {
                Assert.True(places.Add((x + (place % width), y + (place / width))), $"A widget covers another at {x}, {y}.");
            }
        }

        // No holes either: every row that has a widget is full.
        Assert.Equal(places.Max(place => place.Item2) + 1, places.Count / GridWidth);
    }

    [Fact]
    public void Metrics_OfTheFunctions_AreAllShownAndNoneThatDoesNotExist() => Assert.Equal(
        BridgeMetrics.All.Select(metric => metric.Name).Order(StringComparer.Ordinal),
        Metrics().Where(metric => Text(metric[0]) == BridgeMetrics.Namespace).Select(metric => Text(metric[1])!).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void Metrics_All_HaveTheDimensionThatTheyAreWrittenWith() => Assert.All(Metrics(), metric =>
    {
        var expected = Text(metric[0]) switch
        {
            "SnapshotBridge" => BridgeMetrics.PipelineDimension,
            "AWS/Lambda" => "FunctionName",
            "AWS/States" => "StateMachineArn",
            "AWS/SQS" => "QueueName",
            var other => throw new InvalidDataException($"The namespace {other} is not expected."),
        };
        Assert.Equal(expected, Text(metric[2]));
    });

    [Fact]
    public void Expressions_All_UseIdsOfTheirOwnWidget()
    {
        foreach (var widget in Widgets.Where(widget => widget!["properties"]!["metrics"] is not null))
        {
            var rows = widget!["properties"]!["metrics"]!.AsArray().Select(row => row!.AsArray()).ToList();
            var ids = rows.Select(row => Text((row[^1] as JsonObject)?["id"])).OfType<string>().ToList();
            Assert.Equal(ids.Count, ids.Distinct().Count());
            foreach (var expression in rows.Select(row => Text((row[^1] as JsonObject)?["expression"])).OfType<string>())
            {
                Assert.All(Identifier().Matches(expression).Select(match => match.Value), id => Assert.Contains(id, ids));
            }
        }
    }

    [Fact]
    public void AlarmWidget_ShowsEveryAlarm_AndThoseThatMayBeMissingOnlyWithTheirCondition()
    {
        var optional = Substitution[1]!["OptionalAlarms"]!["Fn::If"]!.AsArray();
        Assert.Equal(("HasNoRunAlarm", ", \"${NoRunAlarm.Arn}\"", ""), (Text(optional[0]), Text(optional[1]!["Fn::Sub"]), Text(optional[2])));
        Assert.Equal("HasNoRunAlarm", Text(SamTemplate.Shipped.Resources["NoRunAlarm"]!["Condition"]));
        var shown = SamTemplate.SubNames(Text(Substitution[0])!).Where(name => name.EndsWith("Alarm.Arn", StringComparison.Ordinal)).Select(name => name[..^4]);
        var always = SamTemplate.Shipped.OfType("AWS::CloudWatch::Alarm").Select(alarm => alarm.Id)
            .Where(id => SamTemplate.Shipped.Resources[id]!["Condition"] is null);

        Assert.Equal(always.Order(StringComparer.Ordinal), shown.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void LogWidgets_All_SearchEveryFunctionsLog()
    {
        var logs = SamTemplate.Shipped.OfType("AWS::Serverless::Function")
            .Select(function => SamTemplate.References(function.Properties["LoggingConfig"]).Single()).Order(StringComparer.Ordinal).ToList();
        var queries = Widgets.Where(widget => Text(widget!["type"]) == "log").Select(widget => Text(widget!["properties"]!["query"])!).ToList();

        Assert.NotEmpty(queries);
        Assert.All(queries, query => Assert.Equal(logs, Source().Matches(query).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void RunbookLinks_All_LeadToASectionOfTheGuide()
    {
        var anchors = Guide.Anchors();
        var links = RunbookLink().Matches(Text(Substitution[0])!).Select(match => match.Groups[1].Value).ToList();

        Assert.NotEmpty(links);
        Assert.All(links, link => Assert.Contains(link, anchors));
    }

    [Fact]
    public void AlarmDescriptions_All_NameASectionOfTheGuide()
    {
        var titles = Guide.Titles();
        Assert.All(SamTemplate.Shipped.OfType("AWS::CloudWatch::Alarm"), alarm =>
        {
            var description = Text(alarm.Properties["AlarmDescription"])!;
            Assert.Contains(description[(description.IndexOf("Run book section ", StringComparison.Ordinal) + 17)..].TrimEnd('.'), titles);
        });
    }

    private static JsonArray Parse() =>
        JsonNode.Parse(SamTemplate.Fill(Text(Substitution[0])!, name => name == "OptionalAlarms" ? "" : name))!["widgets"]!.AsArray();

    private static IEnumerable<JsonArray> Metrics() => Widgets
        .SelectMany(widget => widget!["properties"]!["metrics"]?.AsArray() ?? [])
        .Select(row => row!.AsArray())
        .Where(row => row[0] is JsonValue);

    private static string? Text(JsonNode? node) => SamTemplate.Text(node);

    private static int Whole(JsonNode widget, string name) => widget[name]!.GetValue<int>();

    [GeneratedRegex(@"\b[a-z][a-zA-Z0-9_]*\b")]
    private static partial Regex Identifier();

    [GeneratedRegex(@"SOURCE '([^']+)'")]
    private static partial Regex Source();

    [GeneratedRegex(@"\$\{Runbook\}#([a-z0-9-]+)")]
    private static partial Regex RunbookLink();
}
