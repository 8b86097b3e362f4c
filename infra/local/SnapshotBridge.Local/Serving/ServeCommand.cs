using SnapshotBridge.Local.Cloud;
using SnapshotBridge.Local.Running;
using SnapshotBridge.Local.Scenarios;

namespace SnapshotBridge.Local.Serving;

/// <summary><c>--serve</c>: the servers alone, until they are told to stop.</summary>
internal static class ServeCommand
{
    public static async Task<int> RunAsync(RunOptions options, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateDirectory(Path.Combine(options.OutputFolder, $"serve-{Environment.ProcessId}"));
        var logs = folder.CreateSubdirectory("logs");
        try
        {
            await using var cloud = await LocalCloud.StartAsync(
                LocalRun.CloudOptions(options, ScenarioCatalogue.Find(null), logs.FullName), observer: null, System.Console.WriteLine, cancellationToken);
            var key = Path.Combine(folder.FullName, "oci-api-key.pem");
            await File.WriteAllTextAsync(key, cloud.OciUser.Key.PrivateKeyPem, cancellationToken);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            System.Console.WriteLine(Describe(cloud, key));
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            System.Console.WriteLine("Stopped.");
        }
        catch (Exception problem) when (problem is IOException or ArgumentException or LocalRunException)
        {
            System.Console.WriteLine($"RUN FAILED error={problem.GetType().Name} state=setup cause={problem.Message}");
            return 1;
        }
        finally
        {
            // The key is good for these servers only, and they are gone.
            folder.Delete(recursive: true);
        }

        return 0;
    }

    /// <summary>Endpoints and credentials. They are random, good for loopback only, and end with this process.</summary>
    private static string Describe(LocalCloud cloud, string keyFile) => $"""

        # AWS: export these, and add --endpoint-url where a tool does not read the variables
        {string.Join(Environment.NewLine, cloud.Aws.Environment().Select(pair => $"export {pair.Key}={pair.Value}"))}
        export AWS_ENDPOINT_URL_SFN={cloud.StatesEndpoint.Endpoint}
        export AWS_ENDPOINT_URL_LAMBDA={cloud.Lambda.Endpoint}
        {string.Join(Environment.NewLine, cloud.Account.Environment.Select(pair => $"export {pair.Key}={pair.Value}"))}
        # with these set, the preflight of a deployed stack looks at this one: bash infra/preflight.sh --stack {LocalCloud.StackName} --snapshot {cloud.SnapshotArn}
        # S3 bucket {LocalCloud.ExportBucket} (path style), snapshot {cloud.SnapshotArn}
        # state machine {cloud.StateMachineArn}
        bash infra/run-export.sh start --stack {LocalCloud.StackName} --snapshot {cloud.SnapshotArn} --watch

        # OCI Object Storage: {cloud.Oci.Endpoint}
        #   namespace={cloud.Oci.Store.Namespace} bucket={LocalCloud.OciBucket} region={LocalCloud.OciRegion}
        #   tenancy={cloud.OciUser.Tenancy}
        #   user={cloud.OciUser.User}
        #   fingerprint={cloud.OciUser.Key.Fingerprint} key_file={keyFile}

        # MySQL
        #   HeatWave, the loading user: {Login(cloud.HeatWave.Host, cloud.HeatWave.Port, cloud.HeatWave.LoaderUser, cloud.HeatWave.LoaderPassword)} --ssl-ca={cloud.HeatWave.CaFile}
        #   HeatWave: {Login(cloud.HeatWave.Host, cloud.HeatWave.Port, cloud.HeatWave.User, cloud.HeatWave.Password)}
        #   Aurora:   {(cloud.Aurora is { } aurora ? Login(aurora.Host, aurora.Port, aurora.User, aurora.Password) : "none, a recorded export is replayed")}

        Serving. Ctrl-C stops everything.
        """;

    private static string Login(string host, int port, string user, string password) =>
        $"mysql --protocol=tcp -h {host} -P {port} -u {user} -p'{password}'";
}
