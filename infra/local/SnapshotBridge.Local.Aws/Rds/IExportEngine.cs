namespace SnapshotBridge.Local.Aws.Rds;

/// <summary>What stands behind the RDS endpoint's StartExportTask: it produces the files that RDS would write.</summary>
public interface IExportEngine
{
    /// <summary>Writes all files of one export task through <paramref name="target"/>, in RDS's order (data, markers, JSON).</summary>
    /// <exception cref="ExportFailedException">The task ends as FAILED with this cause.</exception>
    Task<ExportResult> ExportAsync(ExportJob job, IExportTarget target, IProgress<int> percent, CancellationToken cancellationToken);
}

/// <summary>One started export task.</summary>
/// <param name="ExportTaskIdentifier">The caller's identifier.</param>
/// <param name="SourceArn">The snapshot's ARN.</param>
/// <param name="Bucket">The S3 bucket.</param>
/// <param name="Prefix">S3Prefix without a trailing slash, empty when unset; files go below <c>[prefix/]identifier/</c>.</param>
/// <param name="IamRoleArn">The export role.</param>
/// <param name="KmsKeyId">The KMS key.</param>
/// <param name="ExportOnly">The scope as the caller gave it; empty for everything.</param>
/// <param name="SnapshotTime">When the snapshot was taken.</param>
public sealed record ExportJob(
    string ExportTaskIdentifier,
    string SourceArn,
    string Bucket,
    string Prefix,
    string IamRoleArn,
    string KmsKeyId,
    IReadOnlyList<string> ExportOnly,
    DateTimeOffset SnapshotTime);

/// <summary>Where an export goes. Each put is atomic and raises an S3 event as S3 would.</summary>
public interface IExportTarget
{
    /// <summary>Stores one object; <paramref name="key"/> is the whole key in the bucket.</summary>
    Task PutAsync(string key, Stream content, CancellationToken cancellationToken);
}

/// <param name="WarningMessage">RDS's warning JSON as text, or null.</param>
/// <param name="TotalExtractedGb">Gigabytes extracted, as the API reports them.</param>
public sealed record ExportResult(string? WarningMessage, double TotalExtractedGb);

/// <summary>Ends the export task as FAILED.</summary>
public sealed class ExportFailedException(string failureCause) : Exception(failureCause);
