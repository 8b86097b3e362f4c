using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace SnapshotBridge.Local.Oci;

/// <summary>One request and its answer.</summary>
internal sealed class OciExchange(HttpContext http, OciTarget target, OciRequestInfo info, IReadOnlyList<OciFaultAction> faults, OciStore store, DateTimeOffset time)
{
    private bool _recorded;

    public HttpContext Http { get; } = http;

    public OciTarget Target { get; } = target;

    public OciRequestInfo Info { get; } = info;

    public OciStore Store { get; } = store;

    public string RequestId { get; } = $"local:{Guid.NewGuid():N}";

    /// <summary>The user who signed, or the PAR's creator.</summary>
    public OciUser? User { get; set; }

    public OciStoredPar? Par { get; set; }

    /// <summary>The body of a request that signs its body.</summary>
    public byte[] JsonBody { get; set; } = [];

    public long BytesReceived { get; set; }

    public long BytesSent { get; set; }

    /// <summary>The bucket; the pipeline has made sure that it exists.</summary>
    public string Bucket => Target.Bucket!;

    /// <summary>The object's name; the routing has made sure that there is one.</summary>
    public string Name => Target.Name!;

    public CancellationToken Aborted => Http.RequestAborted;

    public T? Fault<T>() where T : OciFaultAction => faults.OfType<T>().FirstOrDefault();

    public string? Header(string name) => Http.Request.Headers.TryGetValue(name, out var value) ? value.ToString() : null;

    public string? Query(string name) => Target.Query.GetValueOrDefault(name);

    public void Set(string header, string? value)
    {
        if (value is not null)
        {
            Http.Response.Headers[header] = value;
        }
    }

    public Task AnswerJsonAsync(int status, JsonNode body) => AnswerAsync(status, "application/json", body.ToJsonString());

    public async Task AnswerAsync(int status, string? contentType = null, string? body = null, string? code = null, string? detail = null)
    {
        if (Fault<OciFaultAction.LoseAnswer>() is not null && status < 300)
        {
            Record(0, null, "the answer was lost on purpose", answerLost: true);
            Cut();
            return;
        }

        var response = Http.Response;
        response.StatusCode = status;
        Set("opc-request-id", RequestId);
        Set("opc-client-request-id", Header("opc-client-request-id"));

        // Recorded before it leaves, so that whoever has the answer finds it in the log.
        if (body is null || HttpMethods.IsHead(Http.Request.Method))
        {
            Record(status, code, detail);
            if (!HttpMethods.IsHead(Http.Request.Method) && status != StatusCodes.Status204NoContent)
            {
                response.ContentLength = 0;
            }

            await response.StartAsync(CancellationToken.None);
            return;
        }

        var bytes = Encoding.UTF8.GetBytes(body);
        response.ContentType = contentType;
        response.ContentLength = bytes.Length;
        BytesSent = bytes.Length;
        Record(status, code, detail);
        await response.Body.WriteAsync(bytes, Aborted);
    }

    public Task AnswerProblemAsync(OciProblem problem) =>
        AnswerAsync(problem.Status, "application/json", OciProblem.Json(problem.Code, problem.Message), problem.Code, problem.Detail ?? problem.Message);

    public void Record(int status, string? code, string? detail = null, bool answerLost = false)
    {
        if (_recorded)
        {
            return;
        }

        _recorded = true;
        Store.Record(new OciRequestRecord(Info, time, Par is null ? User?.User : null, BytesReceived, BytesSent, status, code, detail, answerLost, RequestId));
    }

    /// <summary>Cuts the connection without a word.</summary>
    public void Cut() => Http.Abort();
}
