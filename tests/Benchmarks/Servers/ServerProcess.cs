using System.Diagnostics;
using System.Text.Json;
using SnapshotBridge.BenchmarkPeers;

namespace SnapshotBridge.Benchmarks.Servers;

/// <summary>The servers as this program sees them: a process of their own, so that their work is not the clients'.</summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process _process;

    private ServerProcess(Process process, ServerAddresses addresses, string? certificatePath)
    {
        _process = process;
        Addresses = addresses;
        CertificatePath = certificatePath;
    }

    public ServerAddresses Addresses { get; }

    /// <summary>The certificate that clients must trust; null without TLS.</summary>
    public string? CertificatePath { get; }

    public static async Task<ServerProcess> StartAsync(IReadOnlyList<ObjectSet> sets, string? certificatePath, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        start.ArgumentList.Add(typeof(ServerProcess).Assembly.Location);
        start.ArgumentList.Add("serve");
        foreach (var set in sets)
        {
            start.ArgumentList.Add("--set");
            start.ArgumentList.Add(set.Text);
        }

        if (certificatePath is not null)
        {
            start.ArgumentList.Add("--certificate");
            start.ArgumentList.Add(certificatePath);
        }

        var process = Process.Start(start)!;
        var line = await process.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new InvalidOperationException("The servers ended before they listened.");
        return new ServerProcess(process, JsonSerializer.Deserialize(line, ServerJson.Default.ServerAddresses)!, certificatePath);
    }

    public async Task ResetAsync(CancellationToken cancellationToken) => await AskAsync("reset", cancellationToken);

    public async Task<ServerReport> ReportAsync(ObjectSet set, CancellationToken cancellationToken) =>
        JsonSerializer.Deserialize(await AskAsync($"report {set.Text}", cancellationToken), ServerJson.Default.ServerReport)!;

    public void Dispose()
    {
        // The end of its input is what ends it.
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(5)))
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private async Task<string> AskAsync(string command, CancellationToken cancellationToken)
    {
        await _process.StandardInput.WriteLineAsync(command.AsMemory(), cancellationToken);
        await _process.StandardInput.FlushAsync(cancellationToken);
        return await _process.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new InvalidOperationException("The servers ended.");
    }
}
