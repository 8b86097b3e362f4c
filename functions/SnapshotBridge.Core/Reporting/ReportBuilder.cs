using SnapshotBridge.Loading;
using SnapshotBridge.Planning;
using SnapshotBridge.Requests;

namespace SnapshotBridge.Reporting;

/// <summary>Makes the report out of the plan and the verdicts.</summary>
public static class ReportBuilder
{
    public static RunReport Build(CopyPlan plan, LoadState state, LoadInput input, DateTimeOffset finishedAt)
    {
        List<TableReport> tables =
        [
            .. state.Tables.Select(table => Line(plan.Tables[table.Table], table)),
            .. plan.Skipped.Select(skipped => Line(skipped, input.Request)),
        ];
        int Count(TableStatus status) => tables.Count(table => table.Status == status);
        return new RunReport
        {
            ExecutionName = input.ExecutionName,
            ExportTaskId = plan.ExportTaskId,
            SourceArn = plan.SourceArn,
            SnapshotTime = plan.SnapshotTime,
            DestinationPrefix = plan.DestinationPrefix,
            Succeeded = tables.All(table => table.Status != TableStatus.Failed),
            StartedAt = input.ExecutionStartTime,
            FinishedAt = finishedAt,
            ServerVersion = state.ServerVersion,
            Tables = tables,
            Totals = new ReportTotals
            {
                Loaded = Count(TableStatus.Loaded),
                Empty = Count(TableStatus.Empty),
                Skipped = Count(TableStatus.Skipped),
                Failed = Count(TableStatus.Failed),
                Rows = tables.Where(table => table.Status == TableStatus.Loaded).Sum(table => table.RowsLoaded ?? 0),
                Objects = tables.Sum(table => (long)table.Objects),
                Bytes = tables.Sum(table => table.Bytes),
            },
        };
    }

    private static TableReport Line(PlannedTable planned, TableLoad load) => new()
    {
        Schema = planned.Schema,
        Table = planned.Table,
        TargetSchema = load.TargetSchema,
        Status = load.Phase switch
        {
            TablePhase.Loaded => TableStatus.Loaded,
            TablePhase.Empty => TableStatus.Empty,
            TablePhase.Failed => TableStatus.Failed,
            _ => throw new ArgumentException($"Table {planned.FullName} is not judged yet.", nameof(load)),
        },
        Reason = load.Reason,
        RowsExported = load.Rows,
        RowsLoaded = load.RowsLoaded,
        Objects = planned.Objects,
        Bytes = planned.Bytes,
        Evidence = load.Evidence,
        LoadSeconds = load.LoadSeconds,
        PublicSchema = load.PublicSchema,
        DroppedColumns = load.DroppedColumns,
        TypeChanges = load.TypeChanges,
        Statistics = load.Statistics,
        Warnings = planned.Warning is null ? load.Warnings : [$"RDS: {planned.Warning}", .. load.Warnings],
    };

    private static TableReport Line(SkippedTable skipped, BridgeRequest request)
    {
        var (database, schema, table) = Names(skipped.Target);
        return new TableReport
        {
            Schema = database == schema ? schema : $"{database}.{schema}",
            Table = table,
            TargetSchema = skipped.Target == ExportWarnings.WholeExport ? schema : LoadTargets.SchemaFor(database, schema, request),
            Status = TableStatus.Skipped,
            Reason = skipped.Reason,
        };
    }

    // RDS names database.schema.table, database.table, or a database alone. MySQL's schema is its database, and both may have dots.
    private static (string Database, string Schema, string Table) Names(string target)
    {
        for (var dot = target.IndexOf('.', StringComparison.Ordinal); dot > 0; dot = target.IndexOf('.', dot + 1))
        {
            var (name, rest) = (target[..dot], target[(dot + 1)..]);
            if (rest.Length > dot + 1 && rest[dot] == '.' && rest.StartsWith(name, StringComparison.Ordinal))
            {
                return (name, name, rest[(dot + 1)..]);
            }
        }

        return target.Split('.', 3) switch
        {
            [var database, var schema, var table] => (database, schema, table),
            [var database, var table] => (database, database, table),
            _ => (target, target, ""),
        };
    }
}
