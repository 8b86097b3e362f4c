using System.Diagnostics;

namespace SnapshotBridge.IntegrityMatrix;

/// <summary>This assembly run as a program: one invocation of the function that is killed, or a process that ends, in the midst of it.</summary>
public static class VictimProcess
{
    // No measure of anything: what hangs is to end some time, however slow the machine is.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>A process that reads a body and ends while more of it is awaited.</summary>
    /// <param name="endpoint">Answers with the beginning of a body, and then with nothing.</param>
    /// <param name="trusted">The file (PEM) of the certificates that it trusts.</param>
    /// <param name="libraries">What libssl and libcrypto are called.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>How it ended, and what it said.</returns>
    /// <exception cref="OperationCanceledException">It did not end.</exception>
    public static async Task<(int ExitCode, string Output, string Errors)> EndWhileReadingAsync(
        Uri endpoint, string trusted, (string Ssl, string Crypto) libraries, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        var start = new ProcessStartInfo(Program()) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (IEnumerable<string>)[typeof(VictimProcess).Assembly.Location, LeftReading.Argument, endpoint.ToString(), libraries.Ssl, libraries.Crypto])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["SSL_CERT_FILE"] = trusted;
        using var process = Process.Start(start)!;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(patience.Token);
            var errors = process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            return (process.ExitCode, (await output).Trim(), await errors);
        }
        finally
        {
            process.Kill();
        }
    }

    /// <summary>Kills the process, by SIGKILL, as soon as <paramref name="isTime"/> says so.</summary>
    /// <exception cref="InvalidOperationException">It ended by itself, or the time never came.</exception>
    internal static async Task RunAndKillAsync(IReadOnlyDictionary<string, string> environment, Func<bool> isTime, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Program()) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(typeof(VictimProcess).Assembly.Location);
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        await KillAsync(start, isTime, cancellationToken);
    }

    /// <summary>The same for any program.</summary>
    internal static async Task KillAsync(ProcessStartInfo start, Func<bool> isTime, CancellationToken cancellationToken)
    {
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        var startedAt = Stopwatch.GetTimestamp();
        try
        {
            while (!isTime())
            {
                if (process.HasExited || Stopwatch.GetElapsedTime(startedAt) > Patience)
                {
                    throw new InvalidOperationException($"The process that was to be killed {(process.HasExited ? "ended by itself" : "got nowhere")}: {await Ended(process, errors)}");
                }

                await Task.Delay(20, cancellationToken);
            }
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
            await Task.WhenAll(output, errors);
        }
    }

    private static async Task<string> Ended(Process process, Task<string> errors)
    {
        process.Kill();
        return (await errors).Trim();
    }

    /// <summary>The dotnet that runs this process, or the one on the PATH where the process is a program of its own.</summary>
    private static string Program() => Path.GetFileNameWithoutExtension(System.Environment.ProcessPath) == "dotnet" ? System.Environment.ProcessPath! : "dotnet";
}
