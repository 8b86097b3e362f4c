using SnapshotBridge.Copying;
using SnapshotBridge.Core.Tests.Loading;
using SnapshotBridge.Exports;
using SnapshotBridge.Loading;
using SnapshotBridge.Loading.Declarations;
using SnapshotBridge.Loading.Verification;
using SnapshotBridge.Planning;
using SnapshotBridge.Reporting;
using SnapshotBridge.Requests;

namespace SnapshotBridge.Core.Tests.Reporting;

/// <summary>Reports of runs of any size, made as the product makes them. The same arguments give the same report.</summary>
internal static class ReportSamples
{
    public static readonly DateTimeOffset Start = new(2026, 11, 21, 8, 0, 0, TimeSpan.Zero);

    private static readonly string[] Nouns = ["orders", "order_items", "customers", "addresses", "payments", "invoices", "refunds", "shipments", "carriers", "products", "prices", "stock", "suppliers", "sessions", "events", "audit_log"];
    private static readonly string[] Schemas = ["shop", "billing", "crm", "warehouse", "analytics", "world"];

    public static LoadInput Input { get; } = new(
        "shop-2026-11-20-3fa94c",
        new BridgeRequest
        {
            Snapshot = SnapshotArn.Parse("arn:aws:rds:eu-central-1:123456789012:cluster-snapshot:rds:shop-2026-11-20-02-10", "snapshotArn", [])!,
            TargetSchemas = new Dictionary<string, string>(StringComparer.Ordinal) { ["shop"] = "shop_eu" },
        },
        "run-7d0c1f",
        Start);

    /// <summary>A run with loaded, empty, skipped and, where wanted, failed tables, warnings, type changes and statistics.</summary>
    public static RunReport Of(int tables, bool failing = true, bool longNames = false)
    {
        var planned = new List<PlannedTable>();
        var loads = new List<TableLoad>();
        for (var index = 0; index < tables; index++)
        {
            var schema = Schemas[index % Math.Min(Schemas.Length, Math.Max(1, tables / 5))];
            var name = index < Nouns.Length ? Nouns[index] : $"{Nouns[index % Nouns.Length]}_{index:D5}";
            if (longNames)
            {
                name = $"{name}_of_the_department_that_keeps_very_long_names_0123456789_0123456789"[..64];
            }

            var empty = index % 13 == 7;
            var (objects, bytes) = empty ? (0, 0L) : (1 + (index % 9), 1_234_567L + (index * 7_919_113L % 900_000_017L));
            planned.Add(LoadSamples.Table(schema, name, objects, bytes));
            loads.Add(Load(index, schema, name, empty, failing, longNames));
        }

        var plan = LoadSamples.PlanOf(
            planned,
            new SkippedTable("shop.shop.bad names", "a column's name has a space, a tab, a line break or one of , ; { } ( ) =, which RDS does not export: rename the column in the source and take a new snapshot (COLUMN_WITH_UNSUPPORTED_CHARACTER_IN_NAME)"),
            new SkippedTable("crm.crm.mystery", "SOMETHING_ELSE"));
        plan = plan with
        {
            ExportTaskId = Input.ExportTaskId,
            SourceArn = Input.Request.Snapshot.ToString(),
            DestinationPrefix = $"bridge/{Input.ExportTaskId}/",
            SnapshotTime = Start.AddHours(-6).AddMinutes(10),
            PlannedAt = Start.AddMinutes(24).AddSeconds(31),
            Batches = Math.Max(1, tables / 20),
            MaxConcurrency = 20,
            Orchestration = new OrchestrationCost(Math.Max(1, tables / 20), 8, Math.Max(1, tables / 20) * 3),
        };
        return ReportBuilder.Build(plan, State(loads), Input, Start.AddMinutes(52).AddSeconds(17.25), Facts(plan));
    }

    public static RunFacts Facts(CopyPlan plan) => new()
    {
        Choices = new LoadChoices { Verify = VerifyMode.Statistics },
        Export = new EndedExport
        {
            ExportTaskId = plan.ExportTaskId,
            SourceArn = plan.SourceArn,
            Status = "COMPLETE",
            StartedAt = Start.AddSeconds(9),
            EndedAt = Start.AddMinutes(24),
            ExtractedGigabytes = 7,
        },
        Copy = new CopyWork
        {
            StartedAt = Start.AddMinutes(24).AddSeconds(35),
            EndedAt = Start.AddMinutes(31).AddSeconds(2.5),
            Invocations = plan.Batches + 1,
            Seconds = 1234.5,
            GibibyteSeconds = 1234.5,
            SentBytes = plan.Bytes,
            SentObjects = (int)plan.Objects,
            SentParts = 321,
        },
        CopiedBatches = plan.Batches,
    };

    private static LoadState State(IReadOnlyList<TableLoad> loads) => new()
    {
        ExportTaskId = Input.ExportTaskId,
        RunId = "r",
        Attempt = 1,
        PassedGate = [Input.ExecutionName],
        ServerVersion = "9.4.1-cloud",
        Carrier = LoadCarrier.Event,
        Tables = loads,
        BegunAt = Start.AddMinutes(31).AddSeconds(12),
        LoadedAt = Start.AddMinutes(52).AddSeconds(11),
    };

    private static TableLoad Load(int index, string schema, string name, bool empty, bool failing, bool noisy)
    {
        var rows = empty ? 0 : 17L + (index * 48_271L % 9_000_011L);
        var fails = failing && index % 97 == 4;
        return new TableLoad
        {
            Table = index,
            TargetSchema = schema == "shop" ? "shop_eu" : schema,
            TargetTable = name,
            Rows = rows,
            RowsLoaded = empty ? null : fails ? rows / 2 : rows,
            Columns = ["id INT64", "total DECIMAL(12,2)"],
            Evidence = empty ? null : index % 11 == 5 ? CopyEvidence.Destination : CopyEvidence.EndToEnd,
            Phase = empty ? TablePhase.Empty : fails ? TablePhase.Failed : TablePhase.Loaded,
            Reason = fails
                ? index % 2 == 0
                    ? $"HeatWave serves {rows / 2} rows but the export holds {rows}"
                    : "the call failed with error 6091: Column 'shape' of type geometry is not convertible"
                : null,
            LoadSeconds = empty ? null : 0.5 + (index * 37 % 4001 / 1000.0),
            TypeChanges = index % 8 == 2 ? [new TypeChange("amount", "DECIMAL(65,30)", "DECIMAL(38,18)", "HeatWave holds at most 38 digits; digits behind are rounded")] : [],
            DroppedColumns = index % 41 == 3 ? ["location"] : [],
            Statistics = empty || fails ? null : new StatisticsOutcome(
                2, 6, index % 499 == 9 ? [new StatisticsDifference("total", "maximum", "99.95", "99.9")] : [], index % 50 == 1 ? ["note: its footers carry no minimum"] : [])
            {
                Columns = index % 50 == 1 ? 3 : 2,
                ColumnsInFull = 2,
            },
            Warnings = noisy
                ? ["6052: value of column note was truncated to 65,535 bytes in part-00017.gz.parquet and others like it, as the server says", $"6048: {index} values were rounded"]
                : index % 6 == 3 ? ["6048: values of column ratio were rounded"] : [],
        };
    }
}
