using SnapshotBridge.Local.StateMachine.Asl;
using SnapshotBridge.Local.StateMachine.Running;
using SnapshotBridge.StateMachine.Tests.Kit;
using Xunit;

namespace SnapshotBridge.StateMachine.Tests.Interpreting;

public sealed class RejectionTests
{
    private const string Invoke = "\"Resource\":\"arn:aws:states:::lambda:invoke\",\"Parameters\":{\"FunctionName\":\"f\"}";
    private const string Processor = "\"ItemProcessor\":{\"ProcessorConfig\":{\"Mode\":\"DISTRIBUTED\",\"ExecutionType\":\"STANDARD\"},\"StartAt\":\"B\",\"States\":{\"B\":{\"Type\":\"Succeed\"}}}";

    [Theory]
    [InlineData("""{"Type":"Pass","Assign":{"x":1},"End":true}""", "$.States.A.Assign")]
    [InlineData("""{"Type":"Pass","QueryLanguage":"JSONata","End":true}""", "$.States.A.QueryLanguage")]
    [InlineData("""{"Type":"Retry","End":true}""", "$.States.A.Type")]
    [InlineData("""{"Type":"Pass"}""", "$.States.A must have either Next or End")]
    [InlineData("""{"Type":"Pass","Next":"Nowhere"}""", "'Nowhere'")]
    [InlineData("""{"Type":"Pass","Parameters":{"x.$":"$.a[?(@.b)]"},"End":true}""", "a filter")]
    [InlineData("""{"Type":"Pass","Parameters":{"x.$":"$.a[0,1]"},"End":true}""", "a union")]
    [InlineData("""{"Type":"Pass","Parameters":{"x.$":"$.a.length()"},"End":true}""", "length()")]
    [InlineData("""{"Type":"Pass","Parameters":{"x.$":"States.Nope()"},"End":true}""", "States.Nope")]
    [InlineData("""{"Type":"Pass","Parameters":{"x.$":5},"End":true}""", "$.States.A.Parameters.x.$")]
    [InlineData("""{"Type":"Pass","ResultPath":"$.a[*]","End":true}""", "$.States.A.ResultPath")]
    [InlineData("""{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","Parameters":{"FunctionName":"f"},"End":true}""", "sqs:sendMessage")]
    [InlineData("""{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{"FunctionName":"f","LogType":"Tail"},"End":true}""", "LogType")]
    [InlineData("""{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{"Payload":{}},"End":true}""", "FunctionName is missing")]
    [InlineData("""{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken","Parameters":{"FunctionName":"f"},"End":true}""", "$$.Task.Token")]
    [InlineData("{\"Type\":\"Task\"," + Invoke + ",\"Credentials\":{},\"End\":true}", "$.States.A.Credentials")]
    [InlineData("{\"Type\":\"Task\"," + Invoke + ",\"HeartbeatSeconds\":5,\"End\":true}", "HeartbeatSeconds")]
    [InlineData("{\"Type\":\"Task\"," + Invoke + ",\"TimeoutSeconds\":0,\"End\":true}", "$.States.A.TimeoutSeconds is 0")]
    [InlineData("{\"Type\":\"Task\"," + Invoke + ",\"Retry\":[{\"ErrorEquals\":[\"States.ALL\"]},{\"ErrorEquals\":[\"E\"]}],\"End\":true}", "must stand last")]
    [InlineData("{\"Type\":\"Task\"," + Invoke + ",\"Retry\":[{\"ErrorEquals\":[\"States.ALL\",\"E\"]}],\"End\":true}", "States.ALL alone")]
    [InlineData("{\"Type\":\"Task\"," + Invoke + ",\"Retry\":[{\"ErrorEquals\":[\"E\"],\"Backoff\":2}],\"End\":true}", "$.States.A.Retry[0].Backoff")]
    [InlineData("{\"Type\":\"Task\"," + Invoke + ",\"Retry\":[{\"ErrorEquals\":[\"E\"],\"BackoffRate\":0.5}],\"End\":true}", "BackoffRate")]
    [InlineData("{\"Type\":\"Task\"," + Invoke + ",\"Retry\":[{\"ErrorEquals\":[\"E\"],\"JitterStrategy\":\"HALF\"}],\"End\":true}", "JitterStrategy")]
    [InlineData("{\"Type\":\"Map\"," + Processor + ",\"ItemBatcher\":{\"MaxItemsPerBatch\":2},\"End\":true}", "$.States.A.ItemBatcher")]
    [InlineData("{\"Type\":\"Map\"," + Processor + ",\"ResultWriter\":{},\"End\":true}", "$.States.A.ResultWriter")]
    [InlineData("{\"Type\":\"Map\"," + Processor + ",\"ToleratedFailurePercentage\":5,\"End\":true}", "ToleratedFailurePercentage")]
    [InlineData("{\"Type\":\"Map\"," + Processor + ",\"ItemReader\":{\"Resource\":\"arn:aws:states:::s3:getObject\",\"ReaderConfig\":{\"InputType\":\"CSV\"},\"Parameters\":{\"Bucket\":\"b\",\"Key\":\"k\"}},\"End\":true}", "InputType is 'CSV'")]
    [InlineData("{\"Type\":\"Map\"," + Processor + ",\"ItemReader\":{\"Resource\":\"arn:aws:states:::s3:getObject\",\"ReaderConfig\":{\"InputType\":\"JSON\",\"MaxItems\":1},\"Parameters\":{\"Bucket\":\"b\",\"Key\":\"k\"}},\"End\":true}", "MaxItems")]
    [InlineData("""{"Type":"Map","Iterator":{},"End":true}""", "$.States.A.Iterator")]
    [InlineData("""{"Type":"Choice","Choices":[{"Variable":"$.a","StringLike":"x","Next":"A"}]}""", "no comparison operator")]
    [InlineData("""{"Type":"Choice","Choices":[{"Variable":"$.a","NumericEquals":"1","Next":"A"}]}""", "NumericEquals is \"1\"")]
    [InlineData("""{"Type":"Wait","End":true}""", "exactly one of Seconds")]
    [InlineData("""{"Type":"Wait","Seconds":1,"Timestamp":"2026-01-01T00:00:00Z","End":true}""", "exactly one of Seconds")]
    [InlineData("""{"Type":"Pass","Result":"${Name}","End":true}""", "${Name}")]
    public void Parse_WhatIsNotImplementedOrNotValid_IsNamedWithItsPath(string state, string named)
    {
        var e = Assert.Throws<StateMachineDefinitionException>(() => StateMachineDefinition.Parse($$$$"""{"StartAt":"A","States":{"A":{{{{state}}}}}}"""));

        Assert.Contains(named, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"StartAt":"A","States":{"A":{"Type":"Succeed"}},"Processor":1}""", "$.Processor")]
    [InlineData("""{"StartAt":"B","States":{"A":{"Type":"Succeed"}}}""", "'B'")]
    [InlineData("""{"StartAt":"A","States":{"A":{"Type":"Succeed"},"B":{"Type":"Succeed"}}}""", "$.States.B can never be reached")]
    [InlineData("""{"StartAt":"A","States":{}}""", "at least one state")]
    [InlineData("[]", "must be an object")]
    [InlineData("{", "not JSON")]
    public void Parse_InvalidMachine_IsNamed(string definition, string named) =>
        Assert.Contains(named, Assert.Throws<StateMachineDefinitionException>(() => StateMachineDefinition.Parse(definition)).Message, StringComparison.Ordinal);

    [Fact]
    public void Parse_SeveralProblems_NamesAllOfThem()
    {
        var e = Assert.Throws<StateMachineDefinitionException>(() => StateMachineDefinition.Parse(
            """{"StartAt":"A","States":{"A":{"Type":"Pass","Assign":{},"Foo":1,"Next":"B"},"B":{"Type":"Wait","End":true}}}"""));

        Assert.Equal(3, e.Problems.Count);
    }

    [Fact]
    public void Apply_SubstitutionsThatDoNotFit_AreAllNamed()
    {
        var e = Assert.Throws<StateMachineDefinitionException>(() => DefinitionSubstitutions.Apply(
            """{"a":"${One}","b":"${Two}"}""", new Dictionary<string, string> { ["Two"] = "2", ["Three"] = "3" }));

        Assert.Contains("${One}", e.Message, StringComparison.Ordinal);
        Assert.Contains("'Three'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_ValueWithQuotes_StaysAJsonString() =>
        Bench.AssertJson("""{"a":"x \" y"}""", DefinitionSubstitutions.Apply("""{"a":"x ${One}"}""", new Dictionary<string, string> { ["One"] = "\" y" }));

    [Fact]
    public async Task CreateStateMachine_InvalidDefinition_IsRefusedAsTheServiceDoes()
    {
        await using var bench = new Bench();

        Assert.Equal("InvalidDefinition", Assert.Throws<StatesServiceException>(() => bench.Service.CreateStateMachine("m", "{}", Bench.RoleArn)).Code);
    }
}
