using SnapshotBridge.Configuration;
using SnapshotBridge.Exports;
using SnapshotBridge.Planning;
using Xunit;

namespace SnapshotBridge.Core.Tests.Exports;

public sealed class OptionsTests
{
    private static readonly Dictionary<string, string> StartExport = new()
    {
        ["AWS_REGION"] = "eu-central-1",
        ["EXPORT_BUCKET"] = "exports-bucket",
        ["EXPORT_ROLE_ARN"] = "arn:aws:iam::123456789012:role/export",
        ["EXPORT_KMS_KEY_ID"] = "alias/export",
    };

    [Fact]
    public void StartExport_RequiredSettingsAlone_GiveTheDefaults()
    {
        var options = StartExportOptions.Read(Reader(StartExport));

        Assert.Equal(new ExportTarget("exports-bucket", "exports/", "arn:aws:iam::123456789012:role/export", "alias/export"), options.Target);
        Assert.Equal("eu-central-1", options.Requests.Region);
        Assert.Empty(options.Requests.SourceDatabases);
        Assert.Equal(TimeSpan.FromHours(48), options.Deadline);
    }

    [Fact]
    public void StartExport_NothingSet_NamesEverythingAtOnce()
    {
        var exception = Assert.Throws<InvalidOptionsException>(() => StartExportOptions.Read(Reader([])));

        Assert.Equal(["EXPORT_BUCKET is not set", "EXPORT_ROLE_ARN is not set", "EXPORT_KMS_KEY_ID is not set", "AWS_REGION is not set"], exception.Problems);
    }

    [Theory]
    [InlineData("EXPORT_PREFIX", "a:b/", "EXPORT_PREFIX is 'a:b/' but RDS takes no ':' in it")]
    [InlineData("EXPORT_PREFIX", "/x", "EXPORT_PREFIX is '/x' but must be a folder such as exports/")]
    [InlineData("EXPORT_PREFIX", "bridge/", "EXPORT_PREFIX is 'bridge/' but bridge/ holds our own documents; choose another folder")]
    [InlineData("EXPORT_DEADLINE_HOURS", "0", "EXPORT_DEADLINE_HOURS is '0' but must be a whole number from 1 to 168")]
    [InlineData("EXPORT_ROLE_ARN", "export", "EXPORT_ROLE_ARN is 'export' but must be the ARN of a role (arn:aws:iam::<account>:role/<name>)")]
    public void StartExport_InvalidSetting_NamesValueAndRule(string name, string value, string expected)
    {
        var exception = Assert.Throws<InvalidOptionsException>(() => StartExportOptions.Read(Reader(new(StartExport) { [name] = value })));

        Assert.Equal([expected], exception.Problems);
    }

    [Theory]
    [InlineData("DESTINATION_PREFIX", "/landing", "DESTINATION_PREFIX is '/landing' but must be a folder such as landing/")]
    [InlineData("BATCH_BYTES", "4GiB", "BATCH_BYTES is '4GiB' but must be a whole number from 1048576 to 1099511627776")]
    [InlineData("BATCH_OBJECTS", "0", "BATCH_OBJECTS is '0' but must be a whole number from 1 to 10000")]
    [InlineData("MAX_CONCURRENCY", "10001", "MAX_CONCURRENCY is '10001' but must be a whole number from 1 to 10000")]
    public void PlanCopy_InvalidSetting_NamesValueAndRule(string name, string value, string expected)
    {
        var exception = Assert.Throws<InvalidOptionsException>(
            () => PlanCopyOptions.Read(Reader(new() { ["EXPORT_BUCKET"] = "b", ["AWS_REGION"] = "eu-central-1", [name] = value })));

        Assert.StartsWith(expected, Assert.Single(exception.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void PlanCopy_PrefixesWithoutSlash_GetOne()
    {
        var options = PlanCopyOptions.Read(Reader(new() { ["EXPORT_BUCKET"] = "b", ["EXPORT_PREFIX"] = "a/b", ["DESTINATION_PREFIX"] = "landing", ["AWS_REGION"] = "eu-central-1" }));

        Assert.Equal("a/b/", options.Location.Prefix);
        Assert.Equal("eu-central-1", options.Region);
        Assert.Equal("landing/", options.DestinationPrefix);
        Assert.Equal((4L << 30, 500, 20), (options.BatchBytes, options.BatchObjects, options.MaxConcurrency));
    }

    [Fact]
    public void ExportMarker_NoBucket_SaysSo() =>
        Assert.Contains(
            "ExportEnded cannot start: EXPORT_BUCKET is not set",
            Assert.Throws<InvalidOptionsException>(() => ExportMarkerOptions.Read(Reader([]), "ExportEnded")).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("exports/shop-1/world/world.city/1/_SUCCESS", "shop-1")]
    [InlineData("exports/shop-1/export_info_shop-1.json", "shop-1")]
    [InlineData("exports/shop-1", null)]
    [InlineData("exports//x/_SUCCESS", null)]
    [InlineData("other/shop-1/_SUCCESS", null)]
    public void TaskOf_Key_IsTheFolderBelowThePrefix(string key, string? expected) =>
        Assert.Equal(expected, new ExportLocation("b", "exports/").TaskOf(key));

    private static EnvironmentReader Reader(Dictionary<string, string> variables) => new(name => variables.GetValueOrDefault(name));
}
