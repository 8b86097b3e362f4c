using SnapshotBridge.Loading;
using SnapshotBridge.Loading.Publishing;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading.Publishing;

public sealed class SwitchPlanTests
{
    private const string Old = "shop__1", New = "shop__2";
    private static readonly string Source = WantedView.SourceName("shop", "shop");

    private readonly List<PublicObject> _objects = [];
    private readonly List<NotedView> _views = [];
    private readonly List<TableMark> _marks = [];
    private SwitchScope _scope = new(new HashSet<string> { Source }, new HashSet<string>(), new HashSet<string>());

    [Fact]
    public void Of_EmptySchema_CreatesAndShowsEveryView()
    {
        var plan = PlanFor("orders", "items");

        Assert.Equal(["orders", "items"], plan.Create.Select(view => view.Name));
        Assert.Equal([(ViewSql.Waiting("orders"), "orders"), (ViewSql.Waiting("items"), "items")], plan.Renames);
        Assert.Empty(plan.Conflicts);
    }

    [Fact]
    public void Of_ViewsOfTheEarlierVersion_AreMovedAsideInTheSameRename()
    {
        OurView("orders", Old);

        Assert.Equal([("orders", ViewSql.Replaced("orders")), (ViewSql.Waiting("orders"), "orders")], PlanFor("orders").Renames);
    }

    [Fact]
    public void Of_ViewsOfThisVersion_IsDone()
    {
        OurView("orders", New);

        Assert.True(PlanFor("orders").IsDone);
    }

    /// <summary>The table was loaded again with other columns since.</summary>
    [Fact]
    public void Of_ViewOfThisVersionWithOtherColumns_IsMadeAnew()
    {
        OurView("orders", New, "SELECT `id` FROM old list");

        Assert.Single(PlanFor("orders").Create);
    }

    [Fact]
    public void Of_TableOfAnEarlierReplace_IsSwappedAway()
    {
        OurTable("orders");

        var plan = PlanFor("orders");

        Assert.Equal([("orders", ViewSql.Replaced("orders")), (ViewSql.Waiting("orders"), "orders")], plan.Renames);
        Assert.Equal([("orders", ViewSql.Replaced("orders"))], plan.ReplacedTables);
    }

    [Fact]
    public void Of_SomebodysTable_IsAConflict()
    {
        _objects.Add(new PublicObject(new ExistingTable("shop", "orders", IsBaseTable: true, 5), null));

        var plan = PlanFor("orders", "items");

        Assert.Equal(["table shop.orders"], plan.Conflicts);
        Assert.False(plan.IsDone);
    }

    [Theory]
    [InlineData("a query that somebody wrote instead")]
    [InlineData("")]
    [InlineData(null)]
    public void Of_OurViewThatSomebodyChanged_IsAConflict(string? definition)
    {
        OurView("orders", Old);
        _objects[0] = _objects[0] with { Definition = definition };

        Assert.Equal(["view shop.orders"], PlanFor("orders").Conflicts);
    }

    [Fact]
    public void Of_SomebodysViewThatIsNotInTheExport_IsLeftAlone()
    {
        _objects.Add(new PublicObject(new ExistingTable("shop", "totals", IsBaseTable: false, null), "select 1"));

        var plan = PlanFor("orders");

        Assert.Empty(plan.Conflicts);
        Assert.Empty(plan.Left);
        Assert.Equal([(ViewSql.Waiting("orders"), "orders")], plan.Renames);
    }

    [Fact]
    public void Of_TableThatTheSourceNoLongerHas_LosesItsViewInTheSameRename()
    {
        OurView("orders", Old);
        OurView("gone", Old);

        var plan = PlanFor("orders");

        Assert.Equal(["gone"], plan.Removed);
        Assert.Contains(("gone", ViewSql.Replaced("gone")), plan.Renames);
    }

    [Fact]
    public void Of_TableThatTheExportDoesNotCover_KeepsItsView()
    {
        OurView("other", Old);
        _scope = _scope with { WholeSources = new HashSet<string>() };

        var plan = PlanFor("orders");

        Assert.Empty(plan.Removed);
        Assert.Contains("shop.other still serves shop__1", Assert.Single(plan.Left), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_TableThatRdsSkipped_KeepsItsView()
    {
        OurView("odd", Old);
        _scope = _scope with { Skipped = new HashSet<string> { "odd" } };

        var plan = PlanFor("orders");

        Assert.Empty(plan.Removed);
        Assert.Contains("RDS left the table out", Assert.Single(plan.Left), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_TableWithoutRowsAndWithoutATable_LosesTheViewOfItsEarlierRows()
    {
        OurView("drained", Old);
        _scope = _scope with { WholeSources = new HashSet<string>(), Emptied = new HashSet<string> { "drained" } };

        Assert.Equal(["drained"], PlanFor("orders").Removed);
    }

    [Fact]
    public void Of_TableOfAnEarlierReplaceThatIsNotInTheExport_IsLeftAndNamed()
    {
        OurTable("other");

        var plan = PlanFor("orders");

        Assert.DoesNotContain(plan.Renames, rename => rename.From == "other");
        Assert.Contains("shop.other", Assert.Single(plan.Left), StringComparison.Ordinal);
    }

    /// <summary>A server that renames one after another and died in between: the view is away, its successor still waits.</summary>
    [Fact]
    public void Of_HalfARename_ShowsWhatWaits()
    {
        OurView("orders", Old);
        _objects[0] = _objects[0] with { Table = _objects[0].Table with { Table = ViewSql.Replaced("orders") } };

        Assert.Equal([(ViewSql.Waiting("orders"), "orders")], PlanFor("orders").Renames);
    }

    [Fact]
    public void Of_ServerWithoutCase_FindsTheViewUnderItsName()
    {
        OurView("orders", Old);

        Assert.Equal([("orders", ViewSql.Replaced("Orders")), (ViewSql.Waiting("Orders"), "Orders")], PlanFor(StringComparer.OrdinalIgnoreCase, "Orders").Renames);
    }

    /// <summary>One name can be changed in one statement: nobody waits for another one that it holds.</summary>
    [Theory]
    [InlineData(false, "orders")]
    [InlineData(false, "fresh", "newer")]
    [InlineData(true, "orders", "items")]
    [InlineData(true, "orders", "fresh")]
    public void NeedsGate_OneViewOrSeveral_IsSaidOnlyWhereAViewChangesTogetherWithAnotherName(bool needed, params string[] tables)
    {
        foreach (var table in tables.Where(table => table is "orders" or "items"))
        {
            OurView(table, Old);
        }

        Assert.Equal(needed, PlanFor(tables).NeedsGate);
    }

    [Fact]
    public void Of_ViewOnItsWayThroughTheGateOfThisVersion_IsOursAndNotDone()
    {
        OurView("orders", Old);
        _objects[0] = _objects[0] with { Definition = $"select `t`.`id` AS `id` from (`SHOP`.`{GateSql.Gate(New)}` `g` join `shop`.`x` `t`)" };
        Assert.Single(PlanFor("orders").Conflicts);

        _views.Add(_views[0] with { Version = New, Digest = GateSwitch.GateDigest("shop", New), Definition = GateSql.Mark("shop", New) });

        var plan = PlanFor("orders");
        Assert.Empty(plan.Conflicts);
        Assert.Equal(New, Assert.Single(plan.Steps).Served!.Version);
    }

    private SwitchPlan PlanFor(params string[] tables) => PlanFor(StringComparer.Ordinal, tables);

    private SwitchPlan PlanFor(StringComparer names, params string[] tables) =>
        SwitchPlan.Of("shop", new PublicState(_objects, _views, _marks, names), [.. tables.Select(table => Wanted(table, New))], _scope);

    private static WantedView Wanted(string table, string version) => new(table, version, Source, ViewSql.Select(version, table, ["id"]));

    private void OurView(string name, string version, string? select = null)
    {
        var definition = $"select id from {version}.{name}";
        _objects.Add(new PublicObject(new ExistingTable("shop", name, IsBaseTable: false, null), definition));
        _views.Add(new NotedView(name, version, Source, select is null ? Wanted(name, version).Digest : ViewSql.Digest(select), definition));
    }

    private void OurTable(string name)
    {
        _objects.Add(new PublicObject(new ExistingTable("shop", name, IsBaseTable: true, 5), null));
        _marks.Add(new TableMark("shop", name, "snap-1", "load", "par", 4, 5, 1));
    }
}
