using System.Text.Json;
using System.Text.Json.Serialization;
using Amazon.Lambda.Core;
using Amazon.Lambda.Serialization.SystemTextJson;

[assembly: LambdaSerializer(typeof(SnapshotBridge.SampleFunction.SampleSerializer))]

namespace SnapshotBridge.SampleFunction;

/// <summary>What to do: an action and its number or text.</summary>
public sealed record SampleRequest(string Action, int Number, string? Text);

/// <summary>What a handler saw.</summary>
public sealed record SampleResponse
{
    public string? Text { get; init; }

    public int Number { get; init; }

    /// <summary>How many invocations this instance has served.</summary>
    public int Served { get; init; }

    public int ProcessId { get; init; }

    public string? RequestId { get; init; }

    public string? FunctionArn { get; init; }

    public int MemoryLimit { get; init; }

    public double RemainingSeconds { get; init; }

    public string? Region { get; init; }

    public string? Setting { get; init; }

    public string? Inherited { get; init; }

    public long HeapLimitBytes { get; init; }
}

[JsonSerializable(typeof(SampleRequest))]
[JsonSerializable(typeof(SampleResponse))]
public sealed partial class SampleJson : JsonSerializerContext;

public sealed class SampleSerializer()
    : SourceGeneratorLambdaJsonSerializer<SampleJson>((JsonSerializerOptions options) => options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase);

/// <summary>The error that the state machine would match by its short name.</summary>
public sealed class SampleFailedException(string message, Exception? inner = null) : Exception(message, inner);

public sealed class Function
{
    private static readonly List<byte[]> Kept = [];

    private int _served;

    public async Task<SampleResponse> HandleAsync(SampleRequest request, ILambdaContext context)
    {
        _served++;
        switch (request.Action)
        {
            case "throw":
                await Task.Yield();
                throw new SampleFailedException(request.Text ?? "no", new InvalidOperationException("the reason"));
            case "aggregate":
                Task.FromException(new SampleFailedException("inside")).Wait();
                break;
            case "sleep":
                await Task.Delay(request.Number);
                break;
            case "exit":
                Environment.Exit(request.Number);
                break;
            case "crash":
                new Thread(() => throw new InvalidOperationException("nobody catches this")).Start();
                await Task.Delay(60_000);
                break;
            case "allocate":
                for (var i = 0; i < request.Number; i++)
                {
                    var block = new byte[1024 * 1024];
                    Array.Fill(block, (byte)1);
                    Kept.Add(block);
                }

                break;
            case "text":
                return new SampleResponse { Text = new string('x', request.Number) };
            case "log":
                context.Logger.LogInformation("copied {count} of {table}", 3, "shop.orders");
                context.Logger.LogDebug("not seen");
                context.Logger.LogError(new SampleFailedException("logged"), "it failed");
                Console.WriteLine("plain line");
                break;
        }

        return new SampleResponse
        {
            Text = request.Text,
            Number = request.Number,
            Served = _served,
            ProcessId = Environment.ProcessId,
            RequestId = context.AwsRequestId,
            FunctionArn = context.InvokedFunctionArn,
            MemoryLimit = context.MemoryLimitInMB,
            RemainingSeconds = context.RemainingTime.TotalSeconds,
            Region = Environment.GetEnvironmentVariable("AWS_REGION"),
            Setting = Environment.GetEnvironmentVariable("SETTING"),
            Inherited = Environment.GetEnvironmentVariable("SAMPLE_INHERITED"),
            HeapLimitBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        };
    }

    /// <summary>Without a serializer: bytes in, bytes out.</summary>
    public static async Task<Stream> ReverseAsync(Stream input)
    {
        using var buffer = new MemoryStream();
        await input.CopyToAsync(buffer);
        var bytes = buffer.ToArray();
        Array.Reverse(bytes);
        return new MemoryStream(bytes);
    }

    public static void Nothing()
    {
    }
}

/// <summary>A function whose start fails, as one with missing settings does.</summary>
public sealed class BrokenFunction
{
    public BrokenFunction() => throw new SampleFailedException("BrokenFunction cannot start: SETTING is not set");

#pragma warning disable CA1822 // A handler of an instance, so that the constructor runs.
    public void Handle()
#pragma warning restore CA1822
    {
    }
}
