using SnapshotBridge.Configuration;
using SnapshotBridge.CopyTable;
using Xunit;

namespace SnapshotBridge.Functions.Tests.CopyTable;

public sealed class CopyTableOptionsTests
{
    private static readonly Dictionary<string, string> Complete = new()
    {
        ["EXPORT_BUCKET"] = "b",
        ["OCI_REGION"] = "us-ashburn-1",
        ["OCI_BUCKET"] = "o",
        ["OCI_SECRET_ID"] = "s",
    };

    [Fact]
    public void Read_OnlyWhatIsRequired_TakesTheDefaults()
    {
        var options = Read([]);
        Assert.Equal(new Uri("https://objectstorage.us-ashburn-1.oraclecloud.com"), options.OciEndpoint);
        Assert.Null(options.OciNamespace);
        Assert.Equal((1024L << 20, 10L << 20, 10L << 20), (options.Limits.MemoryBytes, options.Limits.PartSizeBytes, options.Limits.ThresholdBytes));
    }

    [Fact]
    public void Read_EverythingWrong_ReportsAllWithTheirValues()
    {
        var failure = Assert.Throws<InvalidOptionsException>(() => CopyTableOptions.Read(new EnvironmentReader(name => name switch
        {
            "OCI_REGION" => "Ashburn",
            "PART_SIZE_MIB" => "zero",
            "MULTIPART_THRESHOLD_MIB" => "5000",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE" => "64",
            _ => null,
        })));
        Assert.Equal(7, failure.Problems.Count);
        foreach (var text in new[] { "EXPORT_BUCKET", "OCI_BUCKET", "OCI_SECRET_ID", "'Ashburn'", "'zero'", "'5000'", "'64'" })
        {
            Assert.Contains(text, failure.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("OCI_ENDPOINT", "ftp://x")]
    [InlineData("OCI_ENDPOINT", "http://x/path")]
    [InlineData("PART_SIZE_MIB", "400")]
    [InlineData("MULTIPART_THRESHOLD_MIB", "400")]
    public void Read_OneValueWrong_NamesIt(string name, string value)
    {
        var failure = Assert.Throws<InvalidOptionsException>(
            () => Read(new() { [name] = value, ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = "512" }));
        Assert.Contains($"{name} is '{value}'", Assert.Single(failure.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_OwnEndpoint_WinsOverTheRegions() =>
        Assert.Equal(new Uri("http://127.0.0.1:4000"), Read(new() { ["OCI_ENDPOINT"] = "http://127.0.0.1:4000" }).OciEndpoint);

    private static CopyTableOptions Read(Dictionary<string, string> more) =>
        CopyTableOptions.Read(new EnvironmentReader(name => more.GetValueOrDefault(name) ?? Complete.GetValueOrDefault(name)));
}
