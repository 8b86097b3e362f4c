using SnapshotBridge.Loading;
using SnapshotBridge.Loading.Publishing;
using SnapshotBridge.Planning;
using SnapshotBridge.Requests;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading.Publishing;

public sealed class PublishTargetsTests
{
    private static readonly CopyPlan Plan =
        LoadSamples.PlanOf([LoadSamples.Table("shop", "orders", 1, 1), LoadSamples.Table("shop", "items", 1, 1), LoadSamples.Table("world", "city", 1, 1)])
        with
        { SnapshotTime = new DateTimeOffset(2026, 11, 21, 8, 0, 0, TimeSpan.Zero) };

    private static readonly LoadChoices Swap = new() { Publish = PublishMode.Swap };

    [Fact]
    public void For_Replace_LoadsIntoThePublicSchema() => Assert.Equal(
        [new("shop", "orders"), new("shop", "items"), new("world", "city")],
        PublishTargets.For(Plan, Request(), new LoadChoices { Publish = PublishMode.Replace }));

    [Fact]
    public void For_Swap_LoadsEachSchemaIntoOneVersion()
    {
        var targets = PublishTargets.For(Plan, Request(), Swap);

        Assert.Equal(["shop", "shop", "world"], targets.Select(target => target.PublicSchema));
        Assert.Equal(targets[0].Schema, targets[1].Schema);
        Assert.All(targets, target => Assert.StartsWith($"{target.PublicSchema}__20261121080000_", target.Schema, StringComparison.Ordinal));
    }

    [Fact]
    public void For_SwapOfARenamedSchema_NamesTheVersionAfterTheTarget() => Assert.StartsWith(
        "shop_eu__20261121080000_",
        PublishTargets.For(Plan, Request() with { TargetSchemas = new Dictionary<string, string> { ["shop"] = "shop_eu" } }, Swap)[0].Schema,
        StringComparison.Ordinal);

    /// <summary>To load other types into the schema that is served would take its tables away from under their readers.</summary>
    [Fact]
    public void For_OtherTypes_IsAnotherVersion()
    {
        var overridden = Request() with
        {
            ColumnTypes = new Dictionary<string, IReadOnlyDictionary<string, string>> { ["shop.orders"] = new Dictionary<string, string> { ["state"] = "ENUM('a')" } },
        };

        Assert.Distinct(
        [
            PublishTargets.For(Plan, Request(), Swap)[0].Schema,
            PublishTargets.For(Plan, Request(), Swap with { Types = TypeMode.Inferred })[0].Schema,
            PublishTargets.For(Plan, overridden, Swap)[0].Schema,
        ]);
    }

    [Fact]
    public void For_SwapOfATableWithATemporaryName_IsRefused()
    {
        var plan = LoadSamples.PlanOf([LoadSamples.Table("shop", "__SnapshotBridge_new_1", 1, 1)]);

        Assert.Contains("shop.__SnapshotBridge_new_1", Assert.Throws<TargetConflictException>(() => PublishTargets.For(plan, Request(), Swap)).Message, StringComparison.Ordinal);
    }

    private static BridgeRequest Request() => new() { Snapshot = SnapshotArn.Parse("arn:aws:rds:eu-central-1:123456789012:cluster-snapshot:s", "snapshotArn", [])! };
}
