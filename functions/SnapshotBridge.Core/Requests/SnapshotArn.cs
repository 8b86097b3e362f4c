using System.Text.RegularExpressions;

namespace SnapshotBridge.Requests;

/// <summary>Whether a snapshot is one of an instance or one of an Aurora or Multi-AZ cluster: RDS has separate calls for them.</summary>
public enum SnapshotKind
{
    Instance,
    Cluster,
}

/// <summary>The ARN of an RDS snapshot: <c>arn:aws:rds:eu-central-1:123456789012:cluster-snapshot:rds:shop-2025-01-31-02-00</c>.</summary>
/// <param name="Partition">aws, aws-cn or aws-us-gov.</param>
/// <param name="Region">The region that holds the snapshot.</param>
/// <param name="Account">The twelve-digit account.</param>
/// <param name="Kind">Instance or cluster snapshot.</param>
/// <param name="Id">The snapshot's identifier: a plain one, <c>rds:…</c> for an automated one, <c>awsbackup:…</c> for one of AWS Backup.</param>
public sealed partial record SnapshotArn(string Partition, string Region, string Account, SnapshotKind Kind, string Id)
{
    private static readonly string[] Partitions = ["aws", "aws-cn", "aws-us-gov"];

    /// <summary>The ARN's text.</summary>
    public override string ToString() => $"arn:{Partition}:rds:{Region}:{Account}:{TypeName(Kind)}:{Id}";

    /// <summary>Reads an ARN; every part that is wrong adds a problem that names it.</summary>
    /// <returns>The ARN, or null when any problem was added.</returns>
    public static SnapshotArn? Parse(string text, string field, ICollection<string> problems)
    {
        const string shape = "arn:<partition>:rds:<region>:<account>:snapshot:<id> or …:cluster-snapshot:<id>";
        var parts = text.Split(':', 7);
        if (parts.Length < 7 || parts[0] != "arn")
        {
            problems.Add($"{field} is '{text}', which is not an ARN of the form {shape}; copy it from the snapshot's page in the RDS console");
            return null;
        }

        var before = problems.Count;
        void Wrong(string part, string value, string rule) => problems.Add($"{field} '{text}': the {part} is '{value}' but {rule}");

        if (!Partitions.Contains(parts[1], StringComparer.Ordinal))
        {
            Wrong("partition", parts[1], $"must be one of {string.Join(", ", Partitions)}");
        }

        if (parts[2] != "rds")
        {
            Wrong("service", parts[2], "must be rds: give the RDS snapshot's ARN");
        }

        if (!RegionPattern().IsMatch(parts[3]))
        {
            Wrong("region", parts[3], "must be a region such as eu-central-1");
        }

        if (!AccountPattern().IsMatch(parts[4]))
        {
            Wrong("account", parts[4], "must be twelve digits");
        }

        SnapshotKind? kind = parts[5] switch
        {
            "snapshot" => SnapshotKind.Instance,
            "cluster-snapshot" => SnapshotKind.Cluster,
            _ => null,
        };
        if (kind is null)
        {
            Wrong("type", parts[5], parts[5] is "cluster" or "db"
                ? "only snapshots are bridged: take a snapshot of this database and give the snapshot's ARN"
                : "must be snapshot or cluster-snapshot");
        }

        if (!IdPattern().IsMatch(parts[6]) || parts[6].Length > 255)
        {
            Wrong("snapshot id", parts[6],
                "must be 1 to 255 letters, digits and single hyphens, begin with a letter and not end with a hyphen, after 'rds:' or 'awsbackup:' where the snapshot has it");
        }

        return problems.Count > before ? null : new SnapshotArn(parts[1], parts[3], parts[4], kind!.Value, parts[6]);
    }

    private static string TypeName(SnapshotKind kind) => kind == SnapshotKind.Cluster ? "cluster-snapshot" : "snapshot";

    [GeneratedRegex(@"^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}\z", RegexOptions.CultureInvariant)]
    private static partial Regex RegionPattern();

    [GeneratedRegex(@"^[0-9]{12}\z", RegexOptions.CultureInvariant)]
    private static partial Regex AccountPattern();

    // CreateDBSnapshot, "Constraints" of DBSnapshotIdentifier; RDS and AWS Backup add their prefixes.
    [GeneratedRegex(@"^(?:rds:|awsbackup:)?[A-Za-z](?:-?[A-Za-z0-9])*\z", RegexOptions.CultureInvariant)]
    private static partial Regex IdPattern();
}
