using System.Text.RegularExpressions;
using SnapshotBridge.Exports;
using SnapshotBridge.Requests;
using Xunit;

namespace SnapshotBridge.Core.Tests.Exports;

public sealed class ExportTaskIdsTests
{
    private static SnapshotArn Arn(string id) => new("aws", "eu-central-1", "123456789012", SnapshotKind.Instance, id);

    [Theory]
    [InlineData("shop")]
    [InlineData("rds:shop-2025-01-31-02-00")]
    [InlineData("awsbackup:job-0a1b2c3d-0a1b-4c2d-8e3f-0a1b2c3d4e5f")]
    [InlineData("a-very-long-snapshot-name-whose-cut-lands-on-a-h-yphen-exactly-there")]
    [InlineData("9lives")]
    [InlineData("--")]
    public void First_AnySnapshot_IsAnIdentifierThatRdsTakes(string id)
    {
        foreach (var execution in new[] { null, "run-1", "0123456789_0123456789-0123456789_0123456789", "___" })
        {
            var first = ExportTaskIds.First(Arn(id), ExportScope.Everything, execution);
            foreach (var name in new[] { first, ExportTaskIds.Attempt(first, 2), ExportTaskIds.Attempt(first, 999) })
            {
                Assert.Matches(new Regex("^[A-Za-z](-?[A-Za-z0-9])*$"), name);
                Assert.InRange(name.Length, 1, ExportTaskIds.MaxLength);
            }
        }
    }

    [Fact]
    public void First_SameSnapshotAndScope_IsTheSameWhateverTheWords()
    {
        var one = ExportTaskIds.First(Arn("shop"), ExportScope.Of(["b", "a.t"]), null);

        Assert.Equal(one, ExportTaskIds.First(Arn("shop"), ExportScope.Of(["a.t", "b", "b.x"]), null));
        Assert.StartsWith("shop-", one, StringComparison.Ordinal);
    }

    [Fact]
    public void First_OtherSnapshotScopeOrExecution_IsAnother()
    {
        string[] all =
        [
            ExportTaskIds.First(Arn("shop"), ExportScope.Everything, null),
            ExportTaskIds.First(Arn("shop") with { Account = "210987654321" }, ExportScope.Everything, null),
            ExportTaskIds.First(Arn("shop") with { Kind = SnapshotKind.Cluster }, ExportScope.Everything, null),
            ExportTaskIds.First(Arn("shop"), ExportScope.Of(["world"]), null),
            ExportTaskIds.First(Arn("shop"), ExportScope.Everything, "run-1"),
            ExportTaskIds.First(Arn("shop"), ExportScope.Everything, "run-2"),
        ];

        Assert.Equal(all.Length, all.Distinct().Count());
        Assert.Contains("run-1", all[4], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x", 1)]
    [InlineData("x-2", 2)]
    [InlineData("x-999", 999)]
    [InlineData("x-1", 0)]
    [InlineData("x-1000", 0)]
    [InlineData("x-+2", 0)]
    [InlineData("x2", 0)]
    [InlineData("y", 0)]
    public void AttemptOf_Identifier_GivesTheAttemptOrZero(string name, int expected) =>
        Assert.Equal(expected, ExportTaskIds.AttemptOf("x", name));
}
