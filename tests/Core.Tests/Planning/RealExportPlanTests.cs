using Microsoft.Extensions.Logging.Abstractions;
using SnapshotBridge.Core.Tests.Parquet;
using SnapshotBridge.Exports;
using SnapshotBridge.Planning;
using Xunit;

namespace SnapshotBridge.Core.Tests.Planning;

/// <summary>The real export of 2020, old layout, as Aurora wrote it.</summary>
public sealed class RealExportPlanTests
{
    [Fact]
    public async Task Plan_RealAuroraExport_HasItsNineTablesWithColumns()
    {
        Assert.SkipWhen(RealExport.Folder is null, "The recorded Aurora export (shared/data/aurora-export-2020) is not beside this repository.");
        var folder = RealExport.Folder!;
        var export = new ListedExport();
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            var relative = Path.GetRelativePath(folder, file).Replace('\\', '/');
            if (file.EndsWith(".json", StringComparison.Ordinal))
                export.Text(ListedExport.Root + relative, await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
            else
                export.File(relative, new FileInfo(file).Length);
        }

        var outcome = await new CopyPlanner(
            export, export, new PlanCopyOptions { Location = new ExportLocation("b", "exports/") }, TimeProvider.System, NullLogger.Instance)
            .PlanAsync(ListedExport.Task, TestContext.Current.CancellationToken);

        Assert.Equal((9, 9L, 57_441L, 0, 1), (outcome.Tables, outcome.Objects, outcome.Bytes, outcome.Skipped, outcome.Batches));
        var plan = export.Read(outcome.PlanKey, PlanningJson.Default.CopyPlan);
        Assert.Equal(
            ["customer", "district", "history", "item", "new_order", "order_line", "orders", "stock", "warehouse"],
            plan.Tables.Select(table => table.Table));
        Assert.All(plan.Tables, table => Assert.Equal(("test", "test"), (table.Database, table.Schema)));
        Assert.All(plan.Tables, table => Assert.Null(table.Warning));
        Assert.Equal(92, plan.Tables.Sum(table => table.Columns.Count));
        Assert.Equal(new SourceColumn("c_discount", "decimal", "int32 (DECIMAL(4,4))"), plan.Tables[0].Columns.Single(column => column.Name == "c_discount"));
        Assert.Equal(new DateTimeOffset(2020, 9, 10, 6, 50, 5, TimeSpan.Zero), plan.SnapshotTime);
        Assert.Equal("arn:aws:rds:us-west-2:697156367097:cluster-snapshot:ci", plan.SourceArn);
    }
}
