using System.Diagnostics;
using System.Globalization;
using SnapshotBridge.Local.Aws.S3;

namespace SnapshotBridge.IntegrityMatrix;

/// <summary>
/// rclone, S3 to S3 with the usual recipe for KMS objects (<c>server_side_encryption = aws:kms</c>), called once as a
/// user calls it: its own retries are three of a copy and ten of a request.
/// </summary>
public static class RcloneCopy
{
    /// <summary>S3 takes no smaller part than this, and rclone sends none.</summary>
    public const int LeastPartBytes = 5 << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <param name="row">The row.</param>
    /// <param name="size">Parts of at least <see cref="LeastPartBytes"/>.</param>
    /// <param name="partsBeforeKill">As for our copy.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<RowResult> RunAsync(IntegrityRow row, MatrixSize size, int? partsBeforeKill, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size.PartBytes, LeastPartBytes);
        await using var lab = await MatrixLab.StartAsync(row, size, cancellationToken);
        var faults = row.Source(lab.Source.Faults, size).Concat(row.S3Sink(lab.S3Sink.Faults, size)).ToList();
        var killed = 0;
        if (row.IsKilled)
        {
            var hanging = 0;
            var seen = 0;
            var hang = lab.S3Sink.Faults.Delay(
                Timeout.InfiniteTimeSpan,
                request => request.Operation == "UploadPart" && Interlocked.Increment(ref seen) > (partsBeforeKill ?? 2) && Interlocked.Increment(ref hanging) > 0);
            await VictimProcess.KillAsync(Command(lab), () => Volatile.Read(ref hanging) > 0, cancellationToken);
            lab.S3Sink.Faults.Remove(hang);
            killed = hanging;
        }

        var before = lab.S3Sink.Requests.Entries.Count;
        var (status, last) = await CopyAsync(lab, cancellationToken);
        var isRight = await lab.IsRightAtS3Async(cancellationToken);
        return new RowResult(RowResult.Judge(status == 0, isRight), isRight, faults.All(fault => fault.Applied > 0) && row.IsKilled == killed > 0, $"exit {status}{last}")
        {
            InFlightBytes = (long)killed * size.PartBytes,
            SentAgainBytes = Math.Max(0, (Parts(lab.S3Sink.Requests.Entries) - Parts(lab.S3Sink.Requests.Entries.Skip(before))) * (long)size.PartBytes),
            OpenUploads = lab.OpenUploadsAtS3(),
        };
    }

    private static int Parts(IEnumerable<S3LogEntry> entries) => entries.Count(entry => entry.Operation is "UploadPart" or "PutObject" && entry.Status == 200);

    private static async Task<(int Status, string Last)> CopyAsync(MatrixLab lab, CancellationToken cancellationToken)
    {
        using var process = Process.Start(Command(lab))!;
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(Patience);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
            cancellationToken.ThrowIfCancellationRequested();
            return (-1, $", stopped after {Patience.TotalMinutes.ToString("F0", CultureInfo.InvariantCulture)} min");
        }

        await Task.WhenAll(output, errors);
        return (process.ExitCode, process.ExitCode == 0 ? "" : ", error");
    }

    private static ProcessStartInfo Command(MatrixLab lab)
    {
        var part = (lab.Size.PartBytes >> 20).ToString(CultureInfo.InvariantCulture) + "M";
        var start = new ProcessStartInfo("rclone") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (IEnumerable<string>)
        [
            "copy", $"src:{MatrixLab.SourceBucket}/exports", $"dst:{MatrixLab.DestinationBucket}/exports", "--transfers", "2", "--s3-upload-concurrency", "2",
            "--s3-upload-cutoff", part, "--s3-chunk-size", part, "--stats", "0",
        ])
        {
            start.ArgumentList.Add(argument);
        }

        // Whatever else the caller's environment says about S3 or certificates is not for this copy.
        start.Environment.Clear();
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH");
        start.Environment["HOME"] = Path.GetTempPath();
        start.Environment["RCLONE_CONFIG"] = Path.Combine(Path.GetTempPath(), "snapshotbridge-no-rclone.conf");
        foreach (var (remote, endpoint) in new[] { ("SRC", lab.Source.Endpoint), ("DST", lab.S3Sink.Endpoint) })
        {
            foreach (var (name, value) in new[]
            {
                ("TYPE", "s3"), ("PROVIDER", "Other"), ("LIST_VERSION", "2"), ("ACCESS_KEY_ID", lab.AccessKey.AccessKeyId), ("SECRET_ACCESS_KEY", lab.AccessKey.SecretAccessKey),
                ("REGION", lab.Region), ("ENDPOINT", endpoint.ToString()), ("SERVER_SIDE_ENCRYPTION", "aws:kms"), ("NO_CHECK_BUCKET", "true"),
            })
            {
                start.Environment[$"RCLONE_CONFIG_{remote}_{name}"] = value;
            }
        }

        return start;
    }
}
