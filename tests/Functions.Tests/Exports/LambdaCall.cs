using System.Reflection;
using System.Text;
using System.Text.Json;
using Amazon.Lambda.Core;

namespace SnapshotBridge.Functions.Tests.Exports;

/// <summary>Calls a handler as Lambda does: JSON in and out through the serializer that its assembly names.</summary>
internal static class LambdaCall
{
    public static async Task<JsonElement> InvokeAsync<TInput, TOutput>(Func<TInput, ILambdaContext, Task<TOutput>> handler, string json, ILambdaContext context)
    {
        var serializer = Serializer(handler);
        var output = await handler(Read<TInput>(serializer, json), context);
        using var stream = new MemoryStream();
        serializer.Serialize(output, stream);
        using var document = JsonDocument.Parse(stream.ToArray());
        return document.RootElement.Clone();
    }

    public static Task InvokeAsync<TInput>(Func<TInput, ILambdaContext, Task> handler, string json, ILambdaContext context) =>
        handler(Read<TInput>(Serializer(handler), json), context);

    private static T Read<T>(ILambdaSerializer serializer, string json)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(json));
        return serializer.Deserialize<T>(stream);
    }

    private static ILambdaSerializer Serializer(Delegate handler) =>
        (ILambdaSerializer)Activator.CreateInstance(
            handler.Method.DeclaringType!.Assembly.GetCustomAttribute<LambdaSerializerAttribute>()!.SerializerType)!;
}

/// <summary>An invocation's context; its log is kept as text.</summary>
internal sealed class LogContext : ILambdaContext, ILambdaLogger
{
    private readonly StringBuilder _text = new();

    public string Text
    {
        get
        {
            lock (_text)
                return _text.ToString();
        }
    }

    public string AwsRequestId => "request";

    public IClientContext ClientContext => null!;

    public string FunctionName => "function";

    public string FunctionVersion => "1";

    public ICognitoIdentity Identity => null!;

    public string InvokedFunctionArn => "arn";

    public ILambdaLogger Logger => this;

    public string LogGroupName => "group";

    public string LogStreamName => "stream";

    public int MemoryLimitInMB => 512;

    public TimeSpan RemainingTime { get; init; } = TimeSpan.FromMinutes(1);

    public void Log(string message) => LogLine(message);

    public void LogLine(string message)
    {
        lock (_text)
            _text.AppendLine(message);
    }

    public void Log(string level, string message, params object[] args) => throw new NotSupportedException("The form with arguments never ends in the real library.");

    public void Log(string level, string message) => LogLine($"{level} {message}");
}
