namespace SnapshotBridge.Benchmarks.Copying;

/// <summary>What the copy promises against rclone in the same run.</summary>
internal static class CopyTargets
{
    public const double CpuRatio = 1.0;
    public const double CpuRatioOfSmallObjects = 1.5;
    public const double SpeedRatio = 1.2;
    public const double MemoryRatio = 1.0;

    private const long Small = 8L << 20;

    /// <summary>The most processor time per gigabyte, relative to rclone, for objects of this size.</summary>
    public static double CpuLimit(long objectBytes) => objectBytes < Small ? CpuRatioOfSmallObjects : CpuRatio;

    /// <summary>One verdict per target and point; none where a peer was not measured.</summary>
    public static IReadOnlyList<TargetVerdict> Judge(IReadOnlyList<CopySeries> series, int memoryMb)
    {
        var verdicts = new List<TargetVerdict>();
        foreach (var ours in series.Where(one => one.Peer == CopyPeer.Ours))
        {
            var point = $"{ours.ObjectSize}, {(ours.Tls ? "TLS" : "no TLS")}";
            if (series.FirstOrDefault(one => one.Peer == CopyPeer.Rclone && one.Tls == ours.Tls && one.ObjectBytes == ours.ObjectBytes) is { } rclone)
            {
                verdicts.Add(new TargetVerdict("CPU-s/GB ÷ rclone", point, ours.CpuSecondsPerGB / rclone.CpuSecondsPerGB, CpuLimit(ours.ObjectBytes), AtLeast: false));
                verdicts.Add(new TargetVerdict("MB/s ÷ rclone", point, ours.MegabytesPerSecond / rclone.MegabytesPerSecond, SpeedRatio, AtLeast: true));
                verdicts.Add(new TargetVerdict("peak memory ÷ rclone", point, ours.PeakMiB / rclone.PeakMiB, MemoryRatio, AtLeast: false));
            }

            verdicts.Add(new TargetVerdict("peak memory ÷ function's size", point, ours.Runs.Max(run => run.PeakMiB) / memoryMb, 1.0, AtLeast: false));
        }

        return verdicts;
    }
}
