using System.Text.Json.Nodes;
using SnapshotBridge.Local.StateMachine.Running;
using SnapshotBridge.StateMachine.Tests.Kit;
using SnapshotBridge.TestKit;
using Xunit;

namespace SnapshotBridge.StateMachine.Tests.Interpreting;

public sealed class StateTests
{
    [Theory]
    // Data: InputPath, Parameters, Result, ResultPath, OutputPath.
    [InlineData("""{"Type":"Pass","End":true}""", """{"a":1}""", """{"a":1}""")]
    [InlineData("""{"Type":"Pass","InputPath":"$.a","End":true}""", """{"a":{"b":1}}""", """{"b":1}""")]
    [InlineData("""{"Type":"Pass","InputPath":null,"End":true}""", """{"a":1}""", "{}")]
    [InlineData("""{"Type":"Pass","OutputPath":null,"End":true}""", """{"a":1}""", "{}")]
    [InlineData("""{"Type":"Pass","Result":[1],"ResultPath":"$.x.y","End":true}""", """{"a":1}""", """{"a":1,"x":{"y":[1]}}""")]
    [InlineData("""{"Type":"Pass","Result":[1],"ResultPath":null,"End":true}""", """{"a":1}""", """{"a":1}""")]
    [InlineData("""{"Type":"Pass","Result":null,"ResultPath":"$.a","End":true}""", """{"a":1}""", """{"a":null}""")]
    [InlineData("""{"Type":"Pass","Result":7,"ResultPath":"$.a[1]","OutputPath":"$.a","End":true}""", """{"a":[1,2]}""", "[1,7]")]
    [InlineData("""{"Type":"Pass","Parameters":{"k":{"v.$":"$.a"},"c":[{"d.$":"$.a"}]},"End":true}""", """{"a":null}""", """{"k":{"v":null},"c":[{"d":null}]}""")]
    // Paths.
    [InlineData("""{"Type":"Pass","InputPath":"$['a b'][1]","End":true}""", """{"a b":[1,2]}""", "2")]
    [InlineData("""{"Type":"Pass","InputPath":"$.a[-1]","End":true}""", """{"a":[1,2]}""", "2")]
    [InlineData("""{"Type":"Pass","InputPath":"$.a[*].b","End":true}""", """{"a":[{"b":1},{"c":2},{"b":3}]}""", "[1,3]")]
    [InlineData("""{"Type":"Pass","InputPath":"$.a[1:]","End":true}""", """{"a":[1,2,3]}""", "[2,3]")]
    [InlineData("""{"Type":"Pass","InputPath":"$..b","End":true}""", """{"a":{"b":1},"c":[{"b":2}]}""", "[1,2]")]
    [InlineData("""{"Type":"Pass","InputPath":"$.a.*","End":true}""", """{"a":{"b":1,"c":2}}""", "[1,2]")]
    // Large and precise numbers survive.
    [InlineData("""{"Type":"Pass","End":true}""", """{"a":18446744073709551615,"b":1.10}""", """{"a":18446744073709551615,"b":1.10}""")]
    public async Task Pass_Data_IsShapedAsDocumented(string state, string input, string output)
    {
        await using var bench = new Bench();

        var run = await bench.RunStatesAsync($$$$"""{"A":{{{{state}}}}}""", input);

        Assert.Null(run.Cause);
        Bench.AssertJson(output, run.Output);
    }

    [Theory]
    [InlineData("States.Format('{}-{}', $.s, $.n)", "\"x-5\"")]
    [InlineData("States.Format('\\\\{{}\\\\}', $.n)", "\"{5}\"")]
    [InlineData("States.Array($.s, 1, true, null, 'q')", """["x",1,true,null,"q"]""")]
    [InlineData("States.ArrayLength($.list)", "3")]
    [InlineData("States.ArrayContains($.list, 2)", "true")]
    [InlineData("States.ArrayGetItem($.list, 1)", "2")]
    [InlineData("States.ArrayPartition($.list, 2)", "[[1,2],[2]]")]
    [InlineData("States.ArrayRange(1, 9, 4)", "[1,5,9]")]
    [InlineData("States.ArrayUnique($.list)", "[1,2]")]
    [InlineData("States.JsonToString($.list)", "\"[1,2,2]\"")]
    [InlineData("States.StringToJson('[1]')", "[1]")]
    [InlineData("States.MathAdd($.n, -7)", "-2")]
    [InlineData("States.MathAdd(9007199254740993, 1)", "9007199254740994")]
    [InlineData("States.StringSplit('a,b;c', ',;')", """["a","b","c"]""")]
    [InlineData("States.Base64Encode('ab')", "\"YWI=\"")]
    [InlineData("States.Base64Decode('YWI=')", "\"ab\"")]
    [InlineData("States.Hash('abc', 'SHA-256')", "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"")]
    [InlineData("States.JsonMerge($.m, $.o, false)", """{"a":1,"b":2}""")]
    [InlineData("States.ArrayLength(States.StringSplit($.s, '-'))", "1")]
    public async Task Intrinsic_Call_GivesItsValue(string call, string expected)
    {
        await using var bench = new Bench();
        var text = call.Replace("\"", "\\\"", StringComparison.Ordinal);

        var run = await bench.RunStatesAsync(
            $$$"""{"A":{"Type":"Pass","Parameters":{"v.$":"{{{text}}}"},"OutputPath":"$.v","End":true}}""",
            """{"s":"x","n":5,"list":[1,2,2],"m":{"a":1},"o":{"b":2}}""");

        Assert.Null(run.Cause);
        Bench.AssertJson(expected, run.Output);
    }

    [Fact]
    public async Task Intrinsic_Uuid_IsNewEachTime()
    {
        await using var bench = new Bench();

        var run = await bench.RunStatesAsync("""{"A":{"Type":"Pass","Parameters":{"a.$":"States.UUID()","b.$":"States.UUID()"},"End":true}}""");

        var output = JsonNode.Parse(run.Output!)!;
        Assert.NotEqual(Guid.Parse(output["a"]!.GetValue<string>()), Guid.Parse(output["b"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Intrinsic_Failing_CanBeCaughtByName()
    {
        await using var bench = new Bench();
        bench.Lambda.Returns("f", "1");

        var run = await bench.RunStatesAsync("""
            {"A":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{"FunctionName":"f","Payload":{"v.$":"States.ArrayGetItem($.list, 9)"}},
                  "Catch":[{"ErrorEquals":["States.IntrinsicFailure"],"ResultPath":"$.e","Next":"B"}],"End":true},
             "B":{"Type":"Succeed"}}
            """, """{"list":[1]}""");

        Assert.Equal(ExecutionStatus.Succeeded, run.Status);
        Assert.Equal(0, bench.Lambda.CallsOf("f"));
        Assert.Contains("States.IntrinsicFailure", run.Output!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"StringEquals\":\"b\"", "\"b\"", true)]
    [InlineData("\"StringEquals\":\"1\"", "1", false)]
    [InlineData("\"StringLessThan\":\"b\"", "\"a\"", true)]
    [InlineData("\"StringGreaterThanEquals\":\"b\"", "\"b\"", true)]
    [InlineData("\"StringEqualsPath\":\"$.other\"", "\"o\"", true)]
    [InlineData("\"StringMatches\":\"part-*.parquet\"", "\"part-1.gz.parquet\"", true)]
    [InlineData("\"StringMatches\":\"a\\\\*\"", "\"ab\"", false)]
    [InlineData("\"NumericEquals\":0", "0.0", true)]
    [InlineData("\"NumericEquals\":0", "\"0\"", false)]
    [InlineData("\"NumericGreaterThan\":1", "1.5", true)]
    [InlineData("\"NumericLessThanEquals\":1", "2", false)]
    [InlineData("\"NumericLessThanPath\":\"$.number\"", "9", true)]
    [InlineData("\"BooleanEquals\":true", "true", true)]
    [InlineData("\"BooleanEquals\":false", "null", false)]
    [InlineData("\"BooleanEqualsPath\":\"$.flag\"", "false", true)]
    [InlineData("\"TimestampEquals\":\"2026-03-14T01:59:00Z\"", "\"2026-03-14T02:59:00+01:00\"", true)]
    [InlineData("\"TimestampLessThan\":\"2026-03-14T01:59:00Z\"", "\"2026-03-14T01:58:00Z\"", true)]
    [InlineData("\"TimestampGreaterThanEquals\":\"2026-03-14T01:59:00Z\"", "\"yesterday\"", false)]
    [InlineData("\"IsNull\":true", "null", true)]
    [InlineData("\"IsString\":true", "1", false)]
    [InlineData("\"IsNumeric\":true", "1", true)]
    [InlineData("\"IsBoolean\":false", "1", true)]
    [InlineData("\"IsTimestamp\":true", "\"2026-03-14T01:59:00Z\"", true)]
    [InlineData("\"IsPresent\":true", "null", true)]
    public async Task Choice_Operator_Decides(string condition, string value, bool matches)
    {
        await using var bench = new Bench();

        var run = await bench.RunStatesAsync($$$$"""
            {"A":{"Type":"Choice","Choices":[{"Variable":"$.v",{{{{condition}}}},"Next":"Yes"}],"Default":"No"},
             "Yes":{"Type":"Pass","Result":true,"End":true},"No":{"Type":"Pass","Result":false,"End":true}}
            """, $$$$"""{"v":{{{{value}}}},"other":"o","number":10,"flag":false}""");

        Bench.AssertJson(matches ? "true" : "false", run.Output);
    }

    [Theory]
    [InlineData("""{"And":[{"Variable":"$.a","NumericEquals":1},{"Not":{"Variable":"$.b","IsPresent":true}}]}""", true)]
    [InlineData("""{"Or":[{"Variable":"$.a","NumericEquals":2},{"Variable":"$.a","NumericEquals":3}]}""", false)]
    [InlineData("""{"Not":{"Or":[{"Variable":"$.a","NumericEquals":2},{"Variable":"$$.Execution.RedriveCount","NumericEquals":1}]}}""", true)]
    public async Task Choice_Combination_Decides(string rule, bool matches)
    {
        await using var bench = new Bench();

        var run = await bench.RunStatesAsync($$$$"""
            {"A":{"Type":"Choice","Choices":[{{{{rule[..^1]}}}},"Next":"Yes"}],"Default":"No"},
             "Yes":{"Type":"Pass","Result":true,"End":true},"No":{"Type":"Pass","Result":false,"End":true}}
            """, """{"a":1}""");

        Bench.AssertJson(matches ? "true" : "false", run.Output);
    }

    [Fact]
    public async Task Choice_NothingMatchesAndNoDefault_FailsAsNoChoiceMatched()
    {
        await using var bench = new Bench();

        var run = await bench.RunStatesAsync(
            """{"A":{"Type":"Choice","Choices":[{"Variable":"$.v","NumericEquals":1,"Next":"B"}]},"B":{"Type":"Succeed"}}""", """{"v":2}""");

        Assert.Equal("States.NoChoiceMatched", run.Error);
    }

    [Fact]
    public async Task Choice_VariableMissing_FailsAsRuntimeError()
    {
        await using var bench = new Bench();

        var run = await bench.RunStatesAsync(
            """{"A":{"Type":"Choice","Choices":[{"Variable":"$.v","NumericEquals":1,"Next":"B"}],"Default":"B"},"B":{"Type":"Succeed"}}""");

        Assert.Equal("States.Runtime", run.Error);
        Assert.Contains("Invalid path '$.v'", run.Cause!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"Seconds\":40")]
    [InlineData("\"SecondsPath\":\"$.seconds\"")]
    [InlineData("\"TimestampPath\":\"$.soon\"")]
    [InlineData("\"Timestamp\":\"2020-01-01T00:00:00Z\"")]
    public async Task Wait_AnyForm_PassesByTheWaitFactor(string field)
    {
        var time = new JumpingTime();
        await using var bench = new Bench(waitFactor: 200, time);
        var soon = time.GetUtcNow().AddSeconds(40).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", null);

        var run = await bench.RunStatesAsync($$$$"""{"A":{"Type":"Wait",{{{{field}}}},"End":true}}""", $$$$"""{"seconds":40,"soon":"{{{{soon}}}}"}""");

        Assert.Equal(ExecutionStatus.Succeeded, run.Status);
        Assert.Equal(field.Contains("2020", StringComparison.Ordinal) ? TimeSpan.Zero : TimeSpan.FromSeconds(40) / 200, time.Waited);
    }

    [Theory]
    [InlineData("""{"Type":"Fail","Error":"E","Cause":"C"}""", "E", "C")]
    [InlineData("""{"Type":"Fail","ErrorPath":"$.e","CausePath":"States.Format('because {}', $.c)"}""", "Mine", "because 5")]
    public async Task Fail_ErrorAndCause_EndTheExecution(string state, string error, string cause)
    {
        await using var bench = new Bench();

        var run = await bench.RunStatesAsync($$$$"""{"A":{{{{state}}}}}""", """{"e":"Mine","c":5}""");

        Assert.Equal((ExecutionStatus.Failed, error, cause), (run.Status, run.Error!, run.Cause!));
    }

    [Fact]
    public async Task Redrive_FailState_EntersItAgainAndFailsAgain()
    {
        await using var bench = new Bench();
        var failed = await bench.RunStatesAsync("""{"A":{"Type":"Fail","Error":"E"}}""");

        bench.Service.RedriveExecution(failed.ExecutionArn);
        var run = await bench.EndOfAsync(failed.ExecutionArn);

        Assert.Equal((ExecutionStatus.Failed, 1), (run.Status, run.RedriveCount));
        Assert.Equal(
            ["ExecutionStarted", "FailStateEntered", "ExecutionFailed", "ExecutionRedriven", "FailStateEntered", "ExecutionFailed"],
            bench.Types(run.ExecutionArn));
    }

    [Fact]
    public async Task Context_Object_HasWhatTheServiceGives()
    {
        await using var bench = new Bench();

        var run = await bench.RunStatesAsync("""{"A":{"Type":"Pass","Parameters":{"c.$":"$$"},"OutputPath":"$.c","End":true}}""", """{"in":1}""");

        var context = JsonNode.Parse(run.Output!)!;
        Assert.Equal(run.ExecutionArn, context["Execution"]!["Id"]!.GetValue<string>());
        Assert.Equal(run.Name, context["Execution"]!["Name"]!.GetValue<string>());
        Assert.Equal(Bench.RoleArn, context["Execution"]!["RoleArn"]!.GetValue<string>());
        Assert.Equal(0, context["Execution"]!["RedriveCount"]!.GetValue<int>());
        Bench.AssertJson("""{"in":1}""", context["Execution"]!["Input"]!.ToJsonString());
        Assert.Equal("A", context["State"]!["Name"]!.GetValue<string>());
        Assert.Equal(run.StateMachineArn, context["StateMachine"]!["Id"]!.GetValue<string>());
        Assert.Null(context["Task"]);
    }

    [Fact]
    public async Task Parallel_Branches_ResultIsAnArrayInTheirOrder()
    {
        await using var bench = new Bench();

        var run = await bench.RunStatesAsync("""
            {"A":{"Type":"Parallel","Branches":[
               {"StartAt":"B","States":{"B":{"Type":"Wait","Seconds":1,"Next":"B2"},"B2":{"Type":"Pass","Result":1,"End":true}}},
               {"StartAt":"C","States":{"C":{"Type":"Pass","End":true}}}],"End":true}}
            """, "[7]");

        Bench.AssertJson("[1,[7]]", run.Output);
    }

    [Fact]
    public async Task Parallel_BranchFails_OthersEndAndTheErrorCanBeCaught()
    {
        await using var bench = new Bench(waitFactor: 1);

        var run = await bench.RunStatesAsync("""
            {"A":{"Type":"Parallel","Branches":[
               {"StartAt":"B","States":{"B":{"Type":"Wait","Seconds":3600,"End":true}}},
               {"StartAt":"C","States":{"C":{"Type":"Fail","Error":"Broken","Cause":"why"}}}],
              "Catch":[{"ErrorEquals":["States.ALL"],"Next":"D"}],"End":true},
             "D":{"Type":"Pass","End":true}}
            """);

        Bench.AssertJson("""{"Error":"Broken","Cause":"why"}""", run.Output);
        Assert.Contains("WaitStateAborted", bench.Types(run.ExecutionArn));
    }

    [Fact]
    public async Task InlineMap_Items_EachGetItsIndexAndValue()
    {
        await using var bench = new Bench();

        var run = await bench.RunStatesAsync("""
            {"A":{"Type":"Map","ItemsPath":"$.list","MaxConcurrency":1,
               "ItemSelector":{"i.$":"$$.Map.Item.Index","v.$":"$$.Map.Item.Value","all.$":"$.name"},
               "ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Pass","Parameters":{"in.$":"$","seen.$":"$$.Map.Item.Value"},"End":true}}},
               "ResultPath":"$.out","OutputPath":"$.out","End":true}}
            """, """{"list":["x","y"],"name":"n"}""");

        Bench.AssertJson("""[{"in":{"i":0,"v":"x","all":"n"},"seen":"x"},{"in":{"i":1,"v":"y","all":"n"},"seen":"y"}]""", run.Output);
        Assert.Equal(2, bench.Types(run.ExecutionArn).Count(type => type == "MapIterationSucceeded"));
    }

    [Fact]
    public async Task InlineMap_RedriveAfterAFailedItem_RunsOnlyThatItemAgain()
    {
        await using var bench = new Bench();
        var broken = true;
        bench.Lambda.On("f", (payload, _) => payload!.GetValue<int>() == 2 && broken ? throw new FunctionErrorException("Broken", "no") : payload);
        var failed = await bench.RunStatesAsync("""
            {"A":{"Type":"Map","MaxConcurrency":1,"ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke",
               "Parameters":{"FunctionName":"f","Payload.$":"$"},"ResultSelector":{"p.$":"$.Payload"},"OutputPath":"$.p","End":true}}},"End":true}}
            """, "[1,2,3]");
        Assert.Equal(("Broken", "B"), (failed.Error, failed.Failure!.State));
        broken = false;

        bench.Service.RedriveExecution(failed.ExecutionArn);
        var run = await bench.EndOfAsync(failed.ExecutionArn);

        Bench.AssertJson("[1,2,3]", run.Output);
        Assert.Equal([1, 2, 2, 3], bench.Lambda.Calls.Select(call => call.Payload!.GetValue<int>()));
    }

    [Fact]
    public async Task DistributedMap_ItemsFromTheInput_ChildrenAreExecutionsOfTheirOwn()
    {
        await using var bench = new Bench();

        var run = await bench.RunStatesAsync("""
            {"A":{"Type":"Map","ItemsPath":"$.list","Label":"Copies",
               "ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"StartAt":"B",
                 "States":{"B":{"Type":"Pass","Parameters":{"v.$":"$","name.$":"$$.Execution.Name","input.$":"$$.Execution.Input"},"OutputPath":"$.input","End":true}}},
               "End":true}}
            """, """{"list":[5,6]}""");

        Bench.AssertJson("[5,6]", run.Output);
        var mapRun = Assert.Single(bench.Service.ListMapRuns(run.ExecutionArn));
        Assert.Contains(":mapRun:machine/Copies:", mapRun.MapRunArn, StringComparison.Ordinal);
        var children = bench.Service.ListExecutions(null, mapRun.MapRunArn, null, null, null).Executions;
        Assert.Equal(2, children.Select(child => child.ExecutionArn).Distinct().Count());
        Assert.All(children, child => Assert.Contains(":execution:machine/Copies:", child.ExecutionArn, StringComparison.Ordinal));
        Assert.All(children, child => Assert.Equal(
            ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"], bench.Types(child.ExecutionArn)));
    }

    [Fact]
    public async Task DistributedMap_NoItems_GivesAnEmptyArray()
    {
        await using var bench = new Bench();

        var run = await bench.RunStatesAsync("""
            {"A":{"Type":"Map","ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"StartAt":"B",
               "States":{"B":{"Type":"Succeed"}}},"End":true}}
            """, "[]");

        Bench.AssertJson("[]", run.Output);
    }

    [Fact]
    public async Task DistributedMap_ResultsBeyondThePayloadLimit_FailAsDataLimitExceeded()
    {
        await using var bench = new Bench();

        var run = await bench.RunStatesAsync($$$$"""
            {"A":{"Type":"Map","ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"StartAt":"B",
               "States":{"B":{"Type":"Pass","Result":"{{{{new string('x', 100_000)}}}}","End":true}}},"End":true}}
            """, "[1,2,3]");

        Assert.Equal("States.DataLimitExceeded", run.Error);
    }

    [Fact]
    public async Task Execution_HistoryFull_FailsAtTheServicesLimit()
    {
        await using var bench = new Bench();

        var run = await bench.RunStatesAsync("""{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Choice","Choices":[{"Variable":"$.x","IsPresent":true,"Next":"A"}],"Default":"A"}}""");

        Assert.Equal(("States.Runtime", "The execution reached the maximum number of history events (25000)."), (run.Error, run.Cause));
        Assert.Equal("ExecutionNotRedrivable", Assert.Throws<StatesServiceException>(() => bench.Service.RedriveExecution(run.ExecutionArn)).Code);
        Assert.Equal(25_000, bench.Service.GetExecutionHistory(run.ExecutionArn, reverseOrder: true, maxResults: 1).Events[0].Id);
    }

    [Fact]
    public async Task Execution_TimeoutSeconds_EndsItAsTimedOut()
    {
        await using var bench = new Bench(waitFactor: 1);

        var run = await bench.RunAsync("""{"StartAt":"A","TimeoutSeconds":1,"States":{"A":{"Type":"Wait","Seconds":3600,"End":true}}}""");

        Assert.Equal((ExecutionStatus.TimedOut, "States.Timeout"), (run.Status, run.Error));
        Assert.Equal(["WaitStateAborted", "ExecutionTimedOut"], bench.Types(run.ExecutionArn).TakeLast(2));
    }

    [Fact]
    public async Task Stop_WaitingExecution_AbortsItAndItCanBeRedriven()
    {
        await using var bench = new Bench(waitFactor: 1);
        var arn = bench.Start("""{"StartAt":"A","States":{"A":{"Type":"Wait","SecondsPath":"$.s","End":true}}}""", """{"s":3600}""");

        var stopped = await bench.Service.StopExecutionAsync(arn, "Operator", "enough", Bench.Cancelled);

        Assert.Equal((ExecutionStatus.Aborted, "Operator", "enough"), (stopped.Status, stopped.Error!, stopped.Cause!));
        Assert.Equal("ExecutionAborted", bench.Types(arn)[^1]);
        bench.Service.RedriveExecution(arn);
        Assert.Equal(ExecutionStatus.Running, bench.Service.DescribeExecution(arn).Status);
    }

    [Fact]
    public async Task Stop_DistributedMap_AbortsItsChildren()
    {
        await using var bench = new Bench(waitFactor: 1);
        var arn = bench.Start("""
            {"StartAt":"A","States":{"A":{"Type":"Map","ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"StartAt":"B",
               "States":{"B":{"Type":"Wait","Seconds":3600,"End":true}}},"End":true}}}
            """, "[1,2]");
        while (bench.Seen.Entered.Count(state => state == "B") < 2)
        {
            await Task.Delay(5, Bench.Cancelled);
        }

        await bench.Service.StopExecutionAsync(arn, null, null, Bench.Cancelled);

        var mapRun = Assert.Single(bench.Service.ListMapRuns(arn));
        Assert.Equal((ExecutionStatus.Aborted, 2), (mapRun.Status, mapRun.Counts.Aborted));
    }
}
