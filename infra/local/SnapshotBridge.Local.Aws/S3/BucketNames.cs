using System.Text.RegularExpressions;

namespace SnapshotBridge.Local.Aws.S3;

internal static partial class BucketNames
{
    /// <summary>3 to 63 lower-case letters, digits, dots and hyphens, beginning and ending with a letter or digit; not an IP address (S3 user guide).</summary>
    public static bool IsValid(string name)
        => Shape().IsMatch(name) && !name.Contains("..", StringComparison.Ordinal) && !Address().IsMatch(name);

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]\z")]
    private static partial Regex Shape();

    [GeneratedRegex(@"\A\d+\.\d+\.\d+\.\d+\z")]
    private static partial Regex Address();
}
