using System.Text.RegularExpressions;
using SnapshotBridge.Deployment.Tests.Kit;

namespace SnapshotBridge.Deployment.Tests.Operations;

/// <summary>The operator's guide as text.</summary>
internal static partial class Guide
{
    public static string Text { get; } = Repository.Text("infra", "README.md");

    public static IReadOnlyList<string> Titles() => [.. Heading().Matches(Text).Select(match => match.Groups[1].Value.Trim())];

    /// <summary>The headings as links name them.</summary>
    public static IReadOnlySet<string> Anchors() =>
        Titles().Select(title => NotInAnchors().Replace(title.ToLowerInvariant(), "").Replace(' ', '-')).ToHashSet(StringComparer.Ordinal);

    /// <summary>The text from one heading to the next of its level or above.</summary>
    public static string Section(string title)
    {
        var start = Regex.Match(Text, $@"^(#+) {Regex.Escape(title)}\s*$", RegexOptions.Multiline);
        Assert.True(start.Success, $"infra/README.md has no section '{title}'.");
        var rest = Text[(start.Index + start.Length)..];
        var end = Regex.Match(rest, $@"^#{{1,{start.Groups[1].Length}}} ", RegexOptions.Multiline);
        return end.Success ? rest[..end.Index] : rest;
    }

    /// <summary>The code spans in the first column of a section's tables.</summary>
    public static IReadOnlyList<string> FirstColumn(string title) =>
        [.. Row().Matches(Section(title)).SelectMany(row => Code().Matches(row.Groups[1].Value)).Select(match => match.Groups[1].Value)];

    [GeneratedRegex(@"^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^a-z0-9 -]")]
    private static partial Regex NotInAnchors();

    [GeneratedRegex(@"^\| ([^|]*`[^|]*) \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();
}
