namespace SnapshotBridge.Deployment.Tests.Kit;

/// <summary>Python packages that check templates and execute state machines, where they are installed.</summary>
internal static class PythonTools
{
    private static readonly Lazy<Task<ToolResult?>> Probed = new(ProbeAsync);

    /// <summary>Skips the test unless Python has all of these modules.</summary>
    public static async Task NeedAsync(params string[] modules)
    {
        var probe = await Probed.Value;
        Assert.SkipWhen(probe is null, "python3 is not on the PATH.");
        var found = probe!.Output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var missing = modules.Except(found).ToList();
        Assert.SkipWhen(missing.Count > 0, $"Python has no {string.Join(", ", missing)} (pip install cfn-lint aws-sam-translator 'moto[all]').");
    }

    /// <summary>Runs Python with a script of ours, or with <c>-m module</c>.</summary>
    public static Task<ToolResult> RunAsync(IEnumerable<string> arguments, string? input, CancellationToken cancellationToken) =>
        ExternalTool.RunAsync("python3", arguments, Repository.Root, input, cancellationToken);

    public static string Script(string name) => Path.Combine(Repository.Tools, name);

    private static async Task<ToolResult?> ProbeAsync()
    {
        const string probe = """
            import importlib.util
            for name in ("cfnlint", "samtranslator", "moto", "boto3", "werkzeug", "flask"):
                if importlib.util.find_spec(name):
                    print(name)
            """;
        return ExternalTool.Exists("python3") ? await RunAsync(["-c", probe], null, CancellationToken.None) : null;
    }
}
