using System.Globalization;
using SnapshotBridge.Loading;
using SnapshotBridge.Planning;
using SnapshotBridge.Requests;

namespace SnapshotBridge.Reporting;

/// <summary>The stages of a run, out of what its documents tell. Pure.</summary>
internal static class StageReports
{
    public static IReadOnlyList<StageReport> Of(
        CopyPlan plan, LoadState state, LoadInput input, RunFacts facts, IReadOnlyList<TableReport> tables, DateTimeOffset finishedAt)
    {
        var begin = input.ExecutionStartTime;
        List<StageReport> stages = [Export(plan, facts, tables, begin), Plan(plan, begin), Copy(plan, facts, begin), Load(state, tables, finishedAt)];
        if (facts.Choices.Verify == VerifyMode.Statistics)
        {
            stages.Add(Statistics(tables));
        }

        if (facts.Choices.Publish == PublishMode.Swap)
        {
            stages.Add(Publish(state));
        }

        return stages;
    }

    private static StageReport Export(CopyPlan plan, RunFacts facts, IReadOnlyList<TableReport> tables, DateTimeOffset begin)
    {
        var earlier = facts.Export?.StartedAt is { } started && started < begin;
        return new StageReport
        {
            Stage = RunStage.Export,
            Earlier = earlier,
            StartedAt = facts.Export?.StartedAt,
            EndedAt = facts.Export?.EndedAt,
            Bytes = plan.Bytes,
            Objects = plan.Objects,
            Rows = tables.Sum(table => table.RowsExported ?? 0),
            Note = facts.Export is null ? "nothing tells when RDS exported it"
                : facts.Export.StartedAt is null ? "nothing tells when RDS began"
                : earlier ? "this run took over an export that had begun before it" : null,
        }.Timed();
    }

    private static StageReport Plan(CopyPlan plan, DateTimeOffset begin)
    {
        var earlier = plan.PlannedAt < begin;
        return new StageReport
        {
            Stage = RunStage.Plan,
            Earlier = earlier,
            EndedAt = plan.PlannedAt == default ? null : plan.PlannedAt,
            Bytes = plan.Bytes,
            Objects = plan.Objects,
            Note = string.Create(CultureInfo.InvariantCulture, $"{Counted(plan.Batches, "batch", "batches")}{(plan.Batches > 1 ? $", {plan.MaxConcurrency} at a time" : "")}"),
        };
    }

    private static StageReport Copy(CopyPlan plan, RunFacts facts, DateTimeOffset begin)
    {
        if (facts.Copy is not { } copy)
        {
            return new StageReport
            {
                Stage = RunStage.Copy,
                Earlier = plan.Batches > 0,
                Bytes = 0,
                Objects = 0,
                Note = plan.Batches == 0 ? "there was nothing to copy" : "all of it had been copied before this run",
            };
        }

        var notes = new List<string> { string.Create(CultureInfo.InvariantCulture, $"{Counted(copy.Invocations, "invocation", "invocations")} for {Counted(facts.CopiedBatches, "batch", "batches")}") };
        if (facts.EarlierBatches > 0)
        {
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"{Counted(facts.EarlierBatches, "batch", "batches")} had been copied before"));
        }

        return new StageReport
        {
            Stage = RunStage.Copy,
            Earlier = copy.EndedAt < begin,
            StartedAt = copy.StartedAt,
            EndedAt = copy.EndedAt,
            Bytes = copy.SentBytes,
            Objects = copy.SentObjects,
            Note = string.Join("; ", notes),
        }.Timed();
    }

    private static StageReport Load(LoadState state, IReadOnlyList<TableReport> tables, DateTimeOffset finishedAt)
    {
        var loaded = tables.Where(table => table is { Status: TableStatus.Loaded, LoadSeconds: not null }).ToList();
        var before = tables.Count(table => table is { Status: TableStatus.Loaded, LoadSeconds: null });
        var notes = new List<string>();
        if (state.Attempt > 1)
        {
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"attempt {state.Attempt} for this export"));
        }

        if (before > 0)
        {
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"{Counted(before, "table", "tables")} had been loaded before and counted again"));
        }

        return new StageReport
        {
            Stage = RunStage.Load,
            StartedAt = state.BegunAt,
            EndedAt = state.BegunAt is null ? null : state.LoadedAt ?? finishedAt,
            Bytes = loaded.Sum(table => table.Bytes),
            Objects = loaded.Sum(table => (long)table.Objects),
            Rows = loaded.Sum(table => table.RowsLoaded ?? 0),
            Note = notes.Count > 0 ? string.Join("; ", notes) : null,
        }.Timed();
    }

    private static StageReport Publish(LoadState state)
    {
        var switched = state.Published.Where(schema => schema.SwitchedAt is not null).ToList();
        return new StageReport
        {
            Stage = RunStage.Publish,
            EndedAt = switched.Max(schema => schema.SwitchedAt),
            Note = $"{Counted(switched.Count, "schema", "schemas")} switched{(switched.Count < state.Published.Count ? $", {Counted(state.Published.Count - switched.Count, "schema", "schemas")} not" : "")}",
        };
    }

    private static StageReport Statistics(IReadOnlyList<TableReport> tables)
    {
        var compared = tables.Where(table => table.Statistics is not null).ToList();
        return new StageReport
        {
            Stage = RunStage.Statistics,
            Note = string.Create(
                CultureInfo.InvariantCulture,
                $"within the load, each table after it was loaded: {compared.Sum(table => (long)table.Statistics!.ValuesCompared)} figures of {compared.Sum(table => (long)table.Statistics!.ColumnsCompared)} of {compared.Sum(table => (long)table.Statistics!.Columns)} columns in {compared.Count} tables, {compared.Sum(table => (long)table.Statistics!.ColumnsInFull)} columns in full"),
        };
    }

    private static string Counted(int count, string one, string many) => string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many)}");
}
