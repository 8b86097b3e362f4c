using System.Text.Json.Nodes;
using SnapshotBridge.Local.StateMachine.Events;
using Xunit;

namespace SnapshotBridge.StateMachine.Tests.Events;

public sealed class EventPatternTests
{
    private const string Created = """
        {"version":"0","id":"1","detail-type":"RDS DB Snapshot Event","source":"aws.rds","account":"123456789012","time":"2026-03-14T01:59:00Z",
         "region":"us-east-1","resources":["arn:aws:rds:us-east-1:123456789012:snapshot:rds:world-1"],
         "detail":{"EventID":"RDS-EVENT-0091","SourceIdentifier":"rds:world-1","EventCategories":["creation"],"Size":5,"Note":null,"Parts":[{"k":"a","n":1},{"k":"b","n":2}]}}
        """;

    [Theory]
    [InlineData("""{"source":["aws.rds"]}""", true)]
    [InlineData("""{"source":["aws.s3","aws.rds"]}""", true)]
    [InlineData("""{"source":["aws.s3"]}""", false)]
    [InlineData("""{"source":["aws.rds"],"detail":{"EventID":["RDS-EVENT-0042","RDS-EVENT-0091"]}}""", true)]
    [InlineData("""{"source":["aws.rds"],"detail":{"EventID":["RDS-EVENT-0042"]}}""", false)]
    [InlineData("""{"resources":[{"prefix":"arn:aws:rds:"}]}""", true)]
    [InlineData("""{"detail":{"SourceIdentifier":[{"prefix":"RDS:"}]}}""", false)]
    [InlineData("""{"detail":{"SourceIdentifier":[{"prefix":{"equals-ignore-case":"RDS:"}}]}}""", true)]
    [InlineData("""{"detail":{"SourceIdentifier":[{"suffix":"-1"}]}}""", true)]
    [InlineData("""{"detail":{"SourceIdentifier":[{"equals-ignore-case":"RDS:World-1"}]}}""", true)]
    [InlineData("""{"detail":{"SourceIdentifier":[{"wildcard":"rds:*-1"}]}}""", true)]
    [InlineData("""{"detail":{"SourceIdentifier":[{"wildcard":"*:shop-*"}]}}""", false)]
    [InlineData("""{"detail":{"SourceIdentifier":[{"anything-but":"rds:shop-1"}]}}""", true)]
    [InlineData("""{"detail":{"SourceIdentifier":[{"anything-but":["rds:world-1","x"]}]}}""", false)]
    [InlineData("""{"detail":{"SourceIdentifier":[{"anything-but":{"prefix":"rds:"}}]}}""", false)]
    [InlineData("""{"detail":{"SourceIdentifier":[{"anything-but":{"wildcard":"*shop*"}}]}}""", true)]
    [InlineData("""{"detail":{"Size":[5.0]}}""", true)]
    [InlineData("""{"detail":{"Size":["5"]}}""", false)]
    [InlineData("""{"detail":{"Size":[{"numeric":[">",0,"<=",5]}]}}""", true)]
    [InlineData("""{"detail":{"Size":[{"numeric":["<",5]}]}}""", false)]
    [InlineData("""{"detail":{"Note":[null]}}""", true)]
    [InlineData("""{"detail":{"Note":[{"exists":true}]}}""", true)]
    [InlineData("""{"detail":{"Missing":[{"exists":false}]}}""", true)]
    [InlineData("""{"detail":{"Missing":{"Deeper":[{"exists":false}]}}}""", true)]
    [InlineData("""{"detail":{"EventID":[{"exists":false}]}}""", false)]
    [InlineData("""{"detail":{"EventCategories":["creation"]}}""", true)]
    [InlineData("""{"detail":{"Parts":{"k":["b"],"n":[2]}}}""", true)]
    [InlineData("""{"detail":{"Parts":{"k":["a"],"n":[2]}}}""", false)]
    [InlineData("""{"detail":{"$or":[{"EventID":["x"]},{"Size":[5]}]}}""", true)]
    [InlineData("""{"$or":[{"source":["x"]},{"source":["y"]}]}""", false)]
    public void Matches_Operator_Decides(string pattern, bool expected) =>
        Assert.Equal(expected, EventPattern.Parse(pattern).Matches(JsonNode.Parse(Created)!.AsObject()));

    [Theory]
    [InlineData("""{"detail":{"a":[{"cidr":"10.0.0.0/8"}]}}""", "detail.a[0].cidr")]
    [InlineData("""{"detail":{"a":"text"}}""", "detail.a")]
    [InlineData("""{"detail":{"a":[]}}""", "detail.a")]
    [InlineData("""{"detail":{"a":[{"numeric":["~",5]}]}}""", "detail.a[0].numeric[0]")]
    [InlineData("""{"detail":{"a":[{"prefix":5}]}}""", "detail.a[0].prefix")]
    [InlineData("""{"detail":{"a":[{"anything-but":{"numeric":["<",5]}}]}}""", "anything-but.numeric")]
    [InlineData("""{"detail":{"a":[{"wildcard":"a**"}]}}""", "consecutive wildcard")]
    [InlineData("""{"detail":{"a":[{"prefix":"x","suffix":"y"}]}}""", "exactly one operator")]
    [InlineData("{}", "empty")]
    [InlineData("{", "not valid")]
    public void Parse_InvalidPattern_IsRefusedWithItsPlace(string pattern, string named) =>
        Assert.Contains(named, Assert.Throws<EventPatternException>(() => EventPattern.Parse(pattern)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Publish_Event_ReachesTheTargetsOfTheRulesItMatches()
    {
        var bus = new EventBus();
        var taken = new List<string>();
        bus.Put(EventRule.Create("created", """{"detail":{"EventID":["RDS-EVENT-0091"]}}""", (taking, _) => Take("created", taking)));
        bus.Put(EventRule.Create("other", """{"detail":{"EventID":["RDS-EVENT-0160"]}}""", (taking, _) => Take("other", taking)));
        Task Take(string rule, JsonObject taking)
        {
            taken.Add(rule + taking["id"]!.GetValue<string>());
            return Task.CompletedTask;
        }

        var rules = await bus.PublishAsync(JsonNode.Parse(Created)!.AsObject(), TestContext.Current.CancellationToken);

        Assert.Equal(["created"], rules);
        Assert.Equal(["created1"], taken);
    }

    [Fact]
    public async Task Publish_OneTargetFails_OthersStillGetTheEventAndTheFailureIsThrown()
    {
        var bus = new EventBus();
        var delivered = false;
        bus.Put(EventRule.Create("bad", """{"source":["aws.rds"]}""", (_, _) => throw new InvalidOperationException("target down")));
        bus.Put(EventRule.Create("good", """{"source":["aws.rds"]}""", (_, _) =>
        {
            delivered = true;
            return Task.CompletedTask;
        }));

        var e = await Assert.ThrowsAsync<AggregateException>(() => bus.PublishAsync(JsonNode.Parse(Created)!.AsObject(), TestContext.Current.CancellationToken));

        Assert.Equal("target down", Assert.Single(e.InnerExceptions).Message);
        Assert.True(delivered);
    }

    [Fact]
    public async Task Publish_EventWithoutEnvelope_IsRefused() =>
        await Assert.ThrowsAsync<ArgumentException>(() => new EventBus().PublishAsync(new JsonObject { ["detail"] = new JsonObject() }, TestContext.Current.CancellationToken));
}
