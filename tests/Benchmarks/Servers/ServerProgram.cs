using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using SnapshotBridge.BenchmarkPeers;
using SnapshotBridge.Oci;

namespace SnapshotBridge.Benchmarks.Servers;

/// <summary>Where the servers listen; the first line that their process writes.</summary>
/// <param name="S3">The source, and the function's documents and secret.</param>
/// <param name="S3Sink">Where rclone copies to.</param>
/// <param name="Oci">Where we copy to.</param>
internal sealed record ServerAddresses(Uri S3, Uri S3Sink, Uri Oci);

/// <summary>What the servers saw since they were last reset.</summary>
internal sealed record ServerReport
{
    /// <summary>Objects of the set that are at a sink with the right bytes.</summary>
    public required int RightObjects { get; init; }

    public required long SourceBytes { get; init; }

    public required long SinkBytes { get; init; }

    public required int OpenUploads { get; init; }

    /// <summary>Processor time of all servers together.</summary>
    public required double CpuSeconds { get; init; }

    public required IReadOnlyDictionary<string, long> Operations { get; init; }

    /// <summary>What a server could not serve; null when all went well.</summary>
    public string? Problem { get; init; }
}

[JsonSerializable(typeof(ServerAddresses))]
[JsonSerializable(typeof(ServerReport))]
internal sealed partial class ServerJson : JsonSerializerContext;

/// <summary>The servers' own process. It lives until its standard input is closed, and obeys <c>reset</c> and <c>report size:count</c>.</summary>
internal static class ServerProgram
{
    /// <param name="sets">What the source holds.</param>
    /// <param name="certificatePath">Where the certificate is written for the clients to trust; null for plain HTTP.</param>
    public static void Run(IReadOnlyList<ObjectSet> sets, string? certificatePath)
    {
        var certificate = certificatePath is null ? null : LoopbackCertificate.Create(TimeProvider.System.GetUtcNow());
        if (certificatePath is not null)
        {
            File.WriteAllText(certificatePath, certificate!.Pem);
        }

        string? problem = null;
        void Failed(Exception failure) => Interlocked.CompareExchange(ref problem, failure.Message, null);
        var contents = sets.Select(set => set.SizeBytes).Distinct().ToDictionary(size => size, size => new ObjectContent(size));
        var ledger = new SinkLedger();
        var source = new S3Source(sets, contents, Secret(), ledger);
        source.Clear();
        var tls = certificate?.ServerOptions();
        using var s3 = BlockingServer.Start(tls, source.Handle, Failed);
        using var s3Sink = BlockingServer.Start(tls, new S3Sink(ledger).Handle, Failed);
        using var oci = BlockingServer.Start(tls, new OciSink(ledger).Handle, Failed);
        Console.WriteLine(JsonSerializer.Serialize(new ServerAddresses(s3.Endpoint, s3Sink.Endpoint, oci.Endpoint), ServerJson.Default.ServerAddresses));

        var cpuBefore = Environment.CpuUsage.TotalTime;
        while (Console.ReadLine() is { } command)
        {
            if (command == "reset")
            {
                source.Clear();
                ledger.Clear();
                problem = null;
                GC.Collect();
                cpuBefore = Environment.CpuUsage.TotalTime;
                Console.WriteLine("ready");
                continue;
            }

            var set = ObjectSet.Parse(command["report ".Length..]);
            var report = new ServerReport
            {
                RightObjects = ledger.Right(set, contents[set.SizeBytes]),
                SourceBytes = source.Bytes,
                SinkBytes = ledger.Bytes,
                OpenUploads = ledger.OpenUploads,
                CpuSeconds = (Environment.CpuUsage.TotalTime - cpuBefore).TotalSeconds,
                Operations = ledger.Operations,
                Problem = problem,
            };
            Console.WriteLine(JsonSerializer.Serialize(report, ServerJson.Default.ServerReport));
        }
    }

    /// <summary>An API key as the function's secret holds it.</summary>
    private static string Secret()
    {
        using var key = RSA.Create(2048);
        return JsonSerializer.Serialize(new
        {
            tenancy = "ocid1.tenancy.oc1..benchmark",
            user = "ocid1.user.oc1..benchmark",
            fingerprint = OciCredentials.FingerprintOf(key),
            privateKey = key.ExportRSAPrivateKeyPem(),
        });
    }
}
