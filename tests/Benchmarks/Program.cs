using System.CommandLine;
using SnapshotBridge.BenchmarkPeers;
using SnapshotBridge.Benchmarks.Copying;
using SnapshotBridge.Benchmarks.Hashing;
using SnapshotBridge.Benchmarks.Integrity;
using SnapshotBridge.Benchmarks.Planning;
using SnapshotBridge.Benchmarks.Servers;
using Spectre.Console;

namespace SnapshotBridge.Benchmarks;

/// <summary>The benchmarks' entry point; <c>tests/bench.sh</c> builds and calls it.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] arguments)
    {
        // A pipe has no width of its own, and a table must not be folded for it.
        AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, 150);
        AnsiConsole.Profile.Capabilities.Ansi &= !Console.IsOutputRedirected;
        var root = new RootCommand("Benchmarks of SnapshotBridge. Results go to artifacts/bench.");
        foreach (var command in (Command[])[Commands.Copy(), Commands.Hash(), Commands.Integrity(), PlanCommands.Plan(), PlanCommands.ChildPlan(), PlanCommands.ChildGate(), Commands.Serve()])
        {
            root.Subcommands.Add(command);
        }

        return await root.Parse(arguments).InvokeAsync();
    }
}

internal static class Commands
{
    private static readonly long[] AllSizes = [1L << 20, 8L << 20, 64L << 20, 1L << 30];

    public static Command Copy()
    {
        var quick = new Option<bool>("--quick") { Description = "One run of 512 MiB per point" };
        var size = new Option<string[]>("--size") { Description = "Object sizes: 1M, 8M, 64M, 1G or any other", AllowMultipleArgumentsPerToken = true };
        var only = new Option<string[]>("--only") { Description = "Peers: ours, rclone, sdk, and rclone-parts (with its default cutoff), which is not among them otherwise", AllowMultipleArgumentsPerToken = true };
        var runs = new Option<int?>("--runs") { Description = "Runs per peer and point (3; the plain SDK way once unless it is asked for by --only)" };
        var concurrency = new Option<int>("--concurrency") { Description = "Transfers at a time", DefaultValueFactory = _ => 8 };
        var tls = new Option<string>("--tls") { Description = "on, off or both", DefaultValueFactory = _ => "both" };
        tls.AcceptOnlyFromAmong("on", "off", "both");
        var bytes = new Option<string?>("--bytes") { Description = "Bytes per copy (8G)" };
        var memory = new Option<int>("--memory") { Description = "The function's memory in MB", DefaultValueFactory = _ => 1024 };
        var command = new Command("copy", "Ours beside rclone and the plain SDK way: MB/s, CPU-seconds per GB, peak memory") { quick, size, only, runs, concurrency, tls, bytes, memory };
        only.AcceptOnlyFromAmong("ours", "rclone", "sdk", "rclone-parts");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var sizes = parsed.GetValue(size) is { Length: > 0 } given ? given.Select(ByteText.Parse).ToArray() : AllSizes;
            var isQuick = parsed.GetValue(quick);
            var options = new CopyBenchOptions
            {
                Sizes = sizes,
                Only = parsed.GetValue(only) ?? [],
                Runs = parsed.GetValue(runs) ?? (isQuick ? 1 : 3),
                Concurrency = parsed.GetValue(concurrency),
                Tls = parsed.GetValue(tls) switch { "on" => [true], "off" => [false], _ => [false, true] },
                BytesPerPoint = parsed.GetValue(bytes) is { } text ? ByteText.Parse(text) : isQuick ? 512L << 20 : 8L << 30,
                LeastObjects = isQuick ? 1 : parsed.GetValue(concurrency),
                MemoryMb = parsed.GetValue(memory),
            };
            return await new CopyBench(options, AnsiConsole.Console).RunAsync(cancellationToken) ? 0 : 1;
        });
        return command;
    }

    public static Command Hash()
    {
        var command = new Command("hash", "MB/s of each checksum on one core");
        command.SetAction(_ => new HashBench(AnsiConsole.Console).Run());
        return command;
    }

    public static Command Integrity()
    {
        var only = new Option<string[]>("--only") { Description = "Rows, by their names", AllowMultipleArgumentsPerToken = true };
        var command = new Command("integrity", "What our copy and rclone make of every fault") { only };
        command.SetAction(async (parsed, cancellationToken) => await new IntegrityBench(parsed.GetValue(only) ?? [], AnsiConsole.Console).RunAsync(cancellationToken) ? 0 : 1);
        return command;
    }

    public static Command Serve()
    {
        var set = new Option<string[]>("--set") { AllowMultipleArgumentsPerToken = false };
        var certificate = new Option<string?>("--certificate");
        var command = new Command("serve", "The loopback servers; started by the benchmarks") { set, certificate };
        command.Hidden = true;
        command.SetAction(parsed => ServerProgram.Run([.. parsed.GetValue(set)!.Select(ObjectSet.Parse)], parsed.GetValue(certificate)));
        return command;
    }
}
