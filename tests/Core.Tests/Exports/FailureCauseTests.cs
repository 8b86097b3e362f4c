using SnapshotBridge.Exports;
using Xunit;

namespace SnapshotBridge.Core.Tests.Exports;

public sealed class FailureCauseTests
{
    [Theory]
    [InlineData("RDS can't assume the IAM role 'x'", "trust policy")]
    [InlineData("The KMS key check failed. Check the credentials", "EXPORT_KMS_KEY_ID")]
    [InlineData("An export task failed to write the export task's metadata to the S3 bucket b. Error code: NoSuchBucket", "Correct EXPORT_BUCKET or create the bucket")]
    [InlineData("Error code: KMS.DisabledException", "Enable the key")]
    [InlineData("The S3 credential check failed", "s3:PutObject*")]
    [InlineData("The bucket [b] isn't located in the current AWS Region", "snapshot's region")]
    [InlineData("An unknown internal error occurred", "AWS Support")]
    [InlineData("Something new", "Remove that cause.")]
    [InlineData(null, "Remove that cause.")]
    public void Remedy_DocumentedCause_TellsWhatToDo(string? cause, string expected) =>
        Assert.Contains(expected, FailureCause.Remedy(cause), StringComparison.Ordinal);

    [Fact]
    public void ExportTaskFailed_NamesTaskSnapshotCauseAndRemedy()
    {
        var exception = new ExportTaskFailedException("shop-1", "arn:x", "The KMS key check failed.");

        Assert.StartsWith("RDS ended the export task 'shop-1' of arn:x as FAILED: The KMS key check failed. ", exception.Message, StringComparison.Ordinal);
        Assert.Contains("redrive", exception.Message, StringComparison.Ordinal);
    }
}
