using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using SnapshotBridge.Local.StateMachine.Asl;

namespace SnapshotBridge.Local.StateMachine.Lambda;

/// <summary>How an invocation ended inside its sandbox.</summary>
internal sealed record SandboxOutcome(bool IsError, byte[] Payload)
{
    /// <summary>An error as Lambda words it.</summary>
    public static SandboxOutcome Failure(string type, string message) =>
        new(true, Encoding.UTF8.GetBytes(JsonValues.Text(new JsonObject { ["errorType"] = type, ["errorMessage"] = message })));
}

/// <summary>One event on its way through a sandbox.</summary>
internal sealed class Invocation(string requestId, ReadOnlyMemory<byte> payload, string functionArn)
{
    internal string RequestId { get; } = requestId;

    internal ReadOnlyMemory<byte> Payload { get; } = payload;

    internal string FunctionArn { get; } = functionArn;

    internal DateTimeOffset Deadline { get; set; }

    internal TaskCompletionSource<SandboxOutcome> Outcome { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>One process that runs one function, one invocation at a time.</summary>
internal sealed class Sandbox : IAsyncDisposable
{
    private readonly Process _process;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<byte[]> _initError = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _output;
    private readonly Task<int> _exit;
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly Lock _lock = new();
    // An event may be handed over before the runtime has come back to ask for it.
    private readonly Channel<Invocation> _events = Channel.CreateUnbounded<Invocation>();
    private Task? _disposal;

    private Sandbox(string id, string logStream, LambdaFunction function, Process process, Action<string, string> log)
    {
        Id = id;
        LogStream = logStream;
        Function = function;
        _process = process;
        ProcessId = process.Id;
        _exit = ExitAsync(process);
        _output = Task.WhenAll(
            CopyAsync(process.StandardOutput, line => log(logStream, line)),
            CopyAsync(process.StandardError, line => log(logStream, line)));
    }

    internal string Id { get; }

    internal string LogStream { get; }

    internal LambdaFunction Function { get; }

    internal int ProcessId { get; }

    internal bool HasExited => _exit.IsCompleted;

    /// <summary>Completes when the function has been loaded and asks for its first event.</summary>
    internal Task Ready => _ready.Task;

    /// <summary>Completes with the error that the function's start ended with.</summary>
    internal Task<byte[]> InitError => _initError.Task;

    internal TimeSpan InitDuration { get; private set; }

    /// <summary>True until the first invocation has been reported.</summary>
    internal bool IsCold { get; set; } = true;

    internal Invocation? Current { get; private set; }

    internal static Sandbox Start(LambdaFunction function, string functionArn, LambdaServiceOptions options, Uri runtimeApi, Action<string, string> log)
    {
        var id = Guid.NewGuid().ToString("N");
        var now = options.TimeProvider.GetUtcNow();
        var logStream = string.Create(CultureInfo.InvariantCulture, $"{now:yyyy/MM/dd}/[$LATEST]{id}");
        var start = new ProcessStartInfo(DotnetProgram())
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
            WorkingDirectory = function.AssemblyFolder,
        };
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(options.FunctionHostPath);
        start.Environment.Clear();
        foreach (var (name, value) in Variables(function, functionArn, options, runtimeApi, id, logStream))
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start) ?? throw new InvalidOperationException($"The sandbox of '{function.Name}' could not be started: {start.FileName}");
        process.StandardInput.Close();
        return new Sandbox(id, logStream, function, process, log);
    }

    /// <summary>Hands the sandbox, which must be idle, its next event.</summary>
    internal void Give(Invocation invocation)
    {
        lock (_lock)
        {
            Current = invocation;
            _events.Writer.TryWrite(invocation);
        }
    }

    /// <summary>The runtime asks for an event: the sandbox is ready, and idle until there is one.</summary>
    internal ValueTask<Invocation> NextAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_ready.Task.IsCompleted)
            {
                InitDuration = Stopwatch.GetElapsedTime(_started);
                _ready.SetResult();
            }
        }

        return _events.Reader.ReadAsync(cancellationToken);
    }

    /// <summary>The runtime answers. False when the id is not that of the current invocation.</summary>
    internal bool TryAnswer(string requestId, SandboxOutcome outcome)
    {
        lock (_lock)
        {
            if (Current?.RequestId != requestId)
            {
                return false;
            }

            var answered = Current.Outcome.TrySetResult(outcome);
            Current = null;
            return answered;
        }
    }

    internal void FailInit(byte[] error) => _initError.TrySetResult(error);

    internal Task WaitForExitAsync() => _exit;

    /// <summary>Why the process ended, in the words of Lambda.</summary>
    internal async Task<string> ExitReasonAsync()
    {
        var code = await _exit;
        return code switch
        {
            0 => "Runtime exited without providing a reason",
            128 + 9 => "Runtime exited with error: signal: killed",
            > 128 and < 160 => string.Create(CultureInfo.InvariantCulture, $"Runtime exited with error: signal: {code - 128}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"Runtime exited with error: exit status {code}"),
        };
    }

    /// <summary>The peak of the process's resident set so far, in megabytes; 0 where the system does not tell.</summary>
    internal int PeakMemoryMegabytes()
    {
        try
        {
            if (File.Exists($"/proc/{ProcessId}/status"))
            {
                var line = File.ReadLines($"/proc/{ProcessId}/status").FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
                return line is null ? 0 : int.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
            }

            _process.Refresh();
            return _process.HasExited ? 0 : (int)(_process.PeakWorkingSet64 >> 20);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or UnauthorizedAccessException)
        {
            // The process ended between the question and the answer.
            return 0;
        }
    }

    internal void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }
    }

    /// <summary>Kills the process, if it still runs, and waits until all it wrote has been read.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            return new ValueTask(_disposal ??= EndAsync());
        }
    }

    private async Task EndAsync()
    {
        Kill();
        await _exit;
        await _output;
        _process.Dispose();
    }

    private static async Task<int> ExitAsync(Process process)
    {
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    private static async Task CopyAsync(StreamReader from, Action<string> log)
    {
        while (await from.ReadLineAsync() is { } line)
        {
            log(line);
        }
    }

    private static Dictionary<string, string> Variables(
        LambdaFunction function, string functionArn, LambdaServiceOptions options, Uri runtimeApi, string id, string logStream)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in new[] { "PATH", "HOME", "TMPDIR", "LANG", "DOTNET_ROOT", "SSL_CERT_FILE", "SSL_CERT_DIR" })
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
            {
                variables[name] = value;
            }
        }

        variables["TZ"] = ":UTC";
        // Two cores run everything: start quickly, do not spend them on optimising what runs for seconds.
        variables["DOTNET_TieredPGO"] = "0";
        variables["DOTNET_TieredCompilation"] = "1";
        variables["DOTNET_gcServer"] = "0";
        variables["DOTNET_gcConcurrent"] = "0";
        variables["DOTNET_EnableDiagnostics"] = "0";
        variables["DOTNET_NOLOGO"] = "1";
        variables["DOTNET_GCHeapHardLimit"] = ((long)function.MemoryMegabytes * 1024 * 1024 * 3 / 4).ToString("X", CultureInfo.InvariantCulture);
        foreach (var (name, value) in function.Environment)
        {
            variables[name] = value;
        }

        // What Lambda sets itself cannot be overridden.
        variables["_HANDLER"] = function.Handler;
        variables["LAMBDA_TASK_ROOT"] = function.AssemblyFolder;
        variables["AWS_LAMBDA_RUNTIME_API"] = $"{runtimeApi.Authority}/sandboxes/{id}";
        variables["AWS_LAMBDA_FUNCTION_NAME"] = function.Name;
        variables["AWS_LAMBDA_FUNCTION_VERSION"] = "$LATEST";
        variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = function.MemoryMegabytes.ToString(CultureInfo.InvariantCulture);
        variables["AWS_LAMBDA_LOG_GROUP_NAME"] = $"/aws/lambda/{function.Name}";
        variables["AWS_LAMBDA_LOG_STREAM_NAME"] = logStream;
        variables["AWS_LAMBDA_LOG_FORMAT"] = "JSON";
        variables["AWS_LAMBDA_INITIALIZATION_TYPE"] = "on-demand";
        variables["AWS_EXECUTION_ENV"] = "AWS_Lambda_dotnet10";
        variables["AWS_REGION"] = options.Region;
        variables["AWS_DEFAULT_REGION"] = options.Region;
        return variables;
    }

    /// <summary>The dotnet program of the runtime that runs this process.</summary>
    private static string DotnetProgram()
    {
        var name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        // …/dotnet/shared/Microsoft.NETCore.App/10.0.x/
        var root = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        var beside = Path.Combine(root, name);
        return File.Exists(beside) ? beside : Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? name;
    }
}
