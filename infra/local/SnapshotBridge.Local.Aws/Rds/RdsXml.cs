using System.Globalization;
using System.Xml;

namespace SnapshotBridge.Local.Aws.Rds;

/// <summary>RDS's XML.</summary>
internal static class RdsXml
{
    public const string Namespace = "http://rds.amazonaws.com/doc/2014-10-31/";

    public static void WriteExportTask(XmlWriter writer, RdsExportTask task)
    {
        Element(writer, "ExportTaskIdentifier", task.ExportTaskIdentifier);
        Element(writer, "SourceArn", task.SourceArn);
        if (task.ExportOnly.Count > 0)
        {
            writer.WriteStartElement("ExportOnly", Namespace);
            foreach (var entry in task.ExportOnly)
                Element(writer, "member", entry);
            writer.WriteEndElement();
        }

        Element(writer, "SnapshotTime", task.SnapshotTime);
        Element(writer, "TaskStartTime", task.TaskStartTime);
        Element(writer, "TaskEndTime", task.TaskEndTime);
        Element(writer, "S3Bucket", task.S3Bucket);
        Element(writer, "S3Prefix", task.S3Prefix);
        Element(writer, "IamRoleArn", task.IamRoleArn);
        Element(writer, "KmsKeyId", task.KmsKeyId);
        Element(writer, "Status", task.Status);
        Element(writer, "PercentProgress", task.PercentProgress);
        // The API gives the integer part; the JSON file in the bucket has the fraction.
        Element(writer, "TotalExtractedDataInGB", (int)task.TotalExtractedDataInGB);
        Element(writer, "FailureCause", task.FailureCause);
        Element(writer, "WarningMessage", task.WarningMessage);
        Element(writer, "SourceType", "SNAPSHOT");
    }

    public static void WriteSnapshot(XmlWriter writer, (string Arn, RdsSnapshot Snapshot) entry)
    {
        var snapshot = entry.Snapshot;
        Element(writer, "DBSnapshotIdentifier", snapshot.Identifier);
        Element(writer, "DBInstanceIdentifier", snapshot.DatabaseIdentifier);
        Element(writer, "SnapshotCreateTime", snapshot.CreatedAt);
        Element(writer, "OriginalSnapshotCreateTime", snapshot.CreatedAt);
        Element(writer, "SourceDBSnapshotIdentifier", snapshot.SourceSnapshotArn);
        WriteCommon(writer, snapshot);
        Element(writer, "Encrypted", snapshot.Encrypted);
        Element(writer, "DBSnapshotArn", entry.Arn);
        WriteTags(writer, snapshot);
    }

    public static void WriteClusterSnapshot(XmlWriter writer, (string Arn, RdsSnapshot Snapshot) entry)
    {
        var snapshot = entry.Snapshot;
        Element(writer, "DBClusterSnapshotIdentifier", snapshot.Identifier);
        Element(writer, "DBClusterIdentifier", snapshot.DatabaseIdentifier);
        Element(writer, "SnapshotCreateTime", snapshot.CreatedAt);
        Element(writer, "ClusterCreateTime", snapshot.CreatedAt);
        Element(writer, "EngineMode", "provisioned");
        Element(writer, "SourceDBClusterSnapshotArn", snapshot.SourceSnapshotArn);
        WriteCommon(writer, snapshot);
        Element(writer, "StorageEncrypted", snapshot.Encrypted);
        Element(writer, "DBClusterSnapshotArn", entry.Arn);
        WriteTags(writer, snapshot);
    }

    private static void WriteCommon(XmlWriter writer, RdsSnapshot snapshot)
    {
        Element(writer, "Engine", snapshot.Engine);
        Element(writer, "EngineVersion", snapshot.EngineVersion);
        Element(writer, "AllocatedStorage", snapshot.AllocatedStorageGiB);
        Element(writer, "Status", snapshot.Status);
        Element(writer, "PercentProgress", snapshot.Status == "available" ? 100 : 0);
        Element(writer, "Port", snapshot.Engine.Contains("postgres", StringComparison.OrdinalIgnoreCase) ? 5432 : 3306);
        Element(writer, "SnapshotType", snapshot.SnapshotType);
        Element(writer, "KmsKeyId", snapshot.KmsKeyId);
    }

    private static void WriteTags(XmlWriter writer, RdsSnapshot snapshot)
    {
        writer.WriteStartElement("TagList", Namespace);
        foreach (var (key, value) in snapshot.Tags)
        {
            writer.WriteStartElement("Tag", Namespace);
            Element(writer, "Key", key);
            Element(writer, "Value", value);
            writer.WriteEndElement();
        }

        writer.WriteEndElement();
    }

    /// <summary>What is not there has no element.</summary>
    private static void Element(XmlWriter writer, string name, string? value)
    {
        if (value is not null)
            writer.WriteElementString(name, Namespace, value);
    }

    private static void Element(XmlWriter writer, string name, int value) => Element(writer, name, value.ToString(CultureInfo.InvariantCulture));

    private static void Element(XmlWriter writer, string name, bool value) => Element(writer, name, value ? "true" : "false");

    private static void Element(XmlWriter writer, string name, DateTimeOffset? value)
        => Element(writer, name, value?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
}
