using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace SnapshotBridge.Benchmarks.Copying;

/// <summary>What one process cost from its start to its end.</summary>
/// <param name="Wall">How long it ran.</param>
/// <param name="UserSeconds">Processor time of all its threads in their own code, as the kernel accounts it when it ends.</param>
/// <param name="SystemSeconds">The same in the kernel: for a copy, moving bytes through sockets.</param>
/// <param name="PeakResidentBytes">The most that was resident at a time.</param>
/// <param name="ExitCode">Its status.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Errors">Its standard error.</param>
internal sealed record ProcessCost(TimeSpan Wall, double UserSeconds, double SystemSeconds, long PeakResidentBytes, int ExitCode, string Output, string Errors)
{
    public double CpuSeconds => UserSeconds + SystemSeconds;
}

/// <summary>Runs a program and accounts for it. One at a time: the kernel tells the time of all ended children together.</summary>
internal static class MeasuredProcess
{
    private const int ResourceUsageOfChildren = -1;

    /// <summary>
    /// How often the high-water mark is read. It only grows, so what is missed is what a process gains in its last moment;
    /// ru_maxrss would be no better, because a child inherits its parent's there until it has its own memory.
    /// </summary>
    private static readonly TimeSpan Sampling = TimeSpan.FromMilliseconds(20);

    public static async Task<ProcessCost> RunAsync(ProcessStartInfo start, TimeSpan limit, CancellationToken cancellationToken)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.UseShellExecute = false;
        var (userBefore, systemBefore) = ChildrenCpuSeconds();
        var startedAt = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(limit);
        var exit = process.WaitForExitAsync(timeout.Token);
        long peak = 0;
        try
        {
            while (!exit.IsCompleted)
            {
                peak = Math.Max(peak, HighWaterMark(process.Id));
                await Task.WhenAny(exit, Task.Delay(Sampling, CancellationToken.None));
            }

            await exit;
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
            cancellationToken.ThrowIfCancellationRequested();
        }

        var wall = Stopwatch.GetElapsedTime(startedAt);
        var (user, system) = ChildrenCpuSeconds();
        return new ProcessCost(wall, user - userBefore, system - systemBefore, peak, process.ExitCode, await output, await errors);
    }

    /// <summary>The most memory that a living process has had, in bytes; 0 where it has ended.</summary>
    public static long HighWaterMark(int processId)
    {
        try
        {
            var line = File.ReadLines($"/proc/{processId.ToString(CultureInfo.InvariantCulture)}/status").FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line["VmHWM:".Length..^"kB".Length], CultureInfo.InvariantCulture) * 1024;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static (double User, double System) ChildrenCpuSeconds()
    {
        if (GetResourceUsage(ResourceUsageOfChildren, out var usage) != 0)
        {
            throw new InvalidOperationException($"getrusage failed: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        return (usage.UserSeconds + (usage.UserMicroseconds / 1e6), usage.SystemSeconds + (usage.SystemMicroseconds / 1e6));
    }

    [DllImport("libc", EntryPoint = "getrusage", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetResourceUsage(int who, out ResourceUsage usage);

    /// <summary>struct rusage of 64-bit Linux: two time values, then fourteen counts.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 144)]
    private struct ResourceUsage
    {
        public long UserSeconds;
        public long UserMicroseconds;
        public long SystemSeconds;
        public long SystemMicroseconds;
    }
}
