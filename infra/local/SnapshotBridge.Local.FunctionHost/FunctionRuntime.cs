using System.Globalization;

namespace SnapshotBridge.Local.FunctionHost;

/// <summary>Initialisation and the invocation loop.</summary>
internal static class FunctionRuntime
{
    internal static async Task<int> RunAsync()
    {
        var log = new JsonLog(Console.OpenStandardOutput(), Setting("AWS_LAMBDA_LOG_LEVEL"));
        // What a function writes to the console belongs to its log, line by line.
        Console.SetOut(new ConsoleLogWriter(log, "Information"));
        Console.SetError(new ConsoleLogWriter(log, "Error"));
        using var api = new RuntimeApi(Required("AWS_LAMBDA_RUNTIME_API"));
        try
        {
            FunctionHandler handler;
            try
            {
                handler = FunctionHandler.Load(Required("LAMBDA_TASK_ROOT"), Required("_HANDLER"));
            }
            catch (Exception e)
            {
                log.Write("Error", "The function could not be initialised.", [], e);
                await api.FailInitAsync(e);
                return 1;
            }

            while (true)
            {
                await ServeAsync(api, handler, log);
            }
        }
        catch (HttpRequestException)
        {
            // Whoever started this sandbox has gone: there is nobody left to report to.
            return 1;
        }
    }

    private static async Task ServeAsync(RuntimeApi api, FunctionHandler handler, JsonLog log)
    {
        var invocation = await api.NextAsync();
        Environment.SetEnvironmentVariable("_X_AMZN_TRACE_ID", invocation.TraceId);
        log.RequestId = invocation.RequestId;
        var context = new LambdaContext(invocation, log)
        {
            FunctionName = Setting("AWS_LAMBDA_FUNCTION_NAME") ?? "",
            FunctionVersion = Setting("AWS_LAMBDA_FUNCTION_VERSION") ?? "",
            LogGroupName = Setting("AWS_LAMBDA_LOG_GROUP_NAME") ?? "",
            LogStreamName = Setting("AWS_LAMBDA_LOG_STREAM_NAME") ?? "",
            MemoryLimitInMB = int.Parse(Setting("AWS_LAMBDA_FUNCTION_MEMORY_SIZE") ?? "0", CultureInfo.InvariantCulture),
            Serializer = handler.Serializer,
        };
        byte[] response;
        try
        {
            response = await handler.InvokeAsync(invocation.Event, context);
        }
        catch (Exception e)
        {
            log.Write("Error", e.Message, [], e);
            await api.FailAsync(invocation.RequestId, e);
            log.RequestId = null;
            return;
        }

        await api.RespondAsync(invocation.RequestId, response);
        log.RequestId = null;
    }

    private static string? Setting(string name) => Environment.GetEnvironmentVariable(name);

    private static string Required(string name) =>
        Setting(name) ?? throw new InvalidOperationException($"{name} is not set: this program is started by the local Lambda service.");
}
