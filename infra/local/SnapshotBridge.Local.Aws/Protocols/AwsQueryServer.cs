using System.Text;
using System.Xml;
using Microsoft.AspNetCore.Http;
using SnapshotBridge.Local.Aws.Http;
using SnapshotBridge.Local.Aws.Signing;

namespace SnapshotBridge.Local.Aws.Protocols;

/// <summary>Answers one action of a service with the AWS Query protocol.</summary>
/// <param name="form">The action and its parameters.</param>
/// <param name="result">Where the content of <c>&lt;ActionResult&gt;</c> goes.</param>
/// <param name="cancellationToken">The caller has gone.</param>
/// <exception cref="AwsServiceException">The caller gets this error.</exception>
internal delegate Task AwsQueryHandler(QueryForm form, XmlWriter result, CancellationToken cancellationToken);

/// <summary>What tells the services with the AWS Query protocol apart.</summary>
internal sealed record AwsQueryService(string Service, string ApiVersion, string XmlNamespace);

/// <summary>A loopback server for one service with the AWS Query protocol.</summary>
internal sealed class AwsQueryServer : IAsyncDisposable
{
    private readonly LoopbackServer _server;

    private AwsQueryServer(LoopbackServer server) => _server = server;

    public Uri Endpoint => _server.Endpoint;

    public static async Task<AwsQueryServer> StartAsync(
        AwsServerOptions options, AwsQueryService service, AwsQueryHandler handler, CancellationToken cancellationToken)
        => new(await LoopbackServer.StartAsync(options.Port, context => AnswerAsync(context, options, service, handler), cancellationToken));

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static async Task AnswerAsync(HttpContext context, AwsServerOptions options, AwsQueryService service, AwsQueryHandler handler)
    {
        var requestId = Guid.NewGuid().ToString();
        var action = "";
        try
        {
            var body = await RequestBody.ReadAsync(context.Request, context.RequestAborted);
            Authenticate(context, options, service, body);
            var form = QueryForm.Parse(context.Request.Method == "GET"
                ? RawTarget.Of(context.Request).Query
                : RawTarget.ParseQuery(Encoding.UTF8.GetString(body)));
            action = form.Find("Action") ?? throw new AwsServiceException("MissingAction", "The request must contain the parameter Action");
            if (form.Find("Version") is { } version && version != service.ApiVersion)
                throw new AwsServiceException("InvalidAction", $"Could not find operation {action} for version {version}");
            await WriteAsync(context, options, StatusCodes.Status200OK, requestId, await FormAsync(service, form, action, requestId, handler, context.RequestAborted));
        }
        catch (AwsServiceException error)
        {
            await WriteAsync(context, options, error.StatusCode, requestId, FormError(service, requestId, error));
        }
        catch (Exception exception) when (!context.RequestAborted.IsCancellationRequested)
        {
            if (options.Logger is { } logger)
                Log.OperationFailed(logger, service.Service, action, exception);
            var error = new AwsServiceException("InternalFailure", $"{exception.GetType().Name} in {action}", 500);
            await WriteAsync(context, options, error.StatusCode, requestId, FormError(service, requestId, error));
        }
    }

    private static void Authenticate(HttpContext context, AwsServerOptions options, AwsQueryService service, byte[] body)
    {
        var result = SigV4.Verify(context.Request, body, service.Service, options.Region, options.AccessKeys, options.Clock);
        (string Code, int Status)? error = result.Failure switch
        {
            SigV4Failure.None => null,
            SigV4Failure.Missing => ("MissingAuthenticationToken", 403),
            SigV4Failure.Incomplete or SigV4Failure.UnsupportedMechanism => ("IncompleteSignature", 400),
            SigV4Failure.UnknownKey or SigV4Failure.InvalidToken => ("InvalidClientTokenId", 403),
            SigV4Failure.Skewed => ("RequestTimeTooSkewed", 403),
            SigV4Failure.Expired => ("RequestExpired", 400),
            _ => ("SignatureDoesNotMatch", 403),
        };
        if (error is { } refused)
            throw new AwsServiceException(refused.Code, result.Message, refused.Status);
    }

    private static async Task<byte[]> FormAsync(
        AwsQueryService service, QueryForm form, string action, string requestId, AwsQueryHandler handler, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        await using (var writer = Writer(content))
        {
            writer.WriteStartElement($"{action}Response", service.XmlNamespace);
            writer.WriteStartElement($"{action}Result", service.XmlNamespace);
            await handler(form, writer, cancellationToken);
            writer.WriteEndElement();
            writer.WriteStartElement("ResponseMetadata", service.XmlNamespace);
            writer.WriteElementString("RequestId", service.XmlNamespace, requestId);
            writer.WriteEndElement();
            writer.WriteEndElement();
        }

        return content.ToArray();
    }

    private static byte[] FormError(AwsQueryService service, string requestId, AwsServiceException error)
    {
        using var content = new MemoryStream();
        using (var writer = Writer(content))
        {
            writer.WriteStartElement("ErrorResponse", service.XmlNamespace);
            writer.WriteStartElement("Error", service.XmlNamespace);
            writer.WriteElementString("Type", service.XmlNamespace, error.StatusCode < 500 ? "Sender" : "Receiver");
            writer.WriteElementString("Code", service.XmlNamespace, error.Code);
            writer.WriteElementString("Message", service.XmlNamespace, error.Message);
            writer.WriteEndElement();
            writer.WriteElementString("RequestId", service.XmlNamespace, requestId);
            writer.WriteEndElement();
        }

        return content.ToArray();
    }

    private static XmlWriter Writer(Stream content)
        => XmlWriter.Create(content, new XmlWriterSettings { Async = true, Encoding = new UTF8Encoding(false), CheckCharacters = false });

    private static async Task WriteAsync(HttpContext context, AwsServerOptions options, int status, string requestId, byte[] content)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/xml";
        context.Response.ContentLength = content.Length;
        context.Response.Headers["x-amzn-RequestId"] = requestId;
        context.Response.Headers.Date = options.Clock.GetUtcNow().ToString("R");
        await context.Response.Body.WriteAsync(content, context.RequestAborted);
    }
}
