using System.Runtime.CompilerServices;
using Amazon.RDS;
using Amazon.RDS.Model;
using SnapshotBridge.Aws;
using SnapshotBridge.Sweeping;

namespace SnapshotBridge.Exports;

/// <summary>All snapshots of the account and region through the AWS SDK.</summary>
public sealed class RdsSnapshotCatalogue(IAmazonRDS rds) : ISnapshotCatalogue
{
    // Without a type RDS lists automated and manual snapshots; those of AWS Backup are asked for by their own type.
    private static readonly string?[] Types = [null, "awsbackup"];

    /// <inheritdoc />
    public async IAsyncEnumerable<SnapshotDescription> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var type in Types)
        {
            string? marker = null;
            do
            {
                var request = new DescribeDBSnapshotsRequest { SnapshotType = type, Marker = marker };
                var page = await AwsErrors.CallAsync(
                    token => rds.DescribeDBSnapshotsAsync(request, token), "rds:DescribeDBSnapshots", "all snapshots of instances", null, cancellationToken);
                foreach (var snapshot in page.DBSnapshots ?? [])
                {
                    yield return new SnapshotDescription(
                        snapshot.DBSnapshotArn ?? "", snapshot.DBInstanceIdentifier ?? "", snapshot.Engine ?? "", snapshot.Status ?? "", snapshot.PercentProgress)
                    {
                        CreatedAt = Utc(snapshot.SnapshotCreateTime),
                    };
                }

                marker = page.Marker;
            }
            while (!string.IsNullOrEmpty(marker));

            do
            {
                var request = new DescribeDBClusterSnapshotsRequest { SnapshotType = type, Marker = marker };
                var page = await AwsErrors.CallAsync(
                    token => rds.DescribeDBClusterSnapshotsAsync(request, token), "rds:DescribeDBClusterSnapshots", "all snapshots of clusters", null, cancellationToken);
                foreach (var snapshot in page.DBClusterSnapshots ?? [])
                {
                    yield return new SnapshotDescription(
                        snapshot.DBClusterSnapshotArn ?? "", snapshot.DBClusterIdentifier ?? "", snapshot.Engine ?? "", snapshot.Status ?? "", snapshot.PercentProgress)
                    {
                        CreatedAt = Utc(snapshot.SnapshotCreateTime),
                    };
                }

                marker = page.Marker;
            }
            while (!string.IsNullOrEmpty(marker));
        }
    }

    private static DateTimeOffset? Utc(DateTime? time) => time is { } value ? new DateTimeOffset(value.ToUniversalTime()) : null;
}
