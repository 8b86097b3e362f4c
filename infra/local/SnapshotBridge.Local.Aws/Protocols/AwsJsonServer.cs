using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using SnapshotBridge.Local.Aws.Http;
using SnapshotBridge.Local.Aws.Signing;

namespace SnapshotBridge.Local.Aws.Protocols;

/// <summary>Answers one operation of a service with the AWS JSON protocol.</summary>
/// <param name="operation">The operation, the part of <c>X-Amz-Target</c> after the dot.</param>
/// <param name="input">The request, always a JSON object.</param>
/// <param name="cancellationToken">The caller has gone.</param>
/// <returns>The response, or null for an empty object.</returns>
/// <exception cref="AwsServiceException">The caller gets this error.</exception>
public delegate Task<JsonNode?> AwsJsonHandler(string operation, JsonElement input, CancellationToken cancellationToken);

/// <summary>What tells the services with the AWS JSON protocol apart.</summary>
/// <param name="Service">The service in the credential scope, for example <c>states</c>.</param>
/// <param name="TargetPrefix">The part of <c>X-Amz-Target</c> before the dot, for example <c>AWSStepFunctions</c>.</param>
/// <param name="JsonVersion"><c>1.0</c> or <c>1.1</c>.</param>
public sealed record AwsJsonService(string Service, string TargetPrefix, string JsonVersion);

/// <summary>A loopback server for one service with the AWS JSON protocol: checks signatures, reads, writes, forms errors.</summary>
public sealed class AwsJsonServer : IAsyncDisposable
{
    private readonly LoopbackServer _server;

    private AwsJsonServer(LoopbackServer server) => _server = server;

    /// <summary>Where it listens.</summary>
    public Uri Endpoint => _server.Endpoint;

    /// <summary>Starts the server.</summary>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<AwsJsonServer> StartAsync(
        AwsServerOptions options, AwsJsonService service, AwsJsonHandler handler, CancellationToken cancellationToken)
        => new(await LoopbackServer.StartAsync(options.Port, context => AnswerAsync(context, options, service, handler), cancellationToken));

    /// <summary>Answers one request; for servers that share a port with other paths.</summary>
    public static async Task AnswerAsync(HttpContext context, AwsServerOptions options, AwsJsonService service, AwsJsonHandler handler)
    {
        var operation = "";
        try
        {
            var body = await RequestBody.ReadAsync(context.Request, context.RequestAborted);
            Authenticate(context, options, service, body);
            operation = Operation(context, service);
            using var input = Parse(body);
            var output = await handler(operation, input.RootElement, context.RequestAborted);
            await WriteAsync(context, options, service, StatusCodes.Status200OK, output ?? new JsonObject());
        }
        catch (AwsServiceException error)
        {
            await WriteErrorAsync(context, options, service, error);
        }
        catch (Exception exception) when (!context.RequestAborted.IsCancellationRequested)
        {
            if (options.Logger is { } logger)
                Log.OperationFailed(logger, service.Service, operation, exception);
            await WriteErrorAsync(context, options, service, new AwsServiceException("InternalServerError", $"{exception.GetType().Name} in {operation}", 500));
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static void Authenticate(HttpContext context, AwsServerOptions options, AwsJsonService service, byte[] body)
    {
        var result = SigV4.Verify(context.Request, body, service.Service, options.Region, options.AccessKeys, options.Clock);
        var code = result.Failure switch
        {
            SigV4Failure.None => null,
            SigV4Failure.Missing => "MissingAuthenticationTokenException",
            SigV4Failure.Incomplete or SigV4Failure.UnsupportedMechanism => "IncompleteSignatureException",
            SigV4Failure.UnknownKey or SigV4Failure.InvalidToken => "UnrecognizedClientException",
            // The JSON services report skew, scope and expiry under the same code as a wrong secret; the message tells them apart.
            _ => "InvalidSignatureException",
        };
        if (code is not null)
            throw new AwsServiceException(code, result.Message);
    }

    private static string Operation(HttpContext context, AwsJsonService service)
    {
        var target = context.Request.Headers["x-amz-target"].ToString();
        return target.StartsWith(service.TargetPrefix + ".", StringComparison.Ordinal)
            ? target[(service.TargetPrefix.Length + 1)..]
            : throw new AwsServiceException("UnknownOperationException", $"X-Amz-Target '{target}' is not an operation of {service.TargetPrefix}.");
    }

    private static JsonDocument Parse(byte[] body)
    {
        try
        {
            var document = JsonDocument.Parse(body.Length == 0 ? "{}"u8.ToArray() : body);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return document;
            document.Dispose();
        }
        catch (JsonException)
        {
            // Answered below: the caller's text is not JSON.
        }

        throw new AwsServiceException("SerializationException", "The request's body is not a JSON object.");
    }

    private static Task WriteErrorAsync(HttpContext context, AwsServerOptions options, AwsJsonService service, AwsServiceException error)
    {
        if (context.Response.HasStarted)
            throw new InvalidOperationException("An error came after the response had begun.", error);
        context.Response.Headers["x-amzn-ErrorType"] = error.Code;
        return WriteAsync(context, options, service, error.StatusCode, new JsonObject { ["__type"] = error.Code, ["message"] = error.Message });
    }

    private static async Task WriteAsync(HttpContext context, AwsServerOptions options, AwsJsonService service, int status, JsonNode output)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(output);
        context.Response.StatusCode = status;
        context.Response.ContentType = $"application/x-amz-json-{service.JsonVersion}";
        context.Response.ContentLength = bytes.Length;
        context.Response.Headers["x-amzn-RequestId"] = Guid.NewGuid().ToString();
        context.Response.Headers.Date = options.Clock.GetUtcNow().ToString("R");
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }
}
