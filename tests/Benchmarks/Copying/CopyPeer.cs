using System.Diagnostics;
using System.Globalization;
using System.Reflection.PortableExecutable;
using SnapshotBridge.BenchmarkPeers;
using SnapshotBridge.Benchmarks.Servers;

namespace SnapshotBridge.Benchmarks.Copying;

/// <summary>One way to copy a set of objects: the program that does it.</summary>
/// <param name="Name">As tables and charts name it.</param>
/// <param name="Describe">What exactly runs, for the report.</param>
/// <param name="Command">The program with arguments and environment.</param>
internal sealed record CopyPeer(string Name, string Describe, Func<CopyPoint, ProcessStartInfo> Command)
{
    public const string Ours = "SnapshotBridge";
    public const string Rclone = "rclone";
    public const string RcloneParts = "rclone, parts";
    public const string Sdk = "AWSSDK.S3 + PUT";

    /// <summary>The function as Lambda runs it: its own runtime configuration, and the memory as the whole of what the collector sees.</summary>
    public static CopyPeer SnapshotBridge(int memoryMb)
    {
        return new CopyPeer(
            Ours,
            $"the CopyTable function with its own runtimeconfig, compiled {(IsCompiledAhead() ? "ahead of time, as packages are" : "while it runs, as in a package made without the runtime's own packages")}, in a sandbox of {memoryMb} MB, batches of at most 500 objects and 4 GiB one after the other",
            point =>
            {
                var start = Child(point, "ours");
                start.Environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = memoryMb.ToString(CultureInfo.InvariantCulture);

                // As the template sets it.
                start.Environment["DOTNET_GCgen0size"] = "400000";
                start.Environment["DOTNET_TC_CallCountingDelayMs"] = "400";
                start.Environment["DOTNET_TC_BackgroundWorkerTimeoutMs"] = "0";
                start.Environment["DOTNET_GCTotalPhysicalMemory"] = ((long)memoryMb << 20).ToString("X", CultureInfo.InvariantCulture);
                return start;
            });
    }

    public static CopyPeer PlainSdk() => new(
        Sdk, "GetObject's stream as the body of one unsigned PUT per object, same runtimeconfig, no proof, no parts, no resume", point => Child(point, "sdk"));

    /// <summary>
    /// Debian's rclone with the usual recipe for KMS objects, at its cheapest: one PUT per object, because above its default
    /// cutoff of 200 MiB it sends chunks and hashes each, which costs it several times the processor time.
    /// </summary>
    public static CopyPeer RcloneCopy(string version) => RcloneCopy(Rclone, version, "5G");

    /// <summary>The same as it is when nobody sets the cutoff: objects above 200 MiB go in chunks.</summary>
    public static CopyPeer RcloneInParts(string version) => RcloneCopy(RcloneParts, version, "200M");

    private static CopyPeer RcloneCopy(string name, string version, string cutoff) => new(
        name,
        $"{version}, S3 to S3, server_side_encryption = aws:kms on both sides, no_check_bucket = true, --transfers = --checkers = the concurrency, --s3-upload-cutoff {cutoff}, --s3-chunk-size 16M with as many chunks of an object at a time as make that many uploads, --use-server-modtime",
        point =>
        {
            var start = new ProcessStartInfo("rclone");
            foreach (var argument in (IEnumerable<string>)["copy", $"src:{ObjectSet.SourceBucket}/exports/{point.Set.TaskId}", $"dst:{ObjectSet.DestinationBucket}/{point.Set.TaskId}",
                .. RcloneFlags(point.Set, point.Concurrency, cutoff)])
            {
                start.ArgumentList.Add(argument);
            }

            CommonEnvironment(start, point);
            foreach (var (remote, endpoint) in new[] { ("SRC", point.Servers.S3), ("DST", point.Servers.S3Sink) })
            {
                // Provider AWS would ask for bucket.127.0.0.1, whatever force_path_style says.
                start.Environment[$"RCLONE_CONFIG_{remote}_TYPE"] = "s3";
                start.Environment[$"RCLONE_CONFIG_{remote}_PROVIDER"] = "Other";
                start.Environment[$"RCLONE_CONFIG_{remote}_LIST_VERSION"] = "2";
                start.Environment[$"RCLONE_CONFIG_{remote}_ENV_AUTH"] = "true";
                start.Environment[$"RCLONE_CONFIG_{remote}_REGION"] = "us-east-1";
                start.Environment[$"RCLONE_CONFIG_{remote}_ENDPOINT"] = endpoint.ToString();
                start.Environment[$"RCLONE_CONFIG_{remote}_SERVER_SIDE_ENCRYPTION"] = "aws:kms";
                start.Environment[$"RCLONE_CONFIG_{remote}_NO_CHECK_BUCKET"] = "true";
            }

            start.Environment["RCLONE_CONFIG"] = Path.Combine(point.Folder, "rclone.conf");
            return start;
        });

    private static IEnumerable<string> RcloneFlags(ObjectSet set, int concurrency, string cutoff)
    {
        var text = concurrency.ToString(CultureInfo.InvariantCulture);

        // An object is read by one stream; what uploads in parallel are the chunks of those above the cutoff.
        var uploads = Math.Max(1, concurrency / Math.Min(Math.Max(1, concurrency), set.Count)).ToString(CultureInfo.InvariantCulture);
        return ["--transfers", text, "--checkers", text, "--s3-upload-concurrency", uploads, "--s3-chunk-size", "16M", "--s3-upload-cutoff", cutoff, "--use-server-modtime", "--stats", "0", "--log-level", "NOTICE"];
    }

    private static ProcessStartInfo Child(CopyPoint point, string peer)
    {
        var program = PeersProgram();
        var start = new ProcessStartInfo(Environment.ProcessPath!);
        foreach (var argument in (IEnumerable<string>)
        [
            "exec", "--runtimeconfig", FunctionRuntimeConfig(), "--depsfile", Path.ChangeExtension(program, ".deps.json"), program,
            peer, point.Set.Text, point.Concurrency.ToString(CultureInfo.InvariantCulture), point.Servers.Oci.ToString(),
        ])
        {
            start.ArgumentList.Add(argument);
        }

        CommonEnvironment(start, point);
        start.Environment["AWS_ENDPOINT_URL_S3"] = point.Servers.S3.ToString();
        start.Environment["AWS_ENDPOINT_URL_SECRETS_MANAGER"] = point.Servers.S3.ToString();
        start.Environment["AWS_REGION"] = "us-east-1";
        start.Environment["EXPORT_BUCKET"] = ObjectSet.SourceBucket;
        start.Environment["OCI_REGION"] = "us-ashburn-1";
        start.Environment["OCI_BUCKET"] = ObjectSet.DestinationBucket;
        start.Environment["OCI_SECRET_ID"] = "oci-key";
        start.Environment["OCI_ENDPOINT"] = point.Servers.Oci.ToString();
        return start;
    }

    /// <summary>The program beside this one, which holds only what is measured: published as this one is, or built.</summary>
    private static string PeersProgram()
    {
        var here = AppContext.BaseDirectory.TrimEnd('/');
        return Path.GetFullPath(Path.Combine(here, "..", "..", "BenchmarkPeers", Path.GetFileName(here), "BenchmarkPeers.dll"));
    }

    private static bool IsCompiledAhead()
    {
        using var file = File.OpenRead(Path.Combine(Path.GetDirectoryName(PeersProgram())!, "SnapshotBridge.Core.dll"));
        using var image = new PEReader(file);
        return image.PEHeaders.CorHeader is { ManagedNativeHeaderDirectory.Size: > 0 };
    }

    /// <summary>The runtime configuration that is deployed: the one beside the function's assembly.</summary>
    private static string FunctionRuntimeConfig()
    {
        var configuration = Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')).StartsWith("debug", StringComparison.Ordinal) ? "debug" : "release";
        return Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "bin", "CopyTable", configuration, "CopyTable.runtimeconfig.json"));
    }

    private static void CommonEnvironment(ProcessStartInfo start, CopyPoint point)
    {
        start.Environment.Clear();
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH");
        start.Environment["HOME"] = point.Folder;
        start.Environment["AWS_ACCESS_KEY_ID"] = "AKIABENCHMARK";
        start.Environment["AWS_SECRET_ACCESS_KEY"] = "benchmark";
        if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { } root)
        {
            start.Environment["DOTNET_ROOT"] = root;
        }

        if (point.CertificatePath is { } certificate)
        {
            start.Environment["SSL_CERT_FILE"] = certificate;
        }
    }
}

/// <summary>One point: which objects, how many at a time, between which servers.</summary>
internal sealed record CopyPoint(ObjectSet Set, int Concurrency, ServerAddresses Servers, string? CertificatePath, string Folder);
