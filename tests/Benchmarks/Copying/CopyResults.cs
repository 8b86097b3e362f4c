using System.Text.Json.Serialization;
using SnapshotBridge.Benchmarks.Reporting;

namespace SnapshotBridge.Benchmarks.Copying;

/// <summary>One run of one peer at one point. A run in which an object is missing or wrong measures nothing and fails the benchmark.</summary>
internal sealed record CopyRun(
    int Run, double WallSeconds, double UserSeconds, double SystemSeconds, double PeakMiB, double MegabytesPerSecond, double CpuSecondsPerGB, double ServerCpuSecondsPerGB, long SentBytes,
    IReadOnlyDictionary<string, long> Requests);

/// <summary>All runs of one peer at one point, and their medians.</summary>
internal sealed record CopySeries
{
    public required string Peer { get; init; }

    public required bool Tls { get; init; }

    public required long ObjectBytes { get; init; }

    public required string ObjectSize { get; init; }

    public required int Objects { get; init; }

    public required IReadOnlyList<CopyRun> Runs { get; init; }

    public double MegabytesPerSecond => Statistics.Median(Runs.Select(run => run.MegabytesPerSecond));

    public double CpuSecondsPerGB => Statistics.Median(Runs.Select(run => run.CpuSecondsPerGB));

    public double PeakMiB => Statistics.Median(Runs.Select(run => run.PeakMiB));

    public double ServerCpuSecondsPerGB => Statistics.Median(Runs.Select(run => run.ServerCpuSecondsPerGB));
}

/// <summary>One target at one point.</summary>
internal sealed record TargetVerdict(string Target, string Point, double Ratio, double Limit, bool AtLeast)
{
    public bool Met => AtLeast ? Ratio >= Limit : Ratio <= Limit;
}

/// <summary>What <c>copy.json</c> holds.</summary>
internal sealed record CopyResults
{
    public required Machine Machine { get; init; }

    public required DateTimeOffset MeasuredAt { get; init; }

    public required int Concurrency { get; init; }

    public required int MemoryMb { get; init; }

    public required long BytesPerPoint { get; init; }

    public required int RunsPerPoint { get; init; }

    public required IReadOnlyDictionary<string, string> Peers { get; init; }

    public required string Servers { get; init; }

    public required IReadOnlyList<CopySeries> Series { get; init; }

    public required IReadOnlyList<TargetVerdict> Targets { get; init; }
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CopyResults))]
internal sealed partial class CopyJson : JsonSerializerContext;
