using SnapshotBridge.Requests;
using Xunit;
using static SnapshotBridge.Core.Tests.Requests.RequestSamples;

namespace SnapshotBridge.Core.Tests.Requests;

public sealed class SnapshotEventTests
{
    private const string Prefix = "arn:aws:rds:eu-central-1:123456789012:";

    [Theory]
    [InlineData("RDS DB Snapshot Event", "RDS-EVENT-0042", "snapshot:shop-2025", SnapshotKind.Instance)]
    [InlineData("RDS DB Snapshot Event", "RDS-EVENT-0091", "snapshot:rds:shop-2025-01-31-02-00", SnapshotKind.Instance)]
    [InlineData("RDS DB Snapshot Event", "RDS-EVENT-0197", "snapshot:copy-of-shop", SnapshotKind.Instance)]
    [InlineData("RDS DB Snapshot Event", "RDS-EVENT-0060", "snapshot:copy-of-shop", SnapshotKind.Instance)]
    [InlineData("RDS DB Snapshot Event", "RDS-EVENT-0042", "snapshot:awsbackup:job-1a", SnapshotKind.Instance)]
    [InlineData("RDS DB Cluster Snapshot Event", "RDS-EVENT-0075", "cluster-snapshot:shop", SnapshotKind.Cluster)]
    [InlineData("RDS DB Cluster Snapshot Event", "RDS-EVENT-0169", "cluster-snapshot:rds:shop-2025-01-31-02-00", SnapshotKind.Cluster)]
    public void Parse_SnapshotCreated_IsBridged(string type, string id, string snapshot, SnapshotKind kind)
    {
        var request = Accept(Rds(type, id, snapshot));

        Assert.Equal(Prefix + snapshot, request.Snapshot.ToString());
        Assert.Equal(kind, request.Snapshot.Kind);
        Assert.True(request.FromEvent);
        Assert.True(request.Scope.IsEverything);
    }

    [Theory]
    [InlineData("RDS-EVENT-0040")]
    [InlineData("RDS-EVENT-0090")]
    [InlineData("RDS-EVENT-0074")]
    [InlineData("RDS-EVENT-0168")]
    public void Parse_SnapshotStillBeingCreated_IsIgnored(string id) =>
        Assert.Equal(
            $"{id}: the snapshot 'shop' is still being created; its 'created' event follows",
            Ignore(Rds("RDS DB Snapshot Event", id, "snapshot:shop")));

    [Theory]
    [InlineData("RDS-EVENT-0041")]
    [InlineData("RDS-EVENT-0161")]
    [InlineData("RDS-EVENT-0484")]
    [InlineData("")]
    public void Parse_OtherRdsEvent_IsIgnoredWithItsId(string id) =>
        Assert.Contains(
            $"{(id.Length == 0 ? "an event without EventID" : id)} about 'shop' (A message) does not say that a snapshot was created",
            Ignore(Rds("RDS DB Snapshot Event", id, "snapshot:shop")),
            StringComparison.Ordinal);

    [Fact]
    public void Parse_AutomatedSnapshotOfAnotherDatabase_IsIgnored()
    {
        var context = Everyone with { SourceDatabases = ["shop", "Ledger-1"] };

        Assert.Contains(
            "is of the database 'crm', which is not among SOURCE_DATABASES (shop, Ledger-1)",
            Ignore(Rds("RDS DB Snapshot Event", "RDS-EVENT-0091", "snapshot:rds:crm-2025-01-31-02-00"), context),
            StringComparison.Ordinal);
        Accept(Rds("RDS DB Snapshot Event", "RDS-EVENT-0091", "snapshot:rds:ledger-1-2025-01-31-02-00"), context);
    }

    [Fact]
    public void Parse_ManualSnapshot_IsLeftToBeLookedUp()
    {
        // Its name does not tell the database: StartExport asks RDS.
        Accept(Rds("RDS DB Snapshot Event", "RDS-EVENT-0042", "snapshot:before-release"), Everyone with { SourceDatabases = ["shop"] });
    }

    [Theory]
    [InlineData("snapshot:preupgrade-shop-5-7-44-to-8-0-35-2025-01-31-02-00", "a snapshot that RDS took before an upgrade")]
    [InlineData("snapshot:shop-final-snapshot", "the final snapshot of a deleted database")]
    public void Parse_SnapshotThatRdsTakesForItself_IsIgnored(string snapshot, string expected) =>
        Assert.Contains(expected, Ignore(Rds("RDS DB Snapshot Event", "RDS-EVENT-0042", snapshot)), StringComparison.Ordinal);

    [Fact]
    public void Parse_EventOfAnotherRegion_IsIgnored() =>
        Assert.Contains(
            "is of region eu-central-1, and this deployment works in us-east-1",
            Ignore(Rds("RDS DB Snapshot Event", "RDS-EVENT-0042", "snapshot:shop"), new RequestContext("us-east-1", [])),
            StringComparison.Ordinal);

    [Fact]
    public void Parse_CreatedEventWithABrokenArn_IsAnErrorAndNotIgnored()
    {
        var exception = Reject(Rds("RDS DB Snapshot Event", "RDS-EVENT-0042", "shop"));

        Assert.Contains("the snapshot of RDS-EVENT-0042 is 'arn:aws:rds:eu-central-1:123456789012:shop', which is not an ARN", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_EventWithoutSourceArn_TakesTheResource()
    {
        var request = Accept("""
            {"detail-type":"RDS DB Snapshot Event","source":"aws.rds","resources":["arn:aws:rds:eu-central-1:123456789012:snapshot:shop"],"detail":{"EventID":"RDS-EVENT-0042"}}
            """);

        Assert.Equal("shop", request.Snapshot.Id);
    }

    [Fact]
    public void Parse_BackupJobCompleted_IsBridged()
    {
        var request = Accept(Backup("COMPLETED", "Aurora", "arn:aws:rds:eu-central-1:123456789012:cluster-snapshot:awsbackup:job-1a-2b"), Everyone with { SourceDatabases = ["shop"] });

        Assert.Equal("awsbackup:job-1a-2b", request.Snapshot.Id);
        Assert.Equal(SnapshotKind.Cluster, request.Snapshot.Kind);
    }

    [Theory]
    [InlineData("RUNNING", "RDS", "arn:aws:rds:eu-central-1:123456789012:snapshot:awsbackup:job-1", "is RUNNING, not COMPLETED")]
    [InlineData("COMPLETED", "EBS", "arn:aws:ec2:eu-central-1::snapshot/snap-1", "is of a resource of type 'EBS', not RDS or Aurora")]
    [InlineData("COMPLETED", "RDS", "arn:aws:backup:eu-central-1:123456789012:recovery-point:continuous:db-1-2", "made the continuous recovery point")]
    public void Parse_OtherBackupJob_IsIgnored(string state, string type, string resource, string expected) =>
        Assert.Contains(expected, Ignore(Backup(state, type, resource)), StringComparison.Ordinal);

    [Fact]
    public void Parse_BackupOfAnotherDatabase_IsIgnored() =>
        Assert.Contains(
            "is of the database 'shop', which is not among SOURCE_DATABASES (crm)",
            Ignore(Backup("COMPLETED", "RDS", "arn:aws:rds:eu-central-1:123456789012:snapshot:awsbackup:job-1"), Everyone with { SourceDatabases = ["crm"] }),
            StringComparison.Ordinal);

    [Fact]
    public void Parse_EventOfAnotherService_IsIgnored() =>
        Assert.Equal(
            "the event 'Object Created' of 'aws.s3' is not about a snapshot that was created",
            Ignore("""{"detail-type":"Object Created","source":"aws.s3","detail":{}}"""));

    [Fact]
    public void ParseAccepted_IgnoredEvent_Throws()
    {
        using var document = System.Text.Json.JsonDocument.Parse("""{"detail-type":"Object Created","source":"aws.s3","detail":{}}""");

        Assert.Throws<RequestInvalidException>(() => BridgeRequest.ParseAccepted(document.RootElement, Everyone));
    }

    private static string Rds(string type, string id, string snapshot) => $$"""
        {"version":"0","id":"844e2571-85d4-695f-b930-0153b71dcb42","detail-type":"{{type}}","source":"aws.rds","account":"123456789012",
         "time":"2018-10-06T12:26:13Z","region":"eu-central-1","resources":["{{Prefix}}{{snapshot}}"],
         "detail":{"EventCategories":["creation"],"SourceType":"SNAPSHOT","SourceArn":"{{Prefix}}{{snapshot}}","Date":"2018-10-06T12:26:13.882Z",
         "SourceIdentifier":"{{snapshot[(snapshot.IndexOf(':', StringComparison.Ordinal) + 1)..]}}","Message":"A message","EventID":"{{id}}"} }
        """;

    private static string Backup(string state, string type, string resource) => $$"""
        {"version":"0","detail-type":"Backup Job State Change","source":"aws.backup","region":"eu-central-1","resources":["{{resource}}"],
         "detail":{"backupJobId":"1a-2b","resourceArn":"arn:aws:rds:eu-central-1:123456789012:db:shop","resourceType":"{{type}}","state":"{{state}}"} }
        """;
}
