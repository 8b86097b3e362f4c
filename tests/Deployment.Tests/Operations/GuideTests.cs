using System.Text.RegularExpressions;
using SnapshotBridge.Deployment.Tests.Code;
using SnapshotBridge.Deployment.Tests.Kit;
using SnapshotBridge.Errors;
using SnapshotBridge.Metrics;

namespace SnapshotBridge.Deployment.Tests.Operations;

/// <summary>The guide's tables say all there is and nothing that is not.</summary>
public sealed partial class GuideTests
{
    [Fact]
    public void Errors_EveryExceptionThatARunCanEndWith_HasARemedy()
    {
        var thrown = FunctionCode.Ids.Select(id => FunctionCode.Of(id).Assembly).Append(typeof(BridgeException).Assembly).Distinct()
            .SelectMany(assembly => assembly.GetTypes())
            .Where(type => typeof(BridgeException).IsAssignableFrom(type) && !type.IsAbstract)
            .Select(type => type.Name)
            .Where(name => !NeverLeaves.Contains(name))
            .Order(StringComparer.Ordinal);

        Assert.Equal(thrown, Guide.FirstColumn("Errors and remedies").Where(name => name.EndsWith("Exception", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Parameters_OfTheTemplate_AreAllExplained() => Assert.Equal(
        SamTemplate.Shipped.Parameters.Select(parameter => parameter.Key).Order(StringComparer.Ordinal),
        Guide.FirstColumn("Parameters").Order(StringComparer.Ordinal));

    [Fact]
    public void Metrics_AllAreListedAndCounted()
    {
        Assert.Equal(BridgeMetrics.All.Select(metric => metric.Name).Order(StringComparer.Ordinal), Guide.FirstColumn("Metrics").Order(StringComparer.Ordinal));
        Assert.Contains($"{BridgeMetrics.All.Count} custom metrics", Guide.Text, StringComparison.Ordinal);
        Assert.Contains($"{SamTemplate.Shipped.OfType("AWS::CloudWatch::Alarm").Count()} alarms", Guide.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_ThatTheGuideLinksToOrRuns_Exist()
    {
        var files = Link().Matches(Guide.Text).Select(match => Path.Combine("infra", match.Groups[1].Value))
            .Concat(Script().Matches(Guide.Text).Select(match => match.Groups[1].Value));

        Assert.All(files.Distinct(), file => Assert.True(Path.Exists(Repository.Path(file)), $"infra/README.md names {file}, which does not exist."));
    }

    [Fact]
    public void Links_WithinTheGuide_LeadToASection() => Assert.All(
        InnerLink().Matches(Guide.Text).Select(match => match.Groups[1].Value), anchor => Assert.Contains(anchor, Guide.Anchors()));

    /// <summary>Thrown and caught within the functions: no run ends with them.</summary>
    private static readonly HashSet<string> NeverLeaves = ["ExportTaskExistsException", "ExportLimitReachedException"];

    [GeneratedRegex(@"\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"\bbash ((?:infra|tests)/[A-Za-z0-9_./-]+)")]
    private static partial Regex Script();

    [GeneratedRegex(@"\]\(#([^)]+)\)")]
    private static partial Regex InnerLink();
}
