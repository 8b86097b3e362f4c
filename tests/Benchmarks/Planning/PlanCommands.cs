using System.CommandLine;
using Spectre.Console;

namespace SnapshotBridge.Benchmarks.Planning;

internal static class PlanCommands
{
    public static Command Plan()
    {
        var (tables, objects) = Size();
        var memory = new Option<int>("--memory") { Description = "PlanCopy's memory in MB", DefaultValueFactory = _ => 512 };
        var command = new Command("plan", "The plan and the completeness gate of a very large export in a function's memory: time, peak memory, evenness") { tables, objects, memory };
        command.SetAction(async (parsed, cancellationToken) =>
            await new PlanBench(parsed.GetValue(tables), parsed.GetValue(objects), parsed.GetValue(memory), AnsiConsole.Console).RunAsync(cancellationToken) ? 0 : 1);
        return command;
    }

    public static Command ChildPlan() => Child("child-plan", PlanChild.RunAsync);

    public static Command ChildGate() => Child("child-gate", GateChild.RunAsync);

    private static Command Child(string name, Func<int, long, CancellationToken, Task> run)
    {
        var (tables, objects) = Size();
        var command = new Command(name, "Started by the benchmark") { tables, objects };
        command.Hidden = true;
        command.SetAction((parsed, cancellationToken) => run(parsed.GetValue(tables), parsed.GetValue(objects), cancellationToken));
        return command;
    }

    private static (Option<int> Tables, Option<long> Objects) Size() => (
        new Option<int>("--tables") { Description = "Tables (10,000)", DefaultValueFactory = _ => 10_000 },
        new Option<long>("--objects") { Description = "Parquet files (1,000,000)", DefaultValueFactory = _ => 1_000_000 });
}
