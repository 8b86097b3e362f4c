using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using SnapshotBridge.Benchmarks.Reporting;
using SnapshotBridge.Copying;
using Spectre.Console;

namespace SnapshotBridge.Benchmarks.Hashing;

/// <summary>One checksum's speed on one core.</summary>
internal sealed record HashSpeed(string Name, bool IsOurs, double MegabytesPerSecond);

/// <summary>What <c>hash.json</c> holds.</summary>
internal sealed record HashResults(Machine Machine, DateTimeOffset MeasuredAt, int BlockBytes, IReadOnlyList<HashSpeed> Speeds);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(HashResults))]
internal sealed partial class HashJson : JsonSerializerContext;

/// <summary>How fast each checksum passes over a part on one core, by instruction and by table.</summary>
internal sealed class HashBench(IAnsiConsole console)
{
    /// <summary>A part is hashed in blocks that stay in the processor's cache, as the copy does.</summary>
    private const int BlockBytes = 64 * 1024;

    private const int PartBytes = 10 << 20;
    private const int Rounds = 5;

    private static readonly TimeSpan Round = TimeSpan.FromSeconds(0.4);

    public void Run()
    {
        var part = new byte[PartBytes];
        new Random(1).NextBytes(part);
        var candidates = Candidates();
        console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{candidates.Count} checksums over a part of {PartBytes >> 20} MiB in blocks of {BlockBytes >> 10} KiB, one thread, median of {Rounds} rounds; about {candidates.Count * (Rounds + 1) * Round.TotalSeconds:F0} s."));
        var speeds = candidates.Select(candidate => new HashSpeed(candidate.Name, candidate.IsOurs, Measure(candidate.Hash, part))).ToList();
        var results = new HashResults(Machine.Read(rclone: null), TimeProvider.System.GetUtcNow(), BlockBytes, speeds);

        var table = new Table { Border = TableBorder.Ascii2 };
        table.AddColumn("Checksum");
        table.AddColumn(new TableColumn("MB/s per core").RightAligned());
        foreach (var speed in speeds)
        {
            table.AddRow(speed.Name, speed.MegabytesPerSecond.ToString("N0", CultureInfo.InvariantCulture));
        }

        console.Write(table);
        console.WriteLine(results.Machine.Line);
        console.WriteLine(ResultFiles.WriteJson("hash", results, HashJson.Default.HashResults));
        console.WriteLine(ResultFiles.Write("hash.svg", HashChart.Draw(results)));
    }

    private static List<Candidate> Candidates()
    {
        var found = new List<Candidate>();
        if (CarrylessFolding.IsWide)
        {
            found.Add(new("CRC32C, 512-bit registers", true, data => Blocks(data, block => Crc32C.AppendFolded(0, block))));
        }

        if (Crc32C.IsAccelerated)
        {
            found.Add(new("CRC32C, instruction", true, data => Blocks(data, block => Crc32C.AppendAccelerated(0, block))));
        }

        found.Add(new("CRC32C, portable", true, data => Blocks(data, block => Crc32C.AppendPortable(0, block))));
        if (Crc64Nvme.IsAccelerated)
        {
            found.Add(new("CRC64NVME, instruction", true, data => Blocks(data, block => Crc64Nvme.AppendAccelerated(0, block))));
        }

        found.Add(new("CRC64NVME, portable", true, data => Blocks(data, block => Crc64Nvme.AppendPortable(0, block))));
        found.Add(new("CRC32C and CRC64NVME together", true, data => Blocks(data, block => Crc32C.Append(0, block) ^ Crc64Nvme.Append(0, block))));
        found.Add(new("SHA-256", false, data => SHA256.HashData(data)[0]));
#pragma warning disable CA5351 // What other tools spend on a checksum.
        found.Add(new("MD5", false, data => MD5.HashData(data)[0]));
#pragma warning restore CA5351
        return found;
    }

    private static ulong Blocks(byte[] data, Func<ReadOnlySpan<byte>, ulong> hash)
    {
        var joined = 0UL;
        for (var offset = 0; offset < data.Length; offset += BlockBytes)
        {
            joined ^= hash(data.AsSpan(offset, Math.Min(BlockBytes, data.Length - offset)));
        }

        return joined;
    }

    private static double Measure(Func<byte[], ulong> hash, byte[] part)
    {
        // The first round is for the compiler.
        _ = OneRound(hash, part);
        return Statistics.Median(Enumerable.Range(0, Rounds).Select(_ => OneRound(hash, part)).ToList());
    }

    /// <summary>By processor time, so that another process beside this one does not slow the figure.</summary>
    private static double OneRound(Func<byte[], ulong> hash, byte[] part)
    {
        var startedAt = Stopwatch.GetTimestamp();
        var cpu = Environment.CpuUsage.TotalTime;
        var (bytes, kept) = (0L, 0UL);
        while (Stopwatch.GetElapsedTime(startedAt) < Round)
        {
            kept ^= hash(part);
            bytes += part.Length;
        }

        GC.KeepAlive(kept);
        return bytes / 1e6 / (Environment.CpuUsage.TotalTime - cpu).TotalSeconds;
    }

    private sealed record Candidate(string Name, bool IsOurs, Func<byte[], ulong> Hash);
}
