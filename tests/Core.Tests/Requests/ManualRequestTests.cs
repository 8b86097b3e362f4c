using System.Text.Json;
using SnapshotBridge.Requests;
using Xunit;
using static SnapshotBridge.Core.Tests.Requests.RequestSamples;

namespace SnapshotBridge.Core.Tests.Requests;

public sealed class ManualRequestTests
{
    [Fact]
    public void Parse_EveryField_IsRead()
    {
        var request = Accept($$"""
            {"snapshotArn":"{{Arn}}","exportOnly":["world","shop.orders"],"targetSchemas":{"world":"world_eu"},"newExport":true,"parHours":36,
             "types":"inferred","columnTypes":{"shop.orders": {"status":"ENUM('new','paid')"} },"publish":"swap","keepVersions":3,"verify":"statistics","parAfterLoad":"remove"}
            """);

        Assert.Equal(new SnapshotArn("aws", "eu-central-1", "123456789012", SnapshotKind.Instance, "shop-2025"), request.Snapshot);
        Assert.Equal(["shop.orders", "world"], request.Scope.Entries);
        Assert.Equal("world_eu", request.TargetSchema("world"));
        Assert.Equal("shop", request.TargetSchema("shop"));
        Assert.True(request.NewExport);
        Assert.Equal(36, request.ParHours);
        Assert.Equal(
            (TypeMode.Inferred, PublishMode.Swap, 3, VerifyMode.Statistics, ParAfterLoad.Remove),
            (request.Types, request.Publish, request.KeepVersions, request.Verify, request.ParAfterLoad));
        Assert.Equal("ENUM('new','paid')", request.ColumnTypes["shop.orders"]["STATUS"]);
        Assert.False(request.FromEvent);
    }

    [Fact]
    public void Parse_OnlyTheArn_MeansEverythingOnce()
    {
        var request = Accept($$"""{"snapshotArn":"{{Arn}}","exportOnly":null,"parHours":null}""");

        Assert.True(request.Scope.IsEverything);
        Assert.Empty(request.TargetSchemas);
        Assert.False(request.NewExport);
        Assert.Null(request.ParHours);
    }

    [Theory]
    [InlineData("types", "\"Faithful\"", "types is \"Faithful\" but must be \"faithful\" or \"inferred\"")]
    [InlineData("publish", "true", "publish is true but must be \"replace\" or \"swap\"")]
    [InlineData("verify", "\"all\"", "verify is \"all\" but must be \"rows\" or \"statistics\"")]
    [InlineData("keepVersions", "11", "keepVersions is 11 but must be a whole number from 0 to 10")]
    [InlineData("columnTypes", "{\"orders\":{}}", "columnTypes.orders must name schema.table and hold an object of columns and their types")]
    [InlineData("columnTypes", "{\"s.t\":{\"c\":5}}", "columnTypes.s.t.c is 5 but must be a column type such as \"ENUM('new','paid')\"")]
    public void Parse_ChoiceThatDoesNotExist_NamesTheChoices(string field, string value, string problem) =>
        Assert.Equal([problem], Reject($$"""{"snapshotArn":"{{Arn}}","{{field}}":{{value}}}""").Problems);

    [Theory]
    [InlineData("exportOnyl", "[]", "'exportOnyl' is not a field of a request; did you mean 'exportOnly'?")]
    [InlineData("SnapshotArn", "\"x\"", "'SnapshotArn' is not a field of a request; did you mean 'snapshotArn'?")]
    [InlineData("parhours", "2", "'parhours' is not a field of a request; did you mean 'parHours'?")]
    [InlineData("comment", "\"x\"", "'comment' is not a field of a request; known are snapshotArn, exportOnly, targetSchemas, newExport, types, columnTypes, publish, keepVersions, verify, parHours, parAfterLoad")]
    public void Parse_UnknownField_IsNamedWithItsNearest(string name, string value, string expected)
    {
        var exception = Reject($$"""{"snapshotArn":"{{Arn}}","{{name}}":{{value}}}""");

        Assert.Equal([expected], exception.Problems);
        Assert.Contains("start a new execution", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{}""", "snapshotArn is missing; give the ARN of the snapshot to bridge")]
    [InlineData("""{"snapshotArn":7}""", "snapshotArn is 7 but must be a text")]
    [InlineData("""{"snapshotArn":"shop-2025"}""", "snapshotArn is 'shop-2025', which is not an ARN")]
    [InlineData("""{"snapshotArn":"arn:azure:rds:eu-central-1:123456789012:snapshot:s"}""", "the partition is 'azure' but must be one of aws, aws-cn, aws-us-gov")]
    [InlineData("""{"snapshotArn":"arn:aws:s3:eu-central-1:123456789012:snapshot:s"}""", "the service is 's3' but must be rds")]
    [InlineData("""{"snapshotArn":"arn:aws:rds:Frankfurt:123456789012:snapshot:s"}""", "the region is 'Frankfurt' but must be a region such as eu-central-1")]
    [InlineData("""{"snapshotArn":"arn:aws:rds:eu-central-1:1234:snapshot:s"}""", "the account is '1234' but must be twelve digits")]
    [InlineData("""{"snapshotArn":"arn:aws:rds:eu-central-1:123456789012:db:shop"}""", "the type is 'db' but only snapshots are bridged: take a snapshot")]
    [InlineData("""{"snapshotArn":"arn:aws:rds:eu-central-1:123456789012:cluster:shop"}""", "the type is 'cluster' but only snapshots are bridged: take a snapshot")]
    [InlineData("""{"snapshotArn":"arn:aws:rds:eu-central-1:123456789012:og:shop"}""", "the type is 'og' but must be snapshot or cluster-snapshot")]
    [InlineData("""{"snapshotArn":"arn:aws:rds:eu-central-1:123456789012:snapshot:shop--1"}""", "the snapshot id is 'shop--1' but must be 1 to 255 letters, digits and single hyphens")]
    [InlineData("""{"snapshotArn":"arn:aws:rds:eu-central-1:123456789012:snapshot:"}""", "the snapshot id is '' but must be")]
    [InlineData("""{"snapshotArn":"arn:aws:rds:eu-central-1:123456789012:snapshot:s\n"}""", "the snapshot id is 's\n' but must be")]
    [InlineData("""{"snapshotArn":"arn:aws:rds:us-west-2:123456789012:snapshot:s"}""", "is of region us-west-2 but this deployment works in eu-central-1, and RDS exports a snapshot only within its region; copy the snapshot to eu-central-1")]
    public void Parse_BadArn_NamesThePartTheValueAndTheRule(string json, string expected) =>
        Assert.Contains(expected, Assert.Single(Reject(json).Problems), StringComparison.Ordinal);

    [Fact]
    public void Parse_ArnWithSeveralWrongParts_NamesEach() =>
        Assert.Equal(3, Reject("""{"snapshotArn":"arn:aws:rds:nowhere:12:db:x"}""").Problems.Count);

    [Theory]
    [InlineData("arn:aws-cn:rds:cn-north-1:123456789012:cluster-snapshot:rds:shop-2025-01-31-02-00", "cn-north-1", SnapshotKind.Cluster, "rds:shop-2025-01-31-02-00")]
    [InlineData("arn:aws-us-gov:rds:us-gov-west-1:123456789012:snapshot:awsbackup:job-0a1b2c3d-0a1b-4c2d-8e3f-0a1b2c3d4e5f", "us-gov-west-1", SnapshotKind.Instance, "awsbackup:job-0a1b2c3d-0a1b-4c2d-8e3f-0a1b2c3d4e5f")]
    public void Parse_ArnsOfAllPartitionsAndKinds_AreReadAndWrittenAlike(string arn, string region, SnapshotKind kind, string id)
    {
        var snapshot = Accept($$"""{"snapshotArn":"{{arn}}"}""", new RequestContext(region, [])).Snapshot;

        Assert.Equal((region, kind, id), (snapshot.Region, snapshot.Kind, snapshot.Id));
        Assert.Equal(arn, snapshot.ToString());
    }

    [Theory]
    [InlineData("""["world"]""", "")]
    [InlineData("\"world\"", "exportOnly is \"world\" but must be a list such as")]
    [InlineData("[1]", "exportOnly contains 1 but every entry must be a text")]
    [InlineData("""[""]""", "exportOnly contains '' but an entry is database or database.table")]
    [InlineData("""["a.b.c.d"]""", "exportOnly contains 'a.b.c.d' but an entry is database or database.table")]
    [InlineData("""["world."]""", "exportOnly contains 'world.' but an entry is database or database.table")]
    [InlineData("""["my-shop.orders"]""", "exportOnly contains 'my-shop.orders' but RDS can select only names of A-Z, a-z, 0-9, $ and _, and 'my-shop' has others; export everything instead")]
    [InlineData("""["größe"]""", "and 'größe' has others; export everything instead")]
    public void Parse_ExportOnly_IsCheckedEntryByEntry(string value, string expected)
    {
        var json = $$"""{"snapshotArn":"{{Arn}}","exportOnly":{{value}}}""";
        if (expected.Length == 0)
            Assert.False(Accept(json).Scope.IsEverything);
        else
            Assert.Contains(expected, Assert.Single(Reject(json).Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_ExportOnlyNameTooLong_IsRefusedWithItsLength()
    {
        var name = new string('n', 65);

        var problem = Assert.Single(Reject($$"""{"snapshotArn":"{{Arn}}","exportOnly":["{{name}}"]}""").Problems);

        Assert.Contains($"'{name}' has 65 characters and a name has at most 64", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_ExportOnlyBeyondRdsLimit_IsRefusedWithItsSize()
    {
        var entries = Enumerable.Range(0, 6_000).Select(i => $"database_{i:D25}.t");

        var problem = Assert.Single(Reject($$"""{"snapshotArn":"{{Arn}}","exportOnly":{{JsonSerializer.Serialize(entries)}}}""").Problems);

        Assert.Contains("exportOnly has 222000 bytes but RDS takes at most 200000", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""["a"]""", "targetSchemas is [\"a\"] but must be an object such as")]
    [InlineData("""{"a":1}""", "targetSchemas.a is 1 but must be a schema name")]
    [InlineData("""{"a":""}""", "targetSchemas.a is '' but must not be empty")]
    [InlineData("""{"a":"b "}""", "targetSchemas.a is 'b ' but ends with a space")]
    [InlineData("""{"a":"b/c"}""", "targetSchemas.a is 'b/c' but has a '/'")]
    [InlineData("""{"a":"b\u0001"}""", "but has a control character")]
    [InlineData("""{"a":"\ud83d\ude00"}""", "but has a character beyond U+FFFF")]
    [InlineData("""{"a":"SYS"}""", "targetSchemas.a is 'SYS', which the server keeps for itself; choose another name")]
    [InlineData("""{"a":"c","b":"C"}""", "targetSchemas sends 'a' and 'b' to the same schema 'c'; give each its own")]
    [InlineData("""{"a":"b","a":"c"}""", "targetSchemas names 'a' twice; keep one")]
    public void Parse_TargetSchemas_AreCheckedAsMySqlNames(string value, string expected) =>
        Assert.Contains(expected, Assert.Single(Reject($$"""{"snapshotArn":"{{Arn}}","targetSchemas":{{value}}}""").Problems), StringComparison.Ordinal);

    [Fact]
    public void Parse_TargetSchemaOf65Characters_IsRefused() =>
        Assert.Contains(
            "has 65 characters and a schema name has at most 64",
            Assert.Single(Reject($$"""{"snapshotArn":"{{Arn}}","targetSchemas":{"a":"{{new string('x', 65)}}"} }""").Problems),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("0")]
    [InlineData("169")]
    [InlineData("1.5")]
    [InlineData("\"24\"")]
    [InlineData("99999999999")]
    public void Parse_ParHoursOutOfRange_NamesValueAndRange(string value) =>
        Assert.Equal(
            [$"parHours is {value} but must be a whole number from 1 to 168 (a week)"],
            Reject($$"""{"snapshotArn":"{{Arn}}","parHours":{{value}}}""").Problems);

    [Fact]
    public void Parse_ManyProblems_AreNamedAtOnce()
    {
        var exception = Reject("""{"snapshotArn":"x","exportOnly":"y","newExport":"yes","parHours":-1,"whatever":true,"parHours":2}""");

        Assert.Equal(5, exception.Problems.Count);
        Assert.Contains("newExport is \"yes\" but must be true or false", exception.Message, StringComparison.Ordinal);
        Assert.Contains("'parHours' is given twice; keep one", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("\"arn\"")]
    [InlineData("null")]
    public void Parse_NoObject_SaysWhatIsWanted(string json) =>
        Assert.Contains($"the input is {json}, but must be an object", Reject(json).Message, StringComparison.Ordinal);

    [Fact]
    public void CheckAgainstEngine_SchemaEntryForMySql_IsRefused()
    {
        var request = Accept($$"""{"snapshotArn":"{{Arn}}","exportOnly":["shop.public.orders"]}""");

        request.CheckAgainstEngine("postgres", isPostgres: true);
        var exception = Assert.Throws<RequestInvalidException>(() => request.CheckAgainstEngine("aurora-mysql", isPostgres: false));

        Assert.Contains("'shop.public.orders' but a snapshot of aurora-mysql takes database or database.table", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CheckAgainstEngine_RenameOfWhatIsNotExported_SuggestsTheNearest()
    {
        var request = Accept($$"""{"snapshotArn":"{{Arn}}","exportOnly":["world"],"targetSchemas":{"wrld":"w"} }""");

        var exception = Assert.Throws<RequestInvalidException>(() => request.CheckAgainstEngine("mysql", isPostgres: false));

        Assert.Contains("targetSchemas renames 'wrld', which exportOnly does not export (did you mean 'world'?)", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CheckAgainstEngine_RenameOntoAnExportedDatabase_IsRefused()
    {
        var request = Accept($$"""{"snapshotArn":"{{Arn}}","exportOnly":["a","b"],"targetSchemas":{"a":"b"} }""");

        var exception = Assert.Throws<RequestInvalidException>(() => request.CheckAgainstEngine("mysql", isPostgres: false));

        Assert.Contains("targetSchemas sends 'a' to 'b', but 'b' is exported too", exception.Message, StringComparison.Ordinal);
        Accept($$"""{"snapshotArn":"{{Arn}}","exportOnly":["a","b"],"targetSchemas":{"a":"b","b":"a"} }""").CheckAgainstEngine("mysql", isPostgres: false);
    }

    [Fact]
    public void Scope_WrittenInOtherWords_IsTheSame()
    {
        var one = Accept($$"""{"snapshotArn":"{{Arn}}","exportOnly":["shop.orders","world.city","world"]}""").Scope;
        var other = Accept($$"""{"snapshotArn":"{{Arn}}","exportOnly":["world","shop.orders","world"]}""").Scope;

        Assert.Equal(one, other);
        Assert.Equal(one.GetHashCode(), other.GetHashCode());
        Assert.NotEqual(one, ExportScope.Everything);
        Assert.Equal(ExportScope.Everything, ExportScope.Of([]));
    }
}
