namespace SnapshotBridge.Local.Aws.S3;

/// <summary>How the local S3 keeps its objects.</summary>
public sealed record S3StoreOptions
{
    /// <summary>An existing folder for the bytes; the store owns what it writes there and deletes it in the end.</summary>
    public required string Folder { get; init; }

    /// <summary>The KMS key that every object is said to be encrypted with.</summary>
    public string KmsKeyArn { get; init; } = "arn:aws:kms:us-east-1:123456789012:key/6f2a1d4e-0c1b-4b7e-9d53-2a8f1c0e7b11";

    /// <summary>Overrides which checksum is stored; without a match it is the uploader's, or CRC64NVME over the whole object.</summary>
    public IReadOnlyList<S3ChecksumRule> ChecksumRules { get; init; } = [];

    /// <summary>The store's clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
