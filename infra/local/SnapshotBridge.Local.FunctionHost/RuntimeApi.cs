using System.Globalization;
using System.Net.Http.Headers;

namespace SnapshotBridge.Local.FunctionHost;

/// <summary>One event as the Runtime API hands it out.</summary>
internal sealed record Invocation(string RequestId, DateTimeOffset Deadline, string FunctionArn, string TraceId, byte[] Event);

/// <summary>The client of Lambda's Runtime API, version 2018-06-01.</summary>
internal sealed class RuntimeApi : IDisposable
{
    private readonly HttpClient _http;

    /// <param name="endpoint">Host, port, and maybe a path: the value of AWS_LAMBDA_RUNTIME_API.</param>
    internal RuntimeApi(string endpoint)
    {
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false, ActivityHeadersPropagator = null })
        {
            BaseAddress = new Uri($"http://{endpoint}/2018-06-01/runtime/"),
            // The next event comes when it comes.
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    internal async Task<Invocation> NextAsync()
    {
        using var response = await _http.GetAsync("invocation/next");
        response.EnsureSuccessStatusCode();
        return new Invocation(
            Header(response, "Lambda-Runtime-Aws-Request-Id"),
            DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(Header(response, "Lambda-Runtime-Deadline-Ms"), CultureInfo.InvariantCulture)),
            Header(response, "Lambda-Runtime-Invoked-Function-Arn"),
            Header(response, "Lambda-Runtime-Trace-Id"),
            await response.Content.ReadAsByteArrayAsync());
    }

    internal Task RespondAsync(string requestId, byte[] payload) => PostAsync($"invocation/{requestId}/response", payload, errorType: null);

    internal Task FailAsync(string requestId, Exception exception) =>
        PostAsync($"invocation/{requestId}/error", ErrorDocument.Of(exception), exception.GetType().Name);

    internal Task FailInitAsync(Exception exception) => PostAsync("init/error", ErrorDocument.Of(exception), exception.GetType().Name);

    private async Task PostAsync(string path, byte[] body, string? errorType)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(errorType is null ? "application/json" : "application/vnd.aws.lambda.error+json");
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        if (errorType is not null)
        {
            request.Headers.TryAddWithoutValidation("Lambda-Runtime-Function-Error-Type", errorType);
        }

        using var response = await _http.SendAsync(request);
        response.EnsureSuccessStatusCode();
    }

    private static string Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : throw new HttpRequestException($"The Runtime API sent no {name}.");

    public void Dispose() => _http.Dispose();
}
