using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace SnapshotBridge.Local.StateMachine.Lambda;

/// <summary>Lambda's Runtime API: what a sandbox's process asks for its next event, and tells its answers.</summary>
/// <param name="find">The sandbox of an id; null where there is none.</param>
internal sealed class RuntimeApi(Func<string, Sandbox?> find)
{
    private const string RuntimePath = "/2018-06-01/runtime/";

    /// <param name="context">The request.</param>
    /// <param name="path"><c>/{sandbox's id}/2018-06-01/runtime/…</c></param>
    public async Task ServeAsync(HttpContext context, string path)
    {
        var parts = path.Split('/', 3);
        var rest = parts.Length == 3 ? "/" + parts[2] : "";
        if (parts.Length < 2 || find(parts[1]) is not { } sandbox || !rest.StartsWith(RuntimePath, StringComparison.Ordinal))
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        rest = rest[RuntimePath.Length..];
        if (HttpMethods.IsGet(context.Request.Method) && rest == "invocation/next")
        {
            await ServeNextAsync(context, sandbox);
            return;
        }

        var body = await RequestBody.ReadAsync(context.Request, LambdaService.SynchronousPayloadBytes);
        if (HttpMethods.IsPost(context.Request.Method) && rest == "init/error")
        {
            sandbox.FailInit(body);
            context.Response.StatusCode = StatusCodes.Status202Accepted;
            return;
        }

        var steps = rest.Split('/');
        if (HttpMethods.IsPost(context.Request.Method) && steps is ["invocation", var requestId, "response" or "error"])
        {
            var outcome = body.Length <= LambdaService.SynchronousPayloadBytes
                ? new SandboxOutcome(steps[2] == "error", body)
                : SandboxOutcome.Failure("Function.ResponseSizeTooLarge", $"Response payload size exceeded maximum allowed payload size ({LambdaService.SynchronousPayloadBytes} bytes).");
            var accepted = sandbox.TryAnswer(requestId, outcome);
            context.Response.StatusCode = accepted ? StatusCodes.Status202Accepted : StatusCodes.Status400BadRequest;
            return;
        }

        context.Response.StatusCode = StatusCodes.Status404NotFound;
    }

    private static async Task ServeNextAsync(HttpContext context, Sandbox sandbox)
    {
        Invocation invocation;
        try
        {
            invocation = await sandbox.NextAsync(context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The sandbox has gone.
            return;
        }

        var headers = context.Response.Headers;
        headers["Lambda-Runtime-Aws-Request-Id"] = invocation.RequestId;
        headers["Lambda-Runtime-Deadline-Ms"] = invocation.Deadline.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        headers["Lambda-Runtime-Invoked-Function-Arn"] = invocation.FunctionArn;
        headers["Lambda-Runtime-Trace-Id"] = $"Root=1-{invocation.Deadline.ToUnixTimeSeconds():x8}-{Guid.NewGuid():N}"[..40] + ";Sampled=0";
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = invocation.Payload.Length;
        await context.Response.Body.WriteAsync(invocation.Payload, context.RequestAborted);
    }
}
