using SnapshotBridge.Deployment.Tests.Kit;

namespace SnapshotBridge.Deployment.Tests.Infra;

/// <summary>What <c>tests/run.sh</c> prints of a test program's log: every failure, no passing test, nothing without end.</summary>
public sealed class UnpassedTests : IDisposable
{
    private const string Log = """
          Discovered:  Some.Tests (5 test cases to be run)
            Some.Tests.Quiet_Passes(name: "a") [PASS]
              Output:
                as designed: nothing to see
            Some.Tests.Loud_Fails [FAIL]
              Assert.Equal() Failure: Strings differ

              Expected: "LOADING"
              Actual:   "LOADED"
              Stack Trace:
                tests/Some.Tests/LoudTests.cs(19,0): at Some.Tests.Loud_Fails()
                tests/Some.Tests/LoudTests.cs(20,0): at Some.Tests.Outer()
              Output:
                first step
                last step
            [D::Some.Tests] [Long Running Test] 'Some.Tests.Slow', Elapsed: 00:05:00
            Some.Tests.Absent_Skips [SKIP]
              No server is named.
            [Test Class Cleanup Failure (Some.Tests.Loud)] System.IO.IOException
              System.IO.IOException : still in use
              Stack Trace:
                tests/Some.Tests/LoudTests.cs(30,0): at Some.Tests.Loud.Dispose()
            Some.Tests.Other_Passes [PASS]
              Output:
                also nothing to see
          Finished:    Some.Tests (ID = 'x')
        === TEST EXECUTION SUMMARY ===
           Some.Tests  Total: 5, Errors: 1, Failed: 1, Skipped: 1, Not Run: 0, Time: 1.000s
        """;

    private readonly string _log = Path.GetTempFileName();

    [Fact]
    public async Task Unpassed_ShowsFailuresSkipsAndLongRunners_AndNothingOfWhatPassed()
    {
        var text = await UnpassedAsync("");

        Assert.Contains("Loud_Fails [FAIL]", text, StringComparison.Ordinal);
        Assert.Contains("Actual:   \"LOADED\"", text, StringComparison.Ordinal);
        Assert.Contains("LoudTests.cs(19,0)", text, StringComparison.Ordinal);
        Assert.Contains("last step", text, StringComparison.Ordinal);
        Assert.Contains("[Long Running Test] 'Some.Tests.Slow'", text, StringComparison.Ordinal);
        Assert.Contains("No server is named.", text, StringComparison.Ordinal);
        Assert.Contains("still in use", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Passes", text, StringComparison.Ordinal);
        Assert.DoesNotContain("nothing to see", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unpassed_FailedAlone_IsCutToTheLinesAskedForAndNamesEveryFailure()
    {
        var text = await UnpassedAsync("failed", ("MESSAGE", "2"), ("STACK", "2"), ("OUTPUT", "1"), ("DETAILED", "1"));

        Assert.Equal(
            [
                "    Some.Tests.Loud_Fails [FAIL]",
                "      Assert.Equal() Failure: Strings differ",
                "",
                $"        ... (more in {_log})",
                "      Stack Trace:",
                "        tests/Some.Tests/LoudTests.cs(19,0): at Some.Tests.Loud_Fails()",
                $"        ... (more in {_log})",
                "        ... (2 lines before)",
                "        last step",
                "    [Test Class Cleanup Failure (Some.Tests.Loud)] System.IO.IOException",
            ],
            text.TrimEnd('\n').Split('\n'));
    }

    public void Dispose() => File.Delete(_log);

    private async Task<string> UnpassedAsync(string only, params (string Name, string Value)[] limits)
    {
        Assert.SkipUnless(ExternalTool.Exists("bash"), "bash is not on the PATH.");
        await File.WriteAllTextAsync(_log, Log + "\n", TestContext.Current.CancellationToken);

        var script = string.Concat(limits.Select(limit => $"{limit.Name}={limit.Value} ")) + $"bash tests/unpassed.sh '{_log}' {only}";
        var result = await ExternalTool.RunAsync("bash", ["-c", script], Repository.Root, null, TestContext.Current.CancellationToken);

        Assert.True(result is { ExitCode: 0, Error: "" }, result.All);
        return result.Output;
    }
}
