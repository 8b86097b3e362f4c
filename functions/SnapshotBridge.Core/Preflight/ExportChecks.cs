using System.Globalization;
using SnapshotBridge.Exports;
using SnapshotBridge.Requests;

namespace SnapshotBridge.Preflight;

/// <summary>What StartExport needs of RDS.</summary>
public sealed class ExportChecks(IExportService exports, StartExportOptions options, Checklist list)
{
    /// <summary>RDS runs at most five at a time in an account and Region: RDS User Guide, "Exporting DB snapshot data to Amazon S3".</summary>
    private const int MostRunning = 5;

    /// <summary>The snapshot, and whether an export slot is free.</summary>
    public async Task RunAsync(string? snapshotArn)
    {
        if (snapshotArn is null)
        {
            list.Skip("snapshot", "a snapshot", "none was named; give one with --snapshot ARN");
        }
        else
        {
            await list.RunAsync("snapshot", snapshotArn, "Give the ARN of a snapshot that RDS can export.", token => SnapshotAsync(snapshotArn, token));
        }

        await list.RunAsync("export.tasks", "rds:DescribeExportTasks", Remedies.Role, async token =>
        {
            var running = (await exports.ListRunningTasksAsync(token)).Count;
            var text = string.Create(CultureInfo.InvariantCulture, $"{running} of {MostRunning} export tasks are running");
            return running < MostRunning
                ? Finding.Ok(text)
                : Finding.Warning(text, "A run waits for a free slot; cancel exports that nobody needs (aws rds cancel-export-task).");
        });
        list.Skip("export.rights", options.Target.RoleArn, "whether RDS may write with this role and key only RDS itself finds out, when the first export starts");
    }

    private async Task<Finding> SnapshotAsync(string text, CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        var arn = SnapshotArn.Parse(text, "the snapshot", problems);
        if (arn is null)
        {
            return Finding.Failed(string.Join("; ", problems), "Copy the ARN from the snapshot's page in the RDS console.");
        }

        if (arn.Region != options.Requests.Region)
        {
            return Finding.Failed(
                $"it is in {arn.Region}, and the stack is in {options.Requests.Region}", "Copy the snapshot into the stack's Region, or deploy the stack in the snapshot's.");
        }

        var snapshot = await exports.FindSnapshotAsync(arn, cancellationToken) ?? throw new SnapshotNotFoundException(text);
        var facts = $"{snapshot.Engine} snapshot of '{snapshot.Database}', {snapshot.Status}, {Encryption(snapshot)}";
        if (!snapshot.IsExportable)
        {
            return Finding.Failed(facts, $"RDS exports snapshots of {string.Join(", ", SnapshotDescription.ExportableEngines)} alone.");
        }

        if (!snapshot.IsAvailable)
        {
            return Finding.Failed(facts, "Wait until the snapshot is available; a failed one must be taken again.");
        }

        return snapshot.IsEncrypted == false
            ? Finding.Warning(
                facts,
                "RDS exports it. But one user got empty Parquet files from an unencrypted snapshot (not confirmed): compare the report's row counts, or copy the snapshot with a KMS key.")
            : Finding.Ok(facts);
    }

    private static string Encryption(SnapshotDescription snapshot) => snapshot.IsEncrypted switch
    {
        true => "encrypted",
        false => "not encrypted",
        null => "RDS does not say whether encrypted",
    };
}
