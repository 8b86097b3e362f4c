using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using SnapshotBridge.Benchmarks.Copying;
using SnapshotBridge.Benchmarks.Reporting;
using Spectre.Console;

namespace SnapshotBridge.Benchmarks.Planning;

/// <summary>
/// PlanCopy's work for a listing of a given size, and LoadTables' completeness gate for the same, each in a process of its own
/// whose heap is limited so that it and the runtime together fit into the function. Listings are made on the way, documents
/// are serialized and dropped: what is left out is the services' own time and that of their clients.
/// </summary>
internal sealed class PlanBench(int tables, long objects, int memoryMb, IAnsiConsole console)
{
    // What the runtime and its code take beside the heap.
    private const int RuntimeMb = 128;

    private const int GateMemoryMb = 1024;

    /// <summary>What S3 gives in one answer at most.</summary>
    private const int KeysPerPage = 1000;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(15);

    /// <summary>False when the memory did not suffice, or the plan or the gate is wrong.</summary>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        var planning = await MeasureAsync("child-plan", memoryMb, cancellationToken);
        var gate = await MeasureAsync("child-gate", GateMemoryMb, cancellationToken);
        if (planning is null || gate is null)
        {
            return false;
        }

        var results = new PlanResults(
            Machine.Read(rclone: null),
            new Cost(memoryMb, planning),
            JsonSerializer.Deserialize(planning.Output, PlanBenchJson.Default.PlanFacts)!,
            new Cost(GateMemoryMb, gate),
            JsonSerializer.Deserialize(gate.Output, PlanBenchJson.Default.GateFacts)!);
        Write(results);
        return results.PlanCost.Fits && results.GateCost.Fits && results.Plan.WrittenObjects == objects && results.Gate.Differences == 0;
    }

    private async Task<ProcessCost?> MeasureAsync(string command, int limitMb, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!);
        foreach (var argument in (string[])[typeof(PlanBench).Assembly.Location, command, "--tables", Text(tables), "--objects", Text(objects)])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["DOTNET_GCHeapHardLimit"] = ((long)(limitMb - RuntimeMb) << 20).ToString("X", CultureInfo.InvariantCulture);
        var cost = await MeasuredProcess.RunAsync(start, Limit, cancellationToken);
        if (cost.ExitCode == 0)
        {
            return cost;
        }

        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{command} failed for {objects} objects with {limitMb} MB: {cost.Errors}"));
        return null;
    }

    private void Write(PlanResults results)
    {
        var (plan, gate) = (results.Plan, results.Gate);
        var table = new Table { Border = TableBorder.Ascii2 };
        table.AddColumn("What").AddColumn(new TableColumn("PlanCopy").RightAligned()).AddColumn(new TableColumn("LoadTables' gate").RightAligned());
        void Row(string what, FormattableString first, FormattableString second) =>
            table.AddRow(what, first.ToString(CultureInfo.InvariantCulture), second.ToString(CultureInfo.InvariantCulture));
        Row("objects in tables", $"{plan.Objects:N0} in {plan.Tables:N0}", $"{gate.Objects:N0} in {gate.Tables:N0}");
        Row("S3 LIST pages of 1,000 keys", $"{(plan.ListedKeys + KeysPerPage - 1) / KeysPerPage:N0}", $"");
        Row("function's memory, MiB", $"{results.PlanCost.MemoryMb}", $"{results.GateCost.MemoryMb}");
        Row("peak resident, MiB", $"{results.PlanCost.PeakResidentMiB:F0}", $"{results.GateCost.PeakResidentMiB:F0}");
        Row("wall, s, without the services' time", $"{results.PlanCost.WallSeconds:F1}", $"{results.GateCost.WallSeconds:F1}");
        Row("CPU, s", $"{results.PlanCost.CpuSeconds:F1}", $"{results.GateCost.CpuSeconds:F1}");
        Row("batches", $"{plan.Batches:N0}", $"{gate.Batches:N0}");
        Row("largest / smallest batch, bytes", $"{plan.LargestBytes:N0} / {plan.SmallestBytes:N0} = {(double)plan.LargestBytes / plan.SmallestBytes:F2}", $"");
        Row("largest / smallest batch, objects", $"{plan.LargestObjects:N0} / {plan.SmallestObjects:N0}", $"");
        Row("state transitions", $"{plan.Transitions:N0}", $"");
        Row("plan.json, batches.json, all batches, MB", $"{plan.PlanJsonBytes / 1e6:F1}, {plan.BatchListJsonBytes / 1e6:F2}, {plan.BatchesJsonBytes / 1e6:F0}", $"");
        Row("manifest's documents, MB", $"", $"{gate.ManifestDocuments}, {gate.ManifestBytes / 1e6:F0}");
        console.WriteLine(results.Machine.Line);
        console.Write(table);
        foreach (var (name, cost) in ((string, Cost)[])[("PlanCopy", results.PlanCost), ("LoadTables' gate", results.GateCost)])
        {
            console.WriteLine($"  {(cost.Fits ? "met   " : "MISSED")} {name}: the whole process stays within the function's memory");
        }

        console.WriteLine(ResultFiles.WriteJson("plan", results, PlanBenchJson.Default.PlanResults));
        console.WriteLine(ResultFiles.Write("plan.svg", PlanChart.Draw(results)));
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>What the child tells about its plan.</summary>
internal sealed record PlanFacts(
    int Tables, long Objects, int Batches, long Transitions, long WrittenObjects, long ListedKeys, long LargestBytes, long SmallestBytes, int LargestObjects, int SmallestObjects,
    long PlanJsonBytes, long BatchListJsonBytes, long BatchesJsonBytes);

/// <summary>What one child cost.</summary>
internal sealed record Cost(int MemoryMb, double WallSeconds, double CpuSeconds, double PeakResidentMiB)
{
    public Cost(int memoryMb, ProcessCost cost)
        : this(memoryMb, Math.Round(cost.Wall.TotalSeconds, 2), Math.Round(cost.CpuSeconds, 2), Math.Round(cost.PeakResidentBytes / 1048576.0, 1))
    {
    }

    public bool Fits => PeakResidentMiB <= MemoryMb;
}

internal sealed record PlanResults(Machine Machine, Cost PlanCost, PlanFacts Plan, Cost GateCost, GateFacts Gate);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(PlanResults))]
[JsonSerializable(typeof(PlanFacts))]
[JsonSerializable(typeof(GateFacts))]
internal sealed partial class PlanBenchJson : JsonSerializerContext;
