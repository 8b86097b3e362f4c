using System.Reflection;
using System.Text.Json.Serialization.Metadata;
using SnapshotBridge.Copying;
using SnapshotBridge.Storage;
using Xunit;

namespace SnapshotBridge.Core.Tests.Copying;

/// <summary>
/// The tests that kill at every step find the steps by counting the calls of the ports. Whatever a port learns to do must be
/// counted: reading once, changing something before and after it has happened.
/// </summary>
public sealed class StepCounterTests
{
    private static readonly string[] Changing = ["Put", "Create", "Commit", "Abort", "Delete", "Write", "TryCreate"];

    public static TheoryData<Type, string> Calls =>
    [
        .. from port in new[] { typeof(IObjectSource), typeof(IObjectSink), typeof(IDocumentStore) }
           from method in port.GetMethods()
           where method.IsAbstract
           select (port, method.Name),
    ];

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Port_AnyCall_IsAStepBeforeAndAfterWhatItChanges(Type port, string name)
    {
        var source = new MemorySource();
        source.Objects["k"] = new MemorySourceObject([1], "k", null);
        var sink = new MemorySink();
        var documents = new MemoryDocuments();
        object[] ports = [source, sink, documents];
        var told = new List<string>();
        var steps = new StepCounter { OnStep = told.Add };
        (source.Steps, sink.Steps, documents.Steps) = (steps, steps, steps);
        var method = port.GetMethods().Single(method => method.IsAbstract && method.Name == name);
        method = method.IsGenericMethodDefinition ? method.MakeGenericMethod(typeof(CopyCheckpoint)) : method;

        await EndAsync(method.Invoke(ports.Single(port.IsInstanceOfType), [.. method.GetParameters().Select(Argument)])!);

        Assert.Equal(Changing.Any(begin => name.StartsWith(begin, StringComparison.Ordinal)) ? 2 : 1, told.Count);
        Assert.All(told.Skip(1), step => Assert.Equal("after " + told[0], step));
    }

    private static object? Argument(ParameterInfo parameter) => parameter.ParameterType switch
    {
        var type when type == typeof(string) => "k",
        var type when type == typeof(int) => 1,
        var type when type == typeof(long) => parameter.Name == "offset" ? 0L : 1L,
        var type when type == typeof(uint) => Crc32C.Compute([1]),
        var type when type == typeof(Memory<byte>) => new Memory<byte>([1]),
        var type when type == typeof(ReadOnlyMemory<byte>) => new ReadOnlyMemory<byte>([1]),
        var type when type == typeof(CancellationToken) => TestContext.Current.CancellationToken,
        var type when type == typeof(CopyCheckpoint) => new CopyCheckpoint { ExportTaskId = "e", Batch = 0, Done = [], Open = [] },
        var type when type == typeof(JsonTypeInfo<CopyCheckpoint>) => CopyingJson.Default.CopyCheckpoint,
        var type when type == typeof(IReadOnlyDictionary<string, string>) => new Dictionary<string, string>(),
        var type when type == typeof(IReadOnlyList<SinkPart>) => Array.Empty<SinkPart>(),
        var type => throw new NotSupportedException($"{parameter.Member.Name} takes a {type}: give it one here."),
    };

    private static async Task EndAsync(object call)
    {
        switch (call)
        {
            case Task task:
                await task;
                break;
            case IAsyncEnumerable<object> items:
                await foreach (var item in items)
                {
                    Assert.NotNull(item);
                }

                break;
            default:
                throw new NotSupportedException($"Nobody awaits a {call.GetType()} here.");
        }
    }
}
