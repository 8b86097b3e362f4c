using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using SnapshotBridge.Local.Aws.Signing;
using SnapshotBridge.Local.StateMachine.Asl;
using SnapshotBridge.Local.StateMachine.Running;

namespace SnapshotBridge.Local.StateMachine.Lambda;

/// <summary>Lambda's Invoke over HTTP, with its signatures, sizes and errors.</summary>
internal sealed class InvokeApi(LambdaService lambda, LambdaServiceOptions options)
{
    public async Task ServeAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "";
        var steps = path.Split('/');
        if (!HttpMethods.IsPost(context.Request.Method) || steps is not ["", "2015-03-31", "functions", var name, "invocations"])
        {
            await RefuseAsync(context, 404, "ResourceNotFoundException", $"There is nothing at {context.Request.Method} {path}.");
            return;
        }

        var body = await RequestBody.ReadAsync(context.Request, LambdaService.SynchronousPayloadBytes);
        if (body.Length > LambdaService.SynchronousPayloadBytes)
        {
            await RefuseAsync(context, 413, "RequestTooLargeException", $"The payload is larger than {LambdaService.SynchronousPayloadBytes} bytes.");
            return;
        }

        var signature = SigV4.Verify(context.Request, body, "lambda", options.Region, options.AccessKeys, options.TimeProvider);
        if (!signature.Succeeded)
        {
            await RefuseAsync(context, 403, signature.Failure == SigV4Failure.Missing ? "MissingAuthenticationTokenException" : "InvalidSignatureException", signature.Message);
            return;
        }

        var asked = context.Request.Headers["X-Amz-Invocation-Type"].ToString();
        if (asked is not ("" or "RequestResponse" or "Event"))
        {
            await RefuseAsync(context, 400, "InvalidParameterValueException", $"The invocation type '{asked}' is not implemented.");
            return;
        }

        try
        {
            var type = asked == "Event" ? LambdaInvocationType.Event : LambdaInvocationType.RequestResponse;
            var result = await lambda.InvokeAsync(Uri.UnescapeDataString(name), body.Length == 0 ? "{}"u8.ToArray() : body, type, context.RequestAborted);
            context.Response.StatusCode = result.StatusCode;
            context.Response.Headers["X-Amz-Executed-Version"] = result.ExecutedVersion;
            context.Response.Headers["x-amzn-RequestId"] = result.RequestId;
            if (result.FunctionError is not null)
            {
                context.Response.Headers["X-Amz-Function-Error"] = result.FunctionError;
            }

            context.Response.ContentType = "application/json";
            await context.Response.Body.WriteAsync(result.Payload, context.RequestAborted);
        }
        catch (LambdaServiceException e)
        {
            await RefuseAsync(context, e.StatusCode, e.Code, e.Message);
        }
    }

    private static async Task RefuseAsync(HttpContext context, int status, string code, string message)
    {
        context.Response.StatusCode = status;
        context.Response.Headers["x-amzn-ErrorType"] = code;
        context.Response.ContentType = "application/json";
        var body = JsonValues.Text(new JsonObject { ["Type"] = status < 500 ? "User" : "Service", ["Message"] = message });
        await context.Response.WriteAsync(body, context.RequestAborted);
    }
}
