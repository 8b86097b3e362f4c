using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using SnapshotBridge.Local.Aws.Signing;
using SnapshotBridge.Local.StateMachine.Lambda;
using SnapshotBridge.Local.StateMachine.Running;
using Xunit;

namespace SnapshotBridge.StateMachine.Tests.Lambda;

/// <summary>A Lambda service with the sample function in it.</summary>
public sealed class LambdaBench : IAsyncDisposable
{
    public static readonly AwsAccessKey Key = new("AKIDSAMPLE", "sample-secret");

    private LambdaBench(LambdaService service, string folder)
    {
        Service = service;
        Folder = folder;
    }

    public LambdaService Service { get; }

    public string Folder { get; }

    public ConcurrentQueue<LambdaLogLine> Lines { get; } = new();

    public ConcurrentQueue<FailedEvent> Failed { get; } = new();

    public static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static async Task<LambdaBench> StartAsync(int eventConcurrency = int.MaxValue, TimeProvider? time = null)
    {
        var folder = Directory.CreateTempSubdirectory("sb-lambda-").FullName;
        LambdaBench? bench = null;
        var service = await LambdaService.StartAsync(
            new LambdaServiceOptions
            {
                FunctionHostPath = Path.Combine(Output("SnapshotBridge.Local.FunctionHost"), "SnapshotBridge.Local.FunctionHost.dll"),
                LogFolder = folder,
                OnLog = line => bench?.Lines.Enqueue(line),
                OnEventFailed = failed => bench?.Failed.Enqueue(failed),
                EventRetryDelays = [TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(20)],
                AccessKeys = [Key],
                EventConcurrency = eventConcurrency,
                TimeProvider = time ?? TimeProvider.System,
            },
            Cancelled);
        return bench = new LambdaBench(service, folder);
    }

    public static LambdaFunction Function(string name = "sample") => new()
    {
        Name = name,
        AssemblyFolder = Output("SampleFunction"),
        Handler = "SampleFunction::SnapshotBridge.SampleFunction.Function::HandleAsync",
        Timeout = TimeSpan.FromSeconds(60),
        MemoryMegabytes = 256,
        Environment = new Dictionary<string, string> { ["SETTING"] = "set" },
    };

    public Task<LambdaInvocationResult> InvokeAsync(string action, int number = 0, string? text = null, string function = "sample") =>
        Service.InvokeAsync(function, Request(action, number, text), LambdaInvocationType.RequestResponse, Cancelled);

    public static byte[] Request(string action, int number = 0, string? text = null) =>
        Encoding.UTF8.GetBytes(new JsonObject { ["action"] = action, ["number"] = number, ["text"] = text }.ToJsonString());

    public static JsonNode Json(LambdaInvocationResult result) => JsonNode.Parse(result.Payload.Span)!;

    public static string ErrorType(LambdaInvocationResult result) => Json(result)["errorType"]!.GetValue<string>();

    public static string ErrorMessage(LambdaInvocationResult result) => Json(result)["errorMessage"]!.GetValue<string>();

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>The build output of another project, of the configuration that this one was built in.</summary>
    private static string Output(string project)
    {
        var own = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        return Path.GetFullPath(Path.Combine(own, "..", "..", project, Path.GetFileName(own)));
    }
}
