using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using SnapshotBridge.Local.StateMachine.Running;
using Xunit;

namespace SnapshotBridge.StateMachine.Tests.Kit;

/// <summary>A service with scripted functions and objects, in which waiting is practically free.</summary>
public sealed class Bench : IObjectReader, IAsyncDisposable
{
    public const string RoleArn = "arn:aws:iam::123456789012:role/machine";

    private readonly ConcurrentDictionary<string, string> _objects = new();

    public Bench(double waitFactor = 1_000_000, TimeProvider? time = null)
    {
        Service = new StateMachineService(new StateMachineServiceOptions
        {
            Lambda = Lambda,
            Objects = this,
            WaitFactor = waitFactor,
            TimeProvider = time ?? TimeProvider.System,
            Random = () => 1,
            Observer = Seen,
        });
    }

    public ScriptedLambda Lambda { get; } = new();

    public Recorder Seen { get; } = new();

    public StateMachineService Service { get; }

    public static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Put(string bucket, string key, string text) => _objects[$"{bucket}/{key}"] = text;

    public Task<ReadOnlyMemory<byte>> ReadAsync(string bucket, string key, CancellationToken cancellationToken) =>
        _objects.TryGetValue($"{bucket}/{key}", out var text)
            ? Task.FromResult<ReadOnlyMemory<byte>>(Encoding.UTF8.GetBytes(text))
            : throw new FileNotFoundException("The specified key does not exist.");

    public string Start(string definition, string input = "{}", string? name = null)
    {
        var machine = Service.CreateStateMachine("machine", definition, RoleArn);
        return Service.StartExecution(machine, name, input).ExecutionArn;
    }

    public async Task<ExecutionDescription> RunAsync(string definition, string input = "{}")
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        limit.CancelAfter(TimeSpan.FromMinutes(10));
        return await Service.WaitForEndAsync(Start(definition, input), limit.Token);
    }

    public Task<ExecutionDescription> EndOfAsync(string arn) => Service.WaitForEndAsync(arn, Cancelled);

    /// <summary>Runs states that start with <c>A</c>.</summary>
    public Task<ExecutionDescription> RunStatesAsync(string states, string input = "{}") =>
        RunAsync($$"""{"StartAt":"A","States":{{states}}}""", input);

    public IReadOnlyList<HistoryEvent> History(string arn) => Service.GetExecutionHistory(arn, maxResults: 1000).Events;

    public IReadOnlyList<string> Types(string arn) => [.. History(arn).Select(item => item.Type)];

    public ValueTask DisposeAsync() => Service.DisposeAsync();

    public static void AssertJson(string expected, string? actual)
    {
        Assert.NotNull(actual);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(actual)), $"Expected {expected}\nbut got  {actual}");
    }
}
