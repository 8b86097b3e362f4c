using SnapshotBridge.Copying;
using SnapshotBridge.Loading;
using SnapshotBridge.Planning;
using SnapshotBridge.Requests;

namespace SnapshotBridge.Reporting;

/// <summary>Makes the report out of the plan, the verdicts and what is known besides. Pure: no text of a server leaves it unmasked.</summary>
public static class ReportBuilder
{
    /// <param name="plan">What was exported.</param>
    /// <param name="state">What became of each table; all are judged.</param>
    /// <param name="input">What was asked for.</param>
    /// <param name="finishedAt">Now, UTC.</param>
    /// <param name="facts">Choices, times and the copy's work; null where they are not known.</param>
    public static RunReport Build(CopyPlan plan, LoadState state, LoadInput input, DateTimeOffset finishedAt, RunFacts? facts = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(input);
        facts ??= new RunFacts();
        List<TableReport> tables =
        [
            .. state.Tables.Select(table => Line(plan.Tables[table.Table], table)),
            .. plan.Skipped.Select(skipped => Line(skipped, input.Request)),
        ];
        var totals = Totals(tables);
        return new RunReport
        {
            Verdict = Verdicts.Of(totals, state.Published),
            ExecutionName = input.ExecutionName,
            ExportTaskId = plan.ExportTaskId,
            SourceArn = plan.SourceArn,
            SnapshotTime = plan.SnapshotTime,
            DestinationPrefix = plan.DestinationPrefix,
            Succeeded = totals.Failed == 0 && !state.Published.Any(schema => schema.HasFailed),
            StartedAt = input.ExecutionStartTime,
            FinishedAt = finishedAt,
            ServerVersion = state.ServerVersion,
            Publish = facts.Choices.Publish,
            PublishedSchemas = state.Published,
            Choices = RunChoices.Of(facts.Choices, input.Request, state),
            Stages = StageReports.Of(plan, state, input, facts, tables, finishedAt),
            Cost = CostEstimator.Of(plan, state, input, facts, finishedAt),
            Tables = tables,
            Totals = totals,
        };
    }

    private static ReportTotals Totals(List<TableReport> tables)
    {
        int Count(TableStatus status) => tables.Count(table => table.Status == status);
        return new ReportTotals
        {
            Loaded = Count(TableStatus.Loaded),
            Empty = Count(TableStatus.Empty),
            Skipped = Count(TableStatus.Skipped),
            Failed = Count(TableStatus.Failed),
            Rows = tables.Where(table => table.Status == TableStatus.Loaded).Sum(table => table.RowsLoaded ?? 0),
            Objects = tables.Sum(table => (long)table.Objects),
            Bytes = tables.Sum(table => table.Bytes),
            Warned = tables.Count(table => table.Warnings.Count > 0),
            TypeChanges = tables.Sum(table => table.TypeChanges.Count),
            DroppedColumns = tables.Sum(table => table.DroppedColumns.Count),
            BelowEndToEnd = tables.Count(table => table.Evidence == CopyEvidence.Destination),
            StatisticsColumns = tables.Sum(table => (long)(table.Statistics?.Columns ?? 0)),
            StatisticsColumnsCompared = tables.Sum(table => (long)(table.Statistics?.ColumnsCompared ?? 0)),
            StatisticsColumnsInFull = tables.Sum(table => (long)(table.Statistics?.ColumnsInFull ?? 0)),
            StatisticsCompared = tables.Sum(table => (long)(table.Statistics?.ValuesCompared ?? 0)),
            StatisticsDifferent = tables.Sum(table => (long)(table.Statistics?.Differences.Count ?? 0)),
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
        Reason = SecretMask.MaskOptional(load.Reason),
        NextStep = load.Phase == TablePhase.Failed ? NextSteps.Failed(load.Reason) : null,
        RowsExported = load.Rows,
        RowsLoaded = load.RowsLoaded,
        Objects = planned.Objects,
        Bytes = planned.Bytes,
        Evidence = load.Evidence,
        LoadSeconds = load.LoadSeconds is { } seconds ? Math.Round(seconds, 6) : null,
        PublicSchema = load.PublicSchema,
        DroppedColumns = load.DroppedColumns,
        TypeChanges = [.. load.TypeChanges.Select(change => change with { Reason = SecretMask.Mask(change.Reason) })],
        Statistics = load.Statistics,
        Warnings = [.. (planned.Warning is null ? load.Warnings : [$"RDS: {planned.Warning}", .. load.Warnings]).Select(SecretMask.Mask)],
    };

    private static TableReport Line(SkippedTable skipped, BridgeRequest request)
    {
        var (database, schema, table) = Names(skipped.Target);
        var (reason, nextStep) = NextSteps.Skipped(skipped.Reason);
        return new TableReport
        {
            Schema = database == schema ? schema : $"{database}.{schema}",
            Table = table,
            TargetSchema = skipped.Target == ExportWarnings.WholeExport ? schema : LoadTargets.SchemaFor(database, schema, request),
            Status = TableStatus.Skipped,
            Reason = reason,
            NextStep = nextStep,
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
