using SnapshotBridge.Loading;
using SnapshotBridge.Requests;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading;

public sealed class LoadTargetsTests
{
    private static BridgeRequest Request(params (string Source, string Target)[] renames) => new()
    {
        Snapshot = SnapshotArn.Parse("arn:aws:rds:eu-central-1:123456789012:cluster-snapshot:s", "snapshotArn", [])!,
        TargetSchemas = renames.ToDictionary(rename => rename.Source, rename => rename.Target),
    };

    [Fact]
    public void For_NoRenames_KeepsNames()
    {
        var plan = LoadSamples.PlanOf([LoadSamples.Table("world", "city", 1, 1), LoadSamples.Table("shop", "orders", 1, 1)]);

        Assert.Equal([new LoadTarget("world", "city"), new LoadTarget("shop", "orders")], LoadTargets.For(plan, Request()));
    }

    [Fact]
    public void For_Renames_MovesTheSchemaOnly() => Assert.Equal(
        [new LoadTarget("world_eu", "city")], LoadTargets.For(LoadSamples.PlanOf([LoadSamples.Table("world", "city", 1, 1)]), Request(("world", "world_eu"))));

    [Fact]
    public void For_PostgreSqlSchema_CarriesItsDatabase()
    {
        var table = LoadSamples.Table("public", "city", 1, 1) with { Database = "app" };

        Assert.Equal([new LoadTarget("app_public", "city")], LoadTargets.For(LoadSamples.PlanOf([table]), Request()));
    }

    [Fact]
    public void For_TwoTablesWithOneName_NamesBoth()
    {
        var plan = LoadSamples.PlanOf([LoadSamples.Table("a", "t", 1, 1), LoadSamples.Table("b", "t", 1, 1)]);

        var exception = Assert.Throws<TargetConflictException>(() => LoadTargets.For(plan, Request(("a", "x"), ("b", "X"))));

        Assert.Contains("a/a.t and b/b.t would both be x.t", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void For_TwoSchemasWithOneName_NamesBothAlthoughNoTablesMeet()
    {
        var plan = LoadSamples.PlanOf([LoadSamples.Table("world", "city", 1, 1), LoadSamples.Table("shop", "orders", 1, 1), LoadSamples.Table("shop", "customers", 1, 1)]);

        var exception = Assert.Throws<TargetConflictException>(() => LoadTargets.For(plan, Request(("world", "Shop"))));

        Assert.Contains("schemas shop and world would both be Shop", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void For_PostgreSqlSchemasThatMakeOneName_NamesBoth()
    {
        var plan = LoadSamples.PlanOf([LoadSamples.Table("c", "t", 1, 1) with { Database = "a_b" }, LoadSamples.Table("b_c", "u", 1, 1) with { Database = "a" }]);

        Assert.Contains("schemas a.b_c and a_b.c would both be a_b_c", Assert.Throws<TargetConflictException>(() => LoadTargets.For(plan, Request())).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mysql")]
    [InlineData("mysql_tasks")]
    [InlineData("SYS")]
    [InlineData("snapshotbridge")]
    public void For_SchemaOfTheServer_IsRefused(string schema)
    {
        var exception = Assert.Throws<TargetConflictException>(() => LoadTargets.For(LoadSamples.PlanOf([LoadSamples.Table(schema, "t", 1, 1)]), Request()));

        Assert.Contains($"schema {schema}", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void For_NameThatIsTooLong_IsRefused()
    {
        var name = new string('x', 65);

        Assert.Contains(name, Assert.Throws<TargetConflictException>(() => LoadTargets.For(LoadSamples.PlanOf([LoadSamples.Table("a", name, 1, 1)]), Request())).Message, StringComparison.Ordinal);
    }
}
