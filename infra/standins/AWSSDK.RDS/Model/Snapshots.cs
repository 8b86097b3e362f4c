using Amazon.Runtime;

namespace Amazon.RDS.Model;

/// <summary>Asks for snapshots of DB instances.</summary>
public class DescribeDBSnapshotsRequest : AmazonRDSRequest
{
    public string DBInstanceIdentifier { get; set; }

    public string DBSnapshotIdentifier { get; set; }

    public string DbiResourceId { get; set; }

    public List<Filter> Filters { get; set; }

    public bool? IncludePublic { get; set; }

    public bool? IncludeShared { get; set; }

    public string Marker { get; set; }

    public int? MaxRecords { get; set; }

    public string SnapshotType { get; set; }
}

/// <summary>Snapshots; null when there are none.</summary>
public class DescribeDBSnapshotsResponse : AmazonWebServiceResponse
{
    public List<DBSnapshot> DBSnapshots { get; set; }

    public string Marker { get; set; }
}

/// <summary>A snapshot of a DB instance.</summary>
public class DBSnapshot
{
    public string DBSnapshotIdentifier { get; set; }

    public string DBSnapshotArn { get; set; }

    public string DBInstanceIdentifier { get; set; }

    public string DbiResourceId { get; set; }

    public string Engine { get; set; }

    public string EngineVersion { get; set; }

    public string Status { get; set; }

    public string SnapshotType { get; set; }

    public string KmsKeyId { get; set; }

    public string MasterUsername { get; set; }

    public string AvailabilityZone { get; set; }

    public string VpcId { get; set; }

    public string StorageType { get; set; }

    public string LicenseModel { get; set; }

    public string OptionGroupName { get; set; }

    public string SourceDBSnapshotIdentifier { get; set; }

    public string SourceRegion { get; set; }

    public string SnapshotTarget { get; set; }

    public string Timezone { get; set; }

    public bool? Encrypted { get; set; }

    public bool? IAMDatabaseAuthenticationEnabled { get; set; }

    public int? AllocatedStorage { get; set; }

    public int? PercentProgress { get; set; }

    public int? Port { get; set; }

    public DateTime? InstanceCreateTime { get; set; }

    public DateTime? SnapshotCreateTime { get; set; }

    public DateTime? OriginalSnapshotCreateTime { get; set; }

    public List<Tag> TagList { get; set; }
}

/// <summary>Asks for snapshots of DB clusters.</summary>
public class DescribeDBClusterSnapshotsRequest : AmazonRDSRequest
{
    public string DBClusterIdentifier { get; set; }

    public string DBClusterSnapshotIdentifier { get; set; }

    public string DbClusterResourceId { get; set; }

    public List<Filter> Filters { get; set; }

    public bool? IncludePublic { get; set; }

    public bool? IncludeShared { get; set; }

    public string Marker { get; set; }

    public int? MaxRecords { get; set; }

    public string SnapshotType { get; set; }
}

/// <summary>Snapshots; null when there are none.</summary>
public class DescribeDBClusterSnapshotsResponse : AmazonWebServiceResponse
{
    public List<DBClusterSnapshot> DBClusterSnapshots { get; set; }

    public string Marker { get; set; }
}

/// <summary>A snapshot of a DB cluster.</summary>
public class DBClusterSnapshot
{
    public string DBClusterSnapshotIdentifier { get; set; }

    public string DBClusterSnapshotArn { get; set; }

    public string DBClusterIdentifier { get; set; }

    public string DbClusterResourceId { get; set; }

    public string Engine { get; set; }

    public string EngineMode { get; set; }

    public string EngineVersion { get; set; }

    public string Status { get; set; }

    public string SnapshotType { get; set; }

    public string KmsKeyId { get; set; }

    public string MasterUsername { get; set; }

    public string VpcId { get; set; }

    public string StorageType { get; set; }

    public string LicenseModel { get; set; }

    public string SourceDBClusterSnapshotArn { get; set; }

    public List<string> AvailabilityZones { get; set; }

    public bool? StorageEncrypted { get; set; }

    public bool? IAMDatabaseAuthenticationEnabled { get; set; }

    public int? AllocatedStorage { get; set; }

    public int? PercentProgress { get; set; }

    public int? Port { get; set; }

    public DateTime? ClusterCreateTime { get; set; }

    public DateTime? SnapshotCreateTime { get; set; }

    public List<Tag> TagList { get; set; }
}

/// <summary>Narrows a Describe call.</summary>
public class Filter
{
    public string Name { get; set; }

    public List<string> Values { get; set; }
}

/// <summary>A tag.</summary>
public class Tag
{
    public string Key { get; set; }

    public string Value { get; set; }
}
