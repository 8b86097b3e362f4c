using System.Diagnostics;
using System.Text;

namespace SnapshotBridge.Deployment.Tests.Kit;

/// <summary>What a program said.</summary>
internal sealed record ToolResult(int ExitCode, string Output, string Error)
{
    /// <summary>Everything it said, for a failure's message.</summary>
    public string All => $"exit code {ExitCode}\n{Output}\n{Error}";
}

/// <summary>Programs that are there on some machines only. A test that needs one skips with a reason where it is missing.</summary>
internal static class ExternalTool
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(20);

    /// <summary>Whether the PATH holds the program.</summary>
    public static bool Exists(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Any(folder => File.Exists(Path.Combine(folder, program)) || File.Exists(Path.Combine(folder, $"{program}.exe")));

    /// <summary>Runs a program to its end, and ends it and its children when it hangs: after 20 minutes unless <paramref name="limit"/> says otherwise.</summary>
    public static async Task<ToolResult> RunAsync(
        string program, IEnumerable<string> arguments, string folder, string? input, CancellationToken cancellationToken, TimeSpan? limit = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        };
        // Linters need no account, and must not find one.
        start.Environment["AWS_DEFAULT_REGION"] = "us-east-1";
        start.Environment["AWS_EC2_METADATA_DISABLED"] = "true";
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        end.CancelAfter(limit ?? Limit);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(end.Token);
            var error = process.StandardError.ReadToEndAsync(end.Token);
            await process.StandardInput.WriteAsync((input ?? "").AsMemory(), end.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(end.Token);
            return new ToolResult(process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
