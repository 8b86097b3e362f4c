using System.Xml.Linq;
using Amazon.RDS.Model;
using SnapshotBridge.StandIns.Aws;

namespace Amazon.RDS;

/// <summary>Reading of the service's XML into its types.</summary>
internal static class RdsReading
{
    public static ExportTask ExportTask(XElement x) => new()
    {
        ExportTaskIdentifier = x.Text("ExportTaskIdentifier"),
        SourceArn = x.Text("SourceArn"),
        S3Bucket = x.Text("S3Bucket"),
        S3Prefix = x.Text("S3Prefix"),
        IamRoleArn = x.Text("IamRoleArn"),
        KmsKeyId = x.Text("KmsKeyId"),
        ExportOnly = x.List("ExportOnly", v => v.Value),
        Status = x.Text("Status"),
        PercentProgress = x.Int("PercentProgress"),
        TotalExtractedDataInGB = x.Int("TotalExtractedDataInGB"),
        SnapshotTime = x.Date("SnapshotTime"),
        TaskStartTime = x.Date("TaskStartTime"),
        TaskEndTime = x.Date("TaskEndTime"),
        FailureCause = x.Text("FailureCause"),
        WarningMessage = x.Text("WarningMessage"),
        SourceType = x.Text("SourceType"),
    };

    public static void Read(XElement x, StartExportTaskResponse response)
    {
        response.ExportTaskIdentifier = x.Text("ExportTaskIdentifier");
        response.SourceArn = x.Text("SourceArn");
        response.S3Bucket = x.Text("S3Bucket");
        response.S3Prefix = x.Text("S3Prefix");
        response.IamRoleArn = x.Text("IamRoleArn");
        response.KmsKeyId = x.Text("KmsKeyId");
        response.ExportOnly = x.List("ExportOnly", v => v.Value);
        response.Status = x.Text("Status");
        response.PercentProgress = x.Int("PercentProgress");
        response.TotalExtractedDataInGB = x.Int("TotalExtractedDataInGB");
        response.SnapshotTime = x.Date("SnapshotTime");
        response.TaskStartTime = x.Date("TaskStartTime");
        response.TaskEndTime = x.Date("TaskEndTime");
        response.FailureCause = x.Text("FailureCause");
        response.WarningMessage = x.Text("WarningMessage");
        response.SourceType = x.Text("SourceType");
    }

    public static void Read(XElement x, CancelExportTaskResponse response)
    {
        response.ExportTaskIdentifier = x.Text("ExportTaskIdentifier");
        response.SourceArn = x.Text("SourceArn");
        response.S3Bucket = x.Text("S3Bucket");
        response.S3Prefix = x.Text("S3Prefix");
        response.IamRoleArn = x.Text("IamRoleArn");
        response.KmsKeyId = x.Text("KmsKeyId");
        response.ExportOnly = x.List("ExportOnly", v => v.Value);
        response.Status = x.Text("Status");
        response.PercentProgress = x.Int("PercentProgress");
        response.TotalExtractedDataInGB = x.Int("TotalExtractedDataInGB");
        response.SnapshotTime = x.Date("SnapshotTime");
        response.TaskStartTime = x.Date("TaskStartTime");
        response.TaskEndTime = x.Date("TaskEndTime");
        response.FailureCause = x.Text("FailureCause");
        response.WarningMessage = x.Text("WarningMessage");
        response.SourceType = x.Text("SourceType");
    }

    public static DBSnapshot Snapshot(XElement x) => new()
    {
        DBSnapshotIdentifier = x.Text("DBSnapshotIdentifier"),
        DBSnapshotArn = x.Text("DBSnapshotArn"),
        DBInstanceIdentifier = x.Text("DBInstanceIdentifier"),
        DbiResourceId = x.Text("DbiResourceId"),
        Engine = x.Text("Engine"),
        EngineVersion = x.Text("EngineVersion"),
        Status = x.Text("Status"),
        SnapshotType = x.Text("SnapshotType"),
        KmsKeyId = x.Text("KmsKeyId"),
        MasterUsername = x.Text("MasterUsername"),
        AvailabilityZone = x.Text("AvailabilityZone"),
        VpcId = x.Text("VpcId"),
        StorageType = x.Text("StorageType"),
        LicenseModel = x.Text("LicenseModel"),
        OptionGroupName = x.Text("OptionGroupName"),
        SourceDBSnapshotIdentifier = x.Text("SourceDBSnapshotIdentifier"),
        SourceRegion = x.Text("SourceRegion"),
        SnapshotTarget = x.Text("SnapshotTarget"),
        Timezone = x.Text("Timezone"),
        Encrypted = x.Bool("Encrypted"),
        IAMDatabaseAuthenticationEnabled = x.Bool("IAMDatabaseAuthenticationEnabled"),
        AllocatedStorage = x.Int("AllocatedStorage"),
        PercentProgress = x.Int("PercentProgress"),
        Port = x.Int("Port"),
        InstanceCreateTime = x.Date("InstanceCreateTime"),
        SnapshotCreateTime = x.Date("SnapshotCreateTime"),
        OriginalSnapshotCreateTime = x.Date("OriginalSnapshotCreateTime"),
        TagList = x.List("TagList", v => new Tag { Key = v.Text("Key"), Value = v.Text("Value") }),
    };

    public static DBClusterSnapshot ClusterSnapshot(XElement x) => new()
    {
        DBClusterSnapshotIdentifier = x.Text("DBClusterSnapshotIdentifier"),
        DBClusterSnapshotArn = x.Text("DBClusterSnapshotArn"),
        DBClusterIdentifier = x.Text("DBClusterIdentifier"),
        DbClusterResourceId = x.Text("DbClusterResourceId"),
        Engine = x.Text("Engine"),
        EngineMode = x.Text("EngineMode"),
        EngineVersion = x.Text("EngineVersion"),
        Status = x.Text("Status"),
        SnapshotType = x.Text("SnapshotType"),
        KmsKeyId = x.Text("KmsKeyId"),
        MasterUsername = x.Text("MasterUsername"),
        VpcId = x.Text("VpcId"),
        StorageType = x.Text("StorageType"),
        LicenseModel = x.Text("LicenseModel"),
        SourceDBClusterSnapshotArn = x.Text("SourceDBClusterSnapshotArn"),
        AvailabilityZones = x.List("AvailabilityZones", v => v.Value),
        StorageEncrypted = x.Bool("StorageEncrypted"),
        IAMDatabaseAuthenticationEnabled = x.Bool("IAMDatabaseAuthenticationEnabled"),
        AllocatedStorage = x.Int("AllocatedStorage"),
        PercentProgress = x.Int("PercentProgress"),
        Port = x.Int("Port"),
        ClusterCreateTime = x.Date("ClusterCreateTime"),
        SnapshotCreateTime = x.Date("SnapshotCreateTime"),
        TagList = x.List("TagList", v => new Tag { Key = v.Text("Key"), Value = v.Text("Value") }),
    };
}
