using System.Globalization;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.SecretsManager;
using SnapshotBridge.Configuration;
using SnapshotBridge.CopyTable;
using SnapshotBridge.Errors;
using SnapshotBridge.Local.Oci;

namespace SnapshotBridge.IntegrityMatrix;

/// <summary>The CopyTable function against the lab, called again as the state machine calls it again.</summary>
public static class FunctionCopy
{
    /// <summary>Parts at a time.</summary>
    internal const int Workers = 2;

    /// <summary>Calls of the function for one batch: the state machine retries transient errors and calls on while a batch is not done.</summary>
    private const int MostCalls = 5;

    /// <summary>Runs one row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="size">How large the object is.</param>
    /// <param name="partsBeforeKill">In a row that kills: after how many sent parts. Any number, or null for half.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<RowResult> RunAsync(IntegrityRow row, MatrixSize size, int? partsBeforeKill, CancellationToken cancellationToken)
    {
        await using var lab = await MatrixLab.StartAsync(row, size, cancellationToken);
        var source = row.Source(lab.Source.Faults, size).ToList();
        var destination = row.Oci(lab.Oci.Faults, size).ToList();
        var inFlight = row.IsKilled ? await KillAsync(lab, partsBeforeKill ?? 2, cancellationToken) : 0;
        var failure = await CallAsync(lab);
        var proof = await lab.ProofAsync(cancellationToken);
        var isRight = lab.IsRightAtOci();
        var outcome = RowResult.Judge(failure is null, isRight);
        return new RowResult(
            outcome,
            isRight,
            source.All(fault => fault.Applied > 0) && destination.All(rule => rule.Triggered > 0) && row.IsKilled == (inFlight > 0),
            failure is not null ? failure.GetType().Name
                : proof is null ? "no proof" : proof.EvidenceReason is { } reason ? $"evidence {proof.Evidence}: {reason}" : $"evidence {proof.Evidence}")
        {
            SentAgainBytes = Math.Max(0, lab.Oci.Store.Requests.Where(IsUpload).Sum(request => request.BodyBytesReceived) - lab.ObjectBytes),
            InFlightBytes = inFlight,
            OpenUploads = lab.Oci.Store.Uploads(MatrixLab.DestinationBucket).Count,
        };
    }

    /// <summary>The settings of the function, as its environment would give them.</summary>
    internal static IReadOnlyDictionary<string, string> Environment(MatrixLab lab) => new Dictionary<string, string>
    {
        ["AWS_ACCESS_KEY_ID"] = lab.AccessKey.AccessKeyId,
        ["AWS_SECRET_ACCESS_KEY"] = lab.AccessKey.SecretAccessKey,
        ["AWS_REGION"] = lab.Region,
        ["AWS_ENDPOINT_URL_S3"] = lab.Source.Endpoint.ToString(),
        ["AWS_ENDPOINT_URL_SECRETS_MANAGER"] = lab.Secrets.Endpoint.ToString(),
        ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = "512",
        ["EXPORT_BUCKET"] = MatrixLab.SourceBucket,
        ["OCI_REGION"] = "us-ashburn-1",
        ["OCI_BUCKET"] = MatrixLab.DestinationBucket,
        ["OCI_SECRET_ID"] = MatrixLab.SecretId,
        ["OCI_ENDPOINT"] = lab.Oci.Endpoint.ToString(),
        ["PART_SIZE_MIB"] = (lab.Size.PartBytes >> 20).ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>The function's options out of such settings.</summary>
    internal static CopyTableOptions Options(Func<string, string?> variable)
    {
        var options = CopyTableOptions.Read(new EnvironmentReader(variable));
        return options with { Limits = options.Limits with { MaxWorkers = Workers, CheckpointInterval = TimeSpan.Zero } };
    }

    private static async Task<Exception?> CallAsync(MatrixLab lab)
    {
        var credentials = new BasicAWSCredentials(lab.AccessKey.AccessKeyId, lab.AccessKey.SecretAccessKey);
        using var s3 = new AmazonS3Client(credentials, new AmazonS3Config
        {
            ServiceURL = lab.Source.Endpoint.ToString(), AuthenticationRegion = lab.Region, ForcePathStyle = true, MaxErrorRetry = 2, DefaultAWSCredentials = credentials,
        });
        using var secrets = new AmazonSecretsManagerClient(credentials, new AmazonSecretsManagerConfig { ServiceURL = lab.Secrets.Endpoint.ToString(), AuthenticationRegion = lab.Region });
        var environment = Environment(lab);
        Exception? last = null;
        for (var call = 1; call <= MostCalls; call++)
        {
            using var function = new Function(
                Options(environment.GetValueOrDefault), s3, secrets, TimeProvider.System,
                oci => oci with { FirstRetryCeiling = TimeSpan.FromMilliseconds(20), LastRetryCeiling = TimeSpan.FromMilliseconds(200) })
            {
                SourceOptions = new S3SourceOptions { FirstPause = TimeSpan.FromMilliseconds(20), LongestPause = TimeSpan.FromMilliseconds(200) },
            };
            try
            {
                var result = await function.HandleAsync(new CopyTableRequest { ExportTaskId = MatrixLab.ExportTask, Batch = 0 }, new SandboxContext());
                if (result.Done)
                {
                    return null;
                }
            }
            catch (Exception failure) when (failure is BridgeException)
            {
                last = failure;
                if (failure is not ITransientFailure)
                {
                    return failure;
                }
            }
        }

        return last ?? new InvalidOperationException($"not done after {MostCalls} calls");
    }

    /// <summary>Starts a copy in a process of its own and kills it while parts are under way; tells how many bytes those were.</summary>
    private static async Task<long> KillAsync(MatrixLab lab, int partsBefore, CancellationToken cancellationToken)
    {
        // Later parts arrive whole, but their answers never leave: the process dies with them under way.
        var hang = lab.Oci.Faults.Add(
            new OciFaultAction.Delay(Timeout.InfiniteTimeSpan), request => request.Operation == OciOperation.UploadPart, int.MaxValue, skip: partsBefore);
        await VictimProcess.RunAndKillAsync(Environment(lab), () => hang.Triggered > 0, cancellationToken);
        lab.Oci.Faults.Clear();
        return (long)hang.Triggered * lab.Size.PartBytes;
    }

    private static bool IsUpload(OciRequestRecord request) => request.Request.Operation is OciOperation.PutObject or OciOperation.UploadPart;
}
