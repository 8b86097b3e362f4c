using System.Globalization;
using System.Runtime.InteropServices;

namespace SnapshotBridge.Benchmarks.Reporting;

/// <summary>What a figure was measured on.</summary>
internal sealed record Machine(string Processor, int Cores, double MemoryGiB, string Kernel, string Runtime, string? Rclone)
{
    public string Line => $"{Processor}, {Cores} {(Cores == 1 ? "core" : "cores")}, {MemoryGiB.ToString("F0", CultureInfo.InvariantCulture)} GiB, {Kernel}, {Runtime}{(Rclone is null ? "" : $", {Rclone}")}";

    public static Machine Read(string? rclone) => new(
        FirstField("/proc/cpuinfo", "model name") ?? FirstField("/proc/cpuinfo", "CPU part") ?? RuntimeInformation.ProcessArchitecture.ToString(),
        Environment.ProcessorCount,
        Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30), 1),
        $"{RuntimeInformation.RuntimeIdentifier}, Linux {Environment.OSVersion.Version}",
        RuntimeInformation.FrameworkDescription,
        rclone);

    private static string? FirstField(string file, string name) => File.Exists(file)
        ? File.ReadLines(file).Where(line => line.StartsWith(name, StringComparison.Ordinal)).Select(line => line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()).FirstOrDefault()
        : null;
}
