namespace SnapshotBridge.Local.Aws.Signing;

/// <summary>One access key that the local endpoints accept.</summary>
/// <param name="AccessKeyId">The public half.</param>
/// <param name="SecretAccessKey">The secret half; it never appears in <see cref="ToString"/>.</param>
/// <param name="SessionToken">Required with every request when set, as for temporary credentials.</param>
public sealed record AwsAccessKey(string AccessKeyId, string SecretAccessKey, string? SessionToken = null)
{
    /// <summary>The key's id alone, so that a log or an assertion message cannot show the secret.</summary>
    public override string ToString() => AccessKeyId;
}
