using SnapshotBridge.Loading.Publishing;
using SnapshotBridge.Planning;
using SnapshotBridge.Requests;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading.Publishing;

public sealed class PublishScopeTests
{
    [Theory]
    [InlineData("shop.orders", "orders")]
    [InlineData("shop.odd.name", "odd.name")]
    [InlineData("shop.public.odd.name", "public.odd.name", "odd.name")]
    [InlineData("elsewhere.a.b", "elsewhere.a.b", "a.b", "b")]
    [InlineData("bare", "bare")]
    public void Of_SkippedTarget_NamesEveryTableThatItMayMean(string target, params string[] names)
    {
        var plan = new CopyPlan
        {
            ExportTaskId = "snap-1",
            SourceArn = "arn:aws:rds:eu-central-1:123456789012:snapshot:s",
            Bucket = "exports",
            SourcePrefix = "exports/",
            DestinationPrefix = "run/",
            Skipped = [new SkippedTable(target, "huge row")],
            Batches = 1,
            Objects = 1,
            Bytes = 1,
            MaxConcurrency = 1,
            Tables =
            [
                new PlannedTable { Database = "shop", Schema = "public", Table = "orders", SourcePrefix = "a/", DestinationPrefix = "a/", Objects = 1, Bytes = 1, Columns = [] },
            ],
        };
        var request = new BridgeRequest { Snapshot = SnapshotArn.Parse("arn:aws:rds:eu-central-1:123456789012:snapshot:s", "snapshotArn", [])! };

        Assert.Equal(names.ToHashSet(), PublishScope.Of(plan, request, "shop", [], StringComparer.Ordinal).Skipped);
    }
}
