namespace SnapshotBridge.Local.Aws.S3;

/// <summary>A rule as a bucket's notification configuration shows it.</summary>
/// <param name="Bucket">The bucket.</param>
/// <param name="FunctionArn">The function that new objects invoke.</param>
/// <param name="Prefix">Keys begin with this.</param>
/// <param name="Suffix">Keys end with this.</param>
public sealed record S3NotificationRule(string Bucket, string FunctionArn, string Prefix, string Suffix);
