using System.Diagnostics;
using System.Globalization;
using SnapshotBridge.BenchmarkPeers;
using SnapshotBridge.Benchmarks.Reporting;
using SnapshotBridge.Benchmarks.Servers;
using Spectre.Console;

namespace SnapshotBridge.Benchmarks.Copying;

/// <summary>What <c>bench.sh copy</c> is asked for.</summary>
internal sealed record CopyBenchOptions
{
    public required IReadOnlyList<long> Sizes { get; init; }

    /// <summary>Which peers, by part of their name; empty for all.</summary>
    public required IReadOnlyList<string> Only { get; init; }

    public required int Runs { get; init; }

    public required int Concurrency { get; init; }

    public required IReadOnlyList<bool> Tls { get; init; }

    public required long BytesPerPoint { get; init; }

    /// <summary>Objects per copy at least, whatever their size: with fewer than transfers at a time, a tool that copies object by object would have idle ones.</summary>
    public required int LeastObjects { get; init; }

    public required int MemoryMb { get; init; }
}

/// <summary>Copies the same bytes by every peer, run after run in turns, and compares what it cost.</summary>
internal sealed class CopyBench(CopyBenchOptions options, IAnsiConsole console)
{
    private const string ServerDescription =
        "one process with a thread per connection and blocking sockets; objects come from one block in memory, sinks drain every body and compute its CRC32C; "
        + "no signature is checked; TLS 1.3 with AES-128-GCM for everybody";

    private static readonly TimeSpan LongestRun = TimeSpan.FromMinutes(5);

    /// <returns>True when every copy arrived right. A missed target is a result, not a failure.</returns>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        var rclone = await RcloneProgram.VersionAsync(cancellationToken);
        var peers = Peers(rclone);
        var sets = options.Sizes.Select(size => new ObjectSet(size, (int)Math.Max(options.LeastObjects, options.BytesPerPoint / size))).ToList();
        Announce(peers, sets);

        var folder = Directory.CreateTempSubdirectory("snapshotbridge-bench-").FullName;
        var series = new List<CopySeries>();
        try
        {
            foreach (var tls in options.Tls)
            {
                var certificate = tls ? Path.Combine(folder, "certificate.pem") : null;
                using var servers = await ServerProcess.StartAsync(sets, certificate, cancellationToken);
                foreach (var set in sets)
                {
                    var point = new CopyPoint(set, options.Concurrency, servers.Addresses, certificate, folder);
                    series.AddRange(await MeasureAsync(point, peers, servers, cancellationToken));
                }
            }
        }
        catch (CopyFailedException failure)
        {
            console.MarkupLineInterpolated($"[red]{failure.Message}[/]");
            return false;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        var results = new CopyResults
        {
            Machine = Machine.Read(rclone),
            MeasuredAt = TimeProvider.System.GetUtcNow(),
            Concurrency = options.Concurrency,
            MemoryMb = options.MemoryMb,
            BytesPerPoint = options.BytesPerPoint,
            RunsPerPoint = options.Runs,
            Peers = peers.ToDictionary(peer => peer.Name, peer => peer.Describe),
            Servers = ServerDescription,
            Series = series,
            Targets = CopyTargets.Judge(series, options.MemoryMb),
        };
        CopyReport.Write(console, results);
        return true;
    }

    private List<CopyPeer> Peers(string? rclone)
    {
        List<CopyPeer> peers = [CopyPeer.SnapshotBridge(options.MemoryMb)];
        if (rclone is not null)
        {
            peers.Add(CopyPeer.RcloneCopy(rclone));
            if (options.Only.Contains("rclone-parts"))
            {
                peers.Add(CopyPeer.RcloneInParts(rclone));
            }
        }
        else
        {
            console.MarkupLine("[yellow]rclone is not installed: there is nothing to compare with.[/]");
        }

        peers.Add(CopyPeer.PlainSdk());
        return options.Only.Count == 0 ? peers : [.. peers.Where(peer => options.Only.Contains(ShortName(peer)))];
    }

    /// <summary>No target compares with the plain SDK way: one run shows where it stands, unless somebody asks for it.</summary>
    private int RunsOf(CopyPeer peer) => peer.Name == CopyPeer.Sdk && options.Only.Count == 0 ? 1 : options.Runs;

    /// <summary>As <c>--only</c> names it.</summary>
    private static string ShortName(CopyPeer peer) => peer.Name switch
    {
        CopyPeer.Ours => "ours",
        CopyPeer.Rclone => "rclone",
        CopyPeer.RcloneParts => "rclone-parts",
        _ => "sdk",
    };

    private void Announce(List<CopyPeer> peers, List<ObjectSet> sets)
    {
        var runs = peers.Sum(RunsOf);
        var copies = runs * sets.Count * options.Tls.Count;
        // Rough: what two cores move, servers included.
        var minutes = options.Tls.Sum(tls => runs * (double)sets.Sum(set => set.TotalBytes) / (tls ? 300e6 : 700e6)) / 60;
        console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{copies} copies: {string.Join(", ", sets.Select(set => $"{set.Count:N0} × {set.Label}"))}; {(options.Tls.Count == 2 ? "without and with TLS" : options.Tls[0] ? "with TLS" : "without TLS")}; "
            + $"{options.Runs} {(options.Runs == 1 ? "run" : "runs")} of each peer in turns{(runs < options.Runs * peers.Count ? $" ({CopyPeer.Sdk} once)" : "")}, {options.Concurrency} transfers at a time. On two cores about {Math.Max(1, Math.Ceiling(minutes)):F0} min."));
        foreach (var peer in peers)
        {
            console.WriteLine($"  {peer.Name}: {peer.Describe}");
        }

        console.WriteLine($"  servers: {ServerDescription}");
        console.WriteLine();
    }

    private async Task<List<CopySeries>> MeasureAsync(CopyPoint point, List<CopyPeer> peers, ServerProcess servers, CancellationToken cancellationToken)
    {
        var runs = peers.ToDictionary(peer => peer, _ => new List<CopyRun>());
        for (var run = 1; run <= options.Runs; run++)
        {
            // Another peer begins each time, so that none always follows the same one.
            foreach (var peer in peers.Skip((run - 1) % peers.Count).Concat(peers.Take((run - 1) % peers.Count)).Where(peer => run <= RunsOf(peer)))
            {
                var result = await MeasureOnceAsync(point, peer, run, servers, cancellationToken);
                runs[peer].Add(result);
                console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"  {point.Set.Label,7} {(point.CertificatePath is null ? "   " : "TLS")} run {run} {peer.Name,-16} {result.MegabytesPerSecond,7:F0} MB/s {result.CpuSecondsPerGB,6:F2} CPU-s/GB ({result.SystemSeconds / (result.UserSeconds + result.SystemSeconds):P0} in the kernel) {result.PeakMiB,6:F0} MiB  (servers {result.ServerCpuSecondsPerGB:F2} CPU-s/GB)"));
            }
        }

        return [.. peers.Select(peer => new CopySeries
        {
            Peer = peer.Name,
            Tls = point.CertificatePath is not null,
            ObjectBytes = point.Set.SizeBytes,
            ObjectSize = point.Set.Label,
            Objects = point.Set.Count,
            Runs = runs[peer],
        })];
    }

    private static async Task<CopyRun> MeasureOnceAsync(CopyPoint point, CopyPeer peer, int run, ServerProcess servers, CancellationToken cancellationToken)
    {
        await servers.ResetAsync(cancellationToken);
        var cost = await MeasuredProcess.RunAsync(peer.Command(point), LongestRun, cancellationToken);
        var report = await servers.ReportAsync(point.Set, cancellationToken);
        if (cost.ExitCode != 0 || report.RightObjects != point.Set.Count || report.OpenUploads != 0 || report.Problem is not null)
        {
            throw new CopyFailedException(
                $"{peer.Name} at {point.Set.Label}: status {cost.ExitCode}, {report.RightObjects} of {point.Set.Count} objects right, {report.OpenUploads} uploads left open. {report.Problem} {Tail(cost.Errors)} {Tail(cost.Output)}");
        }

        var gigabytes = point.Set.TotalBytes / 1e9;
        return new CopyRun(
            run, cost.Wall.TotalSeconds, cost.UserSeconds, cost.SystemSeconds, cost.PeakResidentBytes / (double)(1 << 20), gigabytes * 1000 / cost.Wall.TotalSeconds,
            cost.CpuSeconds / gigabytes, report.CpuSeconds / gigabytes, report.SinkBytes, report.Operations);
    }

    private static string Tail(string text) => text.Length <= 2000 ? text.Trim() : text[^2000..].Trim();
}

/// <summary>A copy did not arrive, so there is nothing to measure.</summary>
internal sealed class CopyFailedException(string message) : Exception(message);

/// <summary>The rclone on the PATH.</summary>
internal static class RcloneProgram
{
    /// <summary>Its version line, such as <c>rclone v1.60.1-DEV</c>; null where it is not installed.</summary>
    public static async Task<string?> VersionAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("rclone", "version") { RedirectStandardOutput = true, UseShellExecute = false })!;
            var text = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return text.Split('\n')[0].Trim();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
