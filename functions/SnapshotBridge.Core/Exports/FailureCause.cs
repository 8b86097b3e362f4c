namespace SnapshotBridge.Exports;

/// <summary>RDS's words for a failed export, and what to do about them.</summary>
public static class FailureCause
{
    // RDS User Guide, "Failure messages for Amazon S3 export tasks". The wording varies, so fragments are matched; the first wins.
    private static readonly (string Fragment, string Remedy)[] Remedies =
    [
        ("assume the IAM role", "Let export.rds.amazonaws.com assume the role of EXPORT_ROLE_ARN (its trust policy)."),
        ("KMS key check failed", "Allow the export role to use the key of EXPORT_KMS_KEY_ID, and enable the key."),
        ("KMS.", "Enable the key of EXPORT_KMS_KEY_ID and allow the export role to use it."),
        ("NoSuchBucket", "Correct EXPORT_BUCKET or create the bucket in the snapshot's region."),
        ("S3 credential check failed", "Allow the export role to write to EXPORT_BUCKET (s3:PutObject*, GetObject*, DeleteObject*, ListBucket, GetBucketLocation)."),
        ("isn't authorized to call", "Add the action that RDS names to the export role's policy."),
        ("AccessDenied", "Allow the export role what RDS names, in its policy and in the bucket's."),
        ("Forbidden", "Allow the export role to write to EXPORT_BUCKET, in its policy and in the bucket's."),
        ("isn't located in the current", "Use a bucket in the snapshot's region as EXPORT_BUCKET."),
        ("isn't valid", "Correct EXPORT_BUCKET."),
        ("Failed to find or access the source", "Check that the snapshot still exists and that the export role may read it."),
        ("unknown internal error", "RDS gives no reason: try again, and ask AWS Support with the task's name if it repeats."),
    ];

    /// <summary>The cause without trailing full stop, or a statement that RDS gave none.</summary>
    public static string Text(string? cause) => string.IsNullOrWhiteSpace(cause) ? "RDS gave no cause" : cause.Trim().TrimEnd('.');

    /// <summary>A sentence that tells what to do, from what RDS's documentation says about this cause.</summary>
    public static string Remedy(string? cause)
    {
        foreach (var (fragment, remedy) in Remedies)
        {
            if (cause?.Contains(fragment, StringComparison.OrdinalIgnoreCase) == true)
            {
                return remedy;
            }
        }

        return "Remove that cause.";
    }
}
