using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using SnapshotBridge.Exports;
using SnapshotBridge.Planning;
using SnapshotBridge.Storage;
using SnapshotBridge.TestKit;
using Xunit;

namespace SnapshotBridge.Core.Tests.Planning;

public sealed class CopyPlannerTests
{
    private const string RenameColumn =
        "a column's name has a space, a tab, a line break or one of , ; { } ( ) =, which RDS does not export: "
        + "rename the column in the source and take a new snapshot (COLUMN_WITH_UNSUPPORTED_CHARACTER_IN_NAME)";

    private readonly ManualTime _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Plan_PresentOldAndPostgresLayouts_AreAllUnderstood()
    {
        var export = ListedExport.Complete("world.world.city", "old.old.t", "a.b.a.b.c.d", "pg.public.orders", "pg.pg.x")
            .Table("world/world.city", 10, 20)
            .File("old/old.t/part-00000.gz.parquet", 5).File("old/old.t/_SUCCESS", 0)
            .Table("a.b/a.b.c.d", 7)
            .Table("pg/public.orders", 8)
            .File("pg/pg.x/1/deeper/part-00007.gz.parquet", 9);

        var plan = await PlanAsync(export);

        Assert.Equal(
            [("a.b", "a.b", "c.d"), ("old", "old", "t"), ("pg", "pg", "x"), ("pg", "public", "orders"), ("world", "world", "city")],
            plan.Tables.Select(table => (table.Database, table.Schema, table.Table)));
        var city = plan.Tables[4];
        Assert.Equal(("exports/shop-1/world/world.city/", "landing/shop-1/world/world.city/"), (city.SourcePrefix, city.DestinationPrefix));
        Assert.Equal((2, 30L), (city.Objects, city.Bytes));
        Assert.Null(city.Warning);
        var objects = Batches(export, plan).SelectMany(batch => batch.Objects).ToList();
        Assert.Contains(
            new PlannedObject("exports/shop-1/world/world.city/1/part-00001-c000.gz.parquet", "landing/shop-1/world/world.city/1/part-00001-c000.gz.parquet", 20, "\"20\"", 4),
            objects);
        Assert.Contains(objects, item => item.DestinationName == "landing/shop-1/pg/pg.x/1/deeper/part-00007.gz.parquet");
        Assert.All(objects, item => Assert.StartsWith(plan.Tables[item.Table].SourcePrefix, item.Key, StringComparison.Ordinal));
        Assert.All(objects, item => Assert.EndsWith(".parquet", item.DestinationName, StringComparison.Ordinal));
        Assert.Equal((6L, 59L, 1), (plan.Objects, plan.Bytes, plan.Batches));
    }

    [Fact]
    public async Task Plan_AnswersWithNumbersOfWhatItWrote()
    {
        var export = ListedExport.Complete("w.w.a", "w.w.b", """{"target":"w.w.c","warningMessage":"huge row"}""").Table("w/w.a", 3 << 20).Table("w/w.b");

        var outcome = await Planner(export).PlanAsync(ListedExport.Task, Token);

        Assert.Equal(
            new PlanOutcome
            {
                ExportTaskId = "shop-1", PlanKey = "bridge/shop-1/plan.json", BatchesKey = "bridge/shop-1/batches.json",
                Tables = 2, Batches = 1, Objects = 1, Bytes = 3 << 20, Skipped = 1, MaxConcurrency = 1, Transitions = 11, IsNew = true,
            },
            outcome);
        Assert.Equal("""[{"exportTaskId":"shop-1","batch":0}]""", export.TextOf(outcome.BatchesKey));
    }

    [Fact]
    public async Task Plan_MarkerWithoutParquet_IsAnEmptyTable()
    {
        var plan = await PlanAsync(ListedExport.Complete("w.w.empty").Table("w/w.empty"));

        var table = Assert.Single(plan.Tables);
        Assert.True(table.IsEmpty);
        Assert.Equal(0, plan.Batches);
        Assert.Equal(1, plan.MaxConcurrency);
    }

    [Fact]
    public async Task Plan_ExportWithoutAnyTable_HasNoBatches()
    {
        var export = ListedExport.Complete();

        var plan = await PlanAsync(export);

        Assert.Empty(plan.Tables);
        Assert.Equal("[]", export.TextOf(BridgeLayout.Batches(ListedExport.Task)));
    }

    [Fact]
    public async Task Plan_TableNamesThatBeginAlike_StayApart()
    {
        var plan = await PlanAsync(ListedExport.Complete("w.w.country", "w.w.countrylanguage", "w.w.country-x")
            .Table("w/w.country", 1).Table("w/w.countrylanguage", 2).Table("w/w.country-x", 4));

        Assert.Equal([("country", 1L), ("country-x", 4L), ("countrylanguage", 2L)], plan.Tables.OrderBy(table => table.Table, StringComparer.Ordinal).Select(table => (table.Table, table.Bytes)));
    }

    [Fact]
    public async Task Plan_NamesThatPathsDoNotTake_AreSpelledAsAtTheSource()
    {
        var plan = await PlanAsync(ListedExport.Complete("my shop.my shop.big \"orders\"").Table("my_shop/my_shop.big__orders_", 1));

        var table = Assert.Single(plan.Tables);
        Assert.Equal(("my shop", "my shop", "big \"orders\""), (table.Database, table.Schema, table.Table));
        Assert.Equal("landing/shop-1/my_shop/my_shop.big__orders_/", table.DestinationPrefix);
    }

    [Fact]
    public async Task Plan_TwoTablesInOneFolder_AreLeftOutAndNamed()
    {
        var plan = await PlanAsync(ListedExport.Complete("w.w.a b", "w.w.a_b", "w.w.c").Table("w/w.a_b", 1, 2).Table("w/w.c", 4));

        Assert.Equal("c", Assert.Single(plan.Tables).Table);
        Assert.Equal(4, plan.Bytes);
        Assert.Equal(["w.w.a b", "w.w.a_b"], plan.Skipped.Select(skipped => skipped.Target));
        Assert.Contains("share one folder with those of w.w.a_b", plan.Skipped[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_ColumnsAndBothKindsOfNumbers_AreKept()
    {
        var plan = await PlanAsync(ListedExport.Complete("""
            {"target":"w.w.t","status":"COMPLETE","schemaMetadata":{"originalTypeMappings":[
             {"columnName":"id","originalType":"int","expectedExportedType":"int32"},
             {"columnName":"name","originalType":"varchar","expectedExportedType":"binary (UTF8)","originalCharMaxLength":"80","originalNumPrecision":null},
             {"columnName":"at","originalType":"datetime","expectedExportedType":"int64 (TIMESTAMP_MICRO)","originalDateTimePrecision":6,"new":{"x":1}}]}}
            """).Table("w/w.t", 1));

        Assert.Equal(
            [
                new SourceColumn("id", "int", "int32"),
                new SourceColumn("name", "varchar", "binary (UTF8)") { CharacterLength = 80 },
                new SourceColumn("at", "datetime", "int64 (TIMESTAMP_MICRO)") { DateTimePrecision = 6 },
            ],
            plan.Tables[0].Columns);
    }

    [Fact]
    public async Task Plan_SkippedByWarningMessageAndByTablesInfo_AreNamedOnceWithTheReasons()
    {
        var export = ListedExport.Complete("w.w.ok", """{"target":"w.w.bad col","warningMessage":"COLUMN_WITH_UNSUPPORTED_CHARACTER_IN_NAME"}""", """{"target":"crm","warningMessage":"PERMISSIONS_DO_NOT_EXIST"}""")
            .Table("w/w.ok", 1)
            .Text("bridge/shop-1/export.json", JsonSerializer.Serialize(
                new EndedExport
                {
                    ExportTaskId = "shop-1", SourceArn = "arn:aws:rds:eu-central-1:123456789012:snapshot:shop", Status = "COMPLETE",
                    WarningMessage = """{"skippedTables":[{"target":"w.w.bad col","reason":"column name"},"w.huge"],"skippedObjectives":[],"general":[{"reason":"FAILED_TO_EXTRACT_TABLES_LIST_FOR_DATABASE"}]}""",
                },
                ExportsJson.Default.EndedExport));

        var plan = await PlanAsync(export);

        Assert.Equal(
            [
                new SkippedTable("*", "RDS could not list the tables of a database: check that the database can be read, and export a new snapshot (FAILED_TO_EXTRACT_TABLES_LIST_FOR_DATABASE)"),
                new SkippedTable("crm", "RDS's own user may not read it: give back the rights that were taken from rdsadmin in the source, and take a new snapshot (PERMISSIONS_DO_NOT_EXIST)"),
                new SkippedTable("w.huge", "RDS names it in skippedTables without a reason"),
                new SkippedTable("w.w.bad col", $"{RenameColumn}; column name"),
            ],
            plan.Skipped);
    }

    [Theory]
    [InlineData("""{"reason":"COLUMN_WITH_UNSUPPORTED_CHARACTER_IN_NAME"}""")]
    [InlineData("""["COLUMN_WITH_UNSUPPORTED_CHARACTER_IN_NAME"]""")]
    [InlineData(""" COLUMN_WITH_UNSUPPORTED_CHARACTER_IN_NAME""")]
    [InlineData("\"COLUMN_WITH_UNSUPPORTED_CHARACTER_IN_NAME\"")]
    [InlineData(null)]
    public async Task Plan_SameReasonFromBothSides_IsSaidOnceInPlainWords(string? own)
    {
        // As the real service does: the table's warning is a text that holds JSON, the task's names the table again.
        var entry = JsonSerializer.Serialize(new { target = "shop.shop.discounts", warningMessage = own });
        var export = ListedExport.Complete("w.w.ok", entry).Table("w/w.ok", 1)
            .Text("bridge/shop-1/export.json", JsonSerializer.Serialize(
                new EndedExport
                {
                    ExportTaskId = "shop-1", SourceArn = "arn:real", Status = "COMPLETE",
                    WarningMessage = """{"skippedTables":[{"tableName":"shop.shop.discounts","reason":"COLUMN_WITH_UNSUPPORTED_CHARACTER_IN_NAME"},"shop.discounts"]}""",
                },
                ExportsJson.Default.EndedExport));

        var plan = await PlanAsync(export);

        Assert.Equal([new SkippedTable("shop.shop.discounts", RenameColumn)], plan.Skipped);
    }

    [Fact]
    public async Task Plan_WarningForATableWithFiles_StaysWithTheTable()
    {
        var export = ListedExport.Complete("w.w.t").Table("w/w.t", 1)
            .Text("bridge/shop-1/export.json", """{"exportTaskId":"shop-1","sourceArn":"arn:real","status":"COMPLETE","warningMessage":"{\"skippedTables\":[{\"target\":\"w.t\",\"reason\":\"row too large\"}]}"}""");

        var plan = await PlanAsync(export);

        Assert.Equal("row too large", Assert.Single(plan.Tables).Warning);
        Assert.Empty(plan.Skipped);
        Assert.Equal("arn:real", plan.SourceArn);
    }

    [Theory]
    [InlineData("FAILED", false)]
    [InlineData("IN_PROGRESS", false)]
    [InlineData("COMPLETE_WITH_NOTES", true)]
    public async Task Plan_TableThatIsNotComplete_IsLeftOutOrWarnedOf(string status, bool copied)
    {
        var plan = await PlanAsync(ListedExport.Complete($$"""{"target":"w.w.t","status":"{{status}}"}""").Table("w/w.t", 1));

        if (copied)
        {
            Assert.Equal($"RDS lists it as {status}", Assert.Single(plan.Tables).Warning);
        }
        else
        {
            Assert.Empty(plan.Tables);
            Assert.Contains($"RDS lists it as {status}; the files that there are may not be all", Assert.Single(plan.Skipped).Reason, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Plan_FolderThatRdsDoesNotList_IsCopiedWithAWarning()
    {
        var plan = await PlanAsync(ListedExport.Complete().Table("w/w.t", 1));

        Assert.Equal("RDS's export_tables_info does not list this table", Assert.Single(plan.Tables).Warning);
    }

    [Fact]
    public async Task Plan_CompleteTableWithoutFiles_IsLoud()
    {
        var exception = await Assert.ThrowsAsync<ExportFilesMissingException>(
            () => PlanAsync(ListedExport.Complete("w.w.lost", "w.w.here").Table("w/w.here", 1)));

        Assert.Contains("RDS lists 1 table(s) as COMPLETE that have no file below s3://b/exports/shop-1/: w.w.lost", exception.Message, StringComparison.Ordinal);
        Assert.Contains("\"newExport\": true", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stray.parquet")]
    [InlineData("w/stray.parquet")]
    [InlineData("w/notable/part.parquet")]
    [InlineData("w/.t/part.parquet")]
    public async Task Plan_ParquetOutsideEveryTable_IsAnErrorThatNamesIt(string key)
    {
        var exception = await Assert.ThrowsAsync<ExportLayoutException>(() => PlanAsync(ListedExport.Complete().File(key)));

        Assert.Contains($"s3://b/exports/shop-1/{key} does not fit the layout", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_OtherUnexpectedFiles_AreNotCopied()
    {
        var plan = await PlanAsync(ListedExport.Complete("w.w.t").Table("w/w.t", 1).File("w/").File("w/w.t/1/notes.txt").File("README.md").File("w/w.t/1/_committed_1"));

        Assert.Equal(1, plan.Objects);
    }

    [Fact]
    public async Task Plan_ExportInfoMissing_IsPending()
    {
        var exception = await Assert.ThrowsAsync<ExportFilesPendingException>(
            () => PlanAsync(ListedExport.Complete("w.w.t").Remove("exports/shop-1/export_info_shop-1.json")));

        Assert.Contains("is complete for RDS, but its file export_info_shop-1.json is not there", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_TablesInfoMissing_IsPending()
    {
        var export = ListedExport.Complete("w.w.t").Remove("exports/shop-1/export_tables_info_shop-1_from_1_to_1.json");

        Assert.Contains("export_tables_info_*.json are not there", (await Assert.ThrowsAsync<ExportFilesPendingException>(() => PlanAsync(export))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_OneOfSeveralTablesInfoMissing_IsPending()
    {
        var export = ListedExport.Complete("w.w.a", "w.w.b").TablesInfo(4, "w.w.d").Table("w/w.a", 1).Table("w/w.b", 1).Table("w/w.d", 1);

        Assert.Contains("its export_tables_info of the tables 3 to 3 is not there", (await Assert.ThrowsAsync<ExportFilesPendingException>(() => PlanAsync(export))).Message, StringComparison.Ordinal);

        export.TablesInfo(3, "w.w.c").Table("w/w.c", 1);
        Assert.Equal(4, (await PlanAsync(export)).Tables.Count);
    }

    [Fact]
    public async Task Plan_StatusInsideIsStillInProgress_IsPending()
    {
        var export = ListedExport.Complete().Text("exports/shop-1/export_info_shop-1.json", """{"status":"IN_PROGRESS"}""");

        Assert.Contains("still says IN_PROGRESS", (await Assert.ThrowsAsync<ExportFilesPendingException>(() => PlanAsync(export))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_StatusInsideIsFailed_FailsWithTheCause()
    {
        var export = ListedExport.Complete().Text("exports/shop-1/export_info_shop-1.json", """{"status":"FAILED","failureCause":"KMS key check failed"}""");

        Assert.Contains("KMS key check failed", (await Assert.ThrowsAsync<ExportTaskFailedException>(() => PlanAsync(export))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exports/shop-1/export_info_shop-1.json", "{\"status\":")]
    [InlineData("exports/shop-1/export_tables_info_shop-1_from_1_to_0.json", "[]")]
    public async Task Plan_DescriptionThatIsNoJson_NamesTheFile(string key, string text)
    {
        var exception = await Assert.ThrowsAsync<ExportFilesInvalidException>(() => PlanAsync(ListedExport.Complete().Text(key, text)));

        Assert.Contains($"s3://b/{key} cannot be understood", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2025-01-31T02:00:05Z")]
    [InlineData("Jan 31, 2025 2:00:05 AM")]
    [InlineData("Jan 31, 2025, 2:00:05 AM")]
    public async Task Plan_BothFormsOfDates_GiveTheSnapshotTime(string text)
    {
        var export = ListedExport.Complete().Text("exports/shop-1/export_info_shop-1.json", $$"""{"snapshotTime":"{{text}}"}""");

        Assert.Equal(new DateTimeOffset(2025, 1, 31, 2, 0, 5, TimeSpan.Zero), (await PlanAsync(export)).SnapshotTime);
    }

    [Fact]
    public async Task Plan_SameExportAgain_GivesTheSameDocuments()
    {
        var export = ListedExport.Complete("w.w.a", "w.w.b").Table("w/w.a", 1, 2, 3).Table("w/w.b", 4);
        await Planner(export, objects: 2).PlanAsync(ListedExport.Task, Token);
        var first = Documents(export);
        export.Text("bridge/shop-1/copied/000000.json", "{}");

        _time.Advance(TimeSpan.FromHours(1));
        await Planner(export, objects: 2).PlanAsync(ListedExport.Task, Token);

        export.Remove("bridge/shop-1/copied/000000.json");
        Assert.Equal(first, Documents(export));
    }

    [Fact]
    public async Task Plan_OtherBatchSettings_RemovesWhatBelongedToTheOldBatches()
    {
        var export = ListedExport.Complete("w.w.a").Table("w/w.a", 1, 2, 3, 4);
        await Planner(export, objects: 1).PlanAsync(ListedExport.Task, Token);
        export.Text("bridge/shop-1/copied/000003.json", "{}").Text("bridge/shop-1/checkpoints/000001.json", "{}").Text("bridge/shop-1/tokens/run.json", "{}");

        await Planner(export, objects: 4).PlanAsync(ListedExport.Task, Token);

        Assert.Equal(
            ["bridge/shop-1/batches.json", "bridge/shop-1/batches/000000.json", "bridge/shop-1/plan.json", "bridge/shop-1/tokens/run.json"],
            export.Keys.Where(key => key.StartsWith("bridge/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Plan_SameExportAgain_WritesNoBatchAgainButThoseThatAreGone()
    {
        var export = ListedExport.Complete("w.w.a").Table("w/w.a", 1, 2, 3, 4);
        await Planner(export, objects: 1).PlanAsync(ListedExport.Task, Token);
        export.Remove("bridge/shop-1/batches/000002.json").Written.Clear();

        await Planner(export, objects: 1).PlanAsync(ListedExport.Task, Token);

        Assert.Equal(["bridge/shop-1/batches/000002.json", "bridge/shop-1/batches.json", "bridge/shop-1/plan.json"], export.Written);
    }

    [Fact]
    public async Task Plan_KilledAfterAnyChange_NextOneLeavesWhatAnUndisturbedOneLeaves()
    {
        ListedExport Export() => ListedExport.Complete("w.w.a").Table("w/w.a", 1, 2, 3, 4);
        var undisturbed = Export();
        await Planner(undisturbed, objects: 2).PlanAsync(ListedExport.Task, Token);

        for (var changes = 0; ; changes++)
        {
            // Another plan with a checkpoint and a proof was there before.
            var export = Export();
            await Planner(export, objects: 1).PlanAsync(ListedExport.Task, Token);
            export.Text("bridge/shop-1/copied/000001.json", "{}").Text("bridge/shop-1/checkpoints/000000.json", "{}");
            export.DiesAfter = changes;
            var died = await Record.ExceptionAsync(() => Planner(export, objects: 2).PlanAsync(ListedExport.Task, Token)) is not null;
            if (died && export.Keys.Contains("bridge/shop-1/plan.json"))
                Assert.Equal(4, export.Read("bridge/shop-1/plan.json", PlanningJson.Default.CopyPlan).Batches);
            export.DiesAfter = null;

            await Planner(export, objects: 2).PlanAsync(ListedExport.Task, Token);

            Assert.Equal(Documents(undisturbed), Documents(export));
            if (!died)
            {
                // The old plan, its 4 batches, a proof and a checkpoint go; 2 batches, their list and the plan come.
                Assert.Equal(11, changes);
                return;
            }
        }
    }

    [Fact]
    public async Task Plan_KilledWhileItReplacedAPlan_GoingBackToThatPlanIsWhole()
    {
        for (var changes = 0; changes < 11; changes++)
        {
            var export = ListedExport.Complete("w.w.a").Table("w/w.a", 1, 2, 3, 4);
            await Planner(export, objects: 1).PlanAsync(ListedExport.Task, Token);
            var before = Documents(export);
            export.DiesAfter = changes;
            await Record.ExceptionAsync(() => Planner(export, objects: 2).PlanAsync(ListedExport.Task, Token));
            export.DiesAfter = null;

            await Planner(export, objects: 1).PlanAsync(ListedExport.Task, Token);

            Assert.Equal(before, Documents(export));
        }
    }

    [Fact]
    public async Task Plan_EarlierPlanCutOff_IsReplaced()
    {
        var export = ListedExport.Complete("w.w.a").Table("w/w.a", 1).Text("bridge/shop-1/plan.json", "{\"version\":");

        Assert.Equal(1, (await PlanAsync(export)).Batches);
    }

    [Fact]
    public async Task Plan_DatabaseNamedLikeTheDescriptions_IsADatabase()
    {
        var plan = await PlanAsync(ListedExport.Complete("export_info_x.export_info_x.t").Table("export_info_x/export_info_x.t", 1));

        Assert.Equal("export_info_x", Assert.Single(plan.Tables).Database);
    }

    [Fact]
    public async Task Plan_AnyExport_ListsTheObjectsOnce()
    {
        var export = ListedExport.Complete("w.w.a").Table("w/w.a", 1);

        await PlanAsync(export);

        Assert.Equal(["exports/shop-1/export_info_", "exports/shop-1/export_tables_info_", "exports/shop-1/"], export.Listed.Where(prefix => prefix.StartsWith("exports/", StringComparison.Ordinal)));
    }

    private async Task<CopyPlan> PlanAsync(ListedExport export)
    {
        var outcome = await Planner(export).PlanAsync(ListedExport.Task, Token);
        return export.Read(outcome.PlanKey, PlanningJson.Default.CopyPlan);
    }

    private CopyPlanner Planner(ListedExport export, int objects = 500) => new(
        export,
        export,
        new PlanCopyOptions { Location = new ExportLocation("b", "exports/"), DestinationPrefix = "landing/", BatchObjects = objects },
        _time,
        NullLogger.Instance);

    private static List<CopyBatch> Batches(ListedExport export, CopyPlan plan) =>
        [.. Enumerable.Range(0, plan.Batches).Select(batch => export.Read(BridgeLayout.Batch(plan.ExportTaskId, batch), PlanningJson.Default.CopyBatch))];

    private static List<(string, string)> Documents(ListedExport export) =>
        [.. export.Keys.Where(key => key.StartsWith("bridge/", StringComparison.Ordinal)).Select(key => (key, export.TextOf(key)))];
}
