using SnapshotBridge.Core.Tests.Loading.Declarations;
using SnapshotBridge.Loading;
using SnapshotBridge.Planning;
using SnapshotBridge.Requests;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading;

/// <summary>What a table is declared as after the server's refusals, and how often that goes on.</summary>
public sealed class LoadStepsTests
{
    // Seven kinds of type, each with another one.
    private static readonly (string Name, string Type, string File)[] Columns =
    [
        ("a", "year", "INT32"),
        ("b", "time(0)", "BYTE_ARRAY (UTF8)"),
        ("c", "date", "BYTE_ARRAY (UTF8)"),
        ("d", "bigint unsigned", "FIXED_LEN_BYTE_ARRAY(9) (DECIMAL(20,0))"),
        ("e", "datetime(6)", "INT64 (TIMESTAMP_MICROS)"),
        ("f", "timestamp(6)", "INT64 (TIMESTAMP_MICROS)"),
        ("g", "decimal(12,2)", "INT64 (DECIMAL(12,2))"),
    ];

    private static readonly CopyPlan Plan = LoadSamples.PlanOf([DeclarationSamples.MySql([.. Columns.Select(column => DeclarationSamples.Column(column.Name, column.Type))])]);

    private static readonly TableLoad Table = new()
    {
        Table = 0, TargetSchema = "shop", TargetTable = "orders", Rows = 1, Columns = [.. Columns.Select(column => $"{column.Name} {column.File}")], Phase = TablePhase.Queued,
    };

    [Fact]
    public void AfterRefusal_ServerThatNamesColumnAfterColumn_ChangesThoseAndAtLastAll()
    {
        var steps = Steps(TypeMode.Faithful);
        var (table, changed) = (Table, new List<int>());
        for (var column = 1; steps.AfterRefusal(table, $"Col {column} cannot be converted") is { } next; column++)
        {
            table = next;
            changed.Add(steps.DeclarationOf(table).Columns.Count(item => item.Change is not null));
        }

        Assert.Equal([1, 2, 3, 4, 7], changed);
        Assert.Equal(LoadSteps.MostNamedRefusals + 1, table.Refusals.Count);
    }

    [Fact]
    public void AfterRefusal_ColumnThatHasItsOtherTypeAlready_IsTheEnd()
    {
        var steps = Steps(TypeMode.Faithful);

        Assert.Null(steps.AfterRefusal(steps.AfterRefusal(Table, "Col 2 cannot be converted")!, "Col 2 cannot be converted"));
    }

    [Fact]
    public void AfterRefusal_InferredTypes_IsTheEnd() => Assert.Null(Steps(TypeMode.Inferred).AfterRefusal(Table, "Col 2 cannot be converted"));

    [Fact]
    public void ChangesOf_TwoRefusals_NamesWhatChangedByWhich()
    {
        var steps = Steps(TypeMode.Faithful);
        var table = Table with { Refusals = ["Col 4 cannot be converted", "Col 2 cannot be converted"] };

        var changes = steps.ChangesOf(table, new ServedTable { Exists = true });

        Assert.Equal([("b", "Col 2"), ("d", "Col 4")], changes.Select(change => (change.Column, change.Reason[change.Reason.LastIndexOf("Col", StringComparison.Ordinal)..][..5])));
    }

    private static LoadSteps Steps(TypeMode types) =>
        new(DeclarationSamples.Newest, Plan, new BridgeRequest { Snapshot = SnapshotArn.Parse(Plan.SourceArn, "snapshotArn", [])! }, new LoadChoices { Types = types });
}
