namespace SnapshotBridge.Local.StateMachine.Lambda;

/// <summary>All functions' logs: one file each, and the callback.</summary>
internal sealed class LambdaLog(LambdaServiceOptions options) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, StreamWriter> _files = new(StringComparer.Ordinal);

    /// <summary>A line of the platform's own about a sandbox.</summary>
    internal void Platform(Sandbox sandbox, string line) => Write(sandbox.Function.Name, sandbox.LogStream, line);

    internal void Write(string function, string stream, string line)
    {
        if (options.LogFolder is { } folder)
        {
            lock (_lock)
            {
                if (!_files.TryGetValue(function, out var file))
                {
                    Directory.CreateDirectory(folder);
                    // Whoever looks at a run that goes on wants the lines that are there.
                    file = new StreamWriter(Path.Combine(folder, function + ".log"), append: true) { AutoFlush = true };
                    _files[function] = file;
                }

                file.WriteLine(line);
            }
        }

        options.OnLog?.Invoke(new LambdaLogLine(function, stream, line));
    }

    public async ValueTask DisposeAsync()
    {
        List<StreamWriter> files;
        lock (_lock)
        {
            files = [.. _files.Values];
            _files.Clear();
        }

        foreach (var file in files)
        {
            await file.DisposeAsync();
        }
    }
}
