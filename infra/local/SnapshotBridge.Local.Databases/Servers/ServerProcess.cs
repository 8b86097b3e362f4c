using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace SnapshotBridge.Local.Databases.Servers;

/// <summary>
/// A server as a child that cannot outlive us. A shell between us and it holds the other end of our pipe: when we die,
/// however abruptly, the pipe closes, and the shell kills the server and removes the folders.
/// </summary>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    private const int Terminate = 15;
    private const int KillSignal = 9;

    private const string Watchdog = """
        exec 3<&0 2>/dev/null
        "$@" 3<&- </dev/null >/dev/null 2>>"$SB_SERVER_LOG" &
        server=$!
        echo "$server"
        ( cat <&3 >/dev/null; trap '' TERM; kill -9 "$server" 2>/dev/null; sleep 0.2; rm -rf "$SB_SERVER_FOLDER" "$SB_TEMPLATE_FOLDER" ) &
        watch=$!
        exec 3<&-
        wait "$server"
        code=$?
        kill "$watch" 2>/dev/null
        exit "$code"
        """;

    private readonly Process _shell;

    private ServerProcess(Process shell, int id)
    {
        _shell = shell;
        Id = id;
    }

    /// <summary>The server's own process id.</summary>
    public int Id { get; }

    public bool HasExited => _shell.HasExited;

    public static async Task<ServerProcess> StartAsync(
        string program, IReadOnlyList<string> arguments, string folder, string templateFolder, string log, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new DatabaseServerException("Private servers are started through a POSIX shell: use Linux, macOS or WSL.");
        }

        var start = new ProcessStartInfo("/bin/sh", ["-c", Watchdog, "sh", program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
            WorkingDirectory = folder,
        };
        start.Environment["SB_SERVER_FOLDER"] = folder;
        start.Environment["SB_TEMPLATE_FOLDER"] = templateFolder;
        start.Environment["SB_SERVER_LOG"] = log;
        var shell = Process.Start(start)!;
        var line = await shell.StandardOutput.ReadLineAsync(cancellationToken);
        if (!int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
        {
            shell.Dispose();
            throw new DatabaseServerException($"'{program}' could not be started: the shell gave no process id.");
        }

        return new ServerProcess(shell, id);
    }

    public Task WaitForExitAsync(CancellationToken cancellationToken) => _shell.WaitForExitAsync(cancellationToken);

    /// <summary>Asks the server to stop, and kills it when it takes longer than <paramref name="patience"/>.</summary>
    public async Task StopAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        Signal(Terminate);
        try
        {
            await _shell.WaitForExitAsync(cancellationToken).WaitAsync(patience, cancellationToken);
        }
        catch (TimeoutException)
        {
            await KillAsync();
        }
    }

    /// <summary>Ends the server at once. Its folder stays.</summary>
    public async Task KillAsync()
    {
        Signal(KillSignal);
        await _shell.WaitForExitAsync();
    }

    /// <summary>As <see cref="KillAsync"/>, for the moment when the process ends and nothing can be awaited.</summary>
    public void KillNow() => Signal(KillSignal);

    public async ValueTask DisposeAsync()
    {
        if (!_shell.HasExited)
        {
            await KillAsync();
        }

        _shell.Dispose();
    }

    private void Signal(int signal)
    {
        // While the shell lives it has not reaped the server, so the id is still the server's.
        if (!_shell.HasExited)
        {
            _ = Kill(Id, signal);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int processId, int signal);
}
