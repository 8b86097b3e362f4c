using Microsoft.AspNetCore.Http;
using SnapshotBridge.Local.Aws.Http;
using SnapshotBridge.Local.Aws.Signing;

namespace SnapshotBridge.Local.Aws.S3;

/// <summary>One request to the S3 endpoint, taken apart.</summary>
internal sealed class S3Call
{
    public required HttpContext Context { get; init; }

    public required RawTarget Target { get; init; }

    public required string Bucket { get; init; }

    public required string Key { get; init; }

    public required string Operation { get; init; }

    /// <summary>Set once the signature has been checked.</summary>
    public SigV4Chain? Chain { get; set; }

    /// <summary>Set before the operation begins.</summary>
    public S3FaultContext? Fault { get; set; }

    public string? ErrorCode { get; set; }

    public long BytesSent { get; set; }

    /// <summary>True when nothing of the answer may leave, although the request is carried out.</summary>
    public bool LosesAnswer { get; set; }

    public HttpRequest Request => Context.Request;

    public HttpResponse Response => Context.Response;

    public CancellationToken Aborted => Context.RequestAborted;

    public string Header(string name) => Request.Headers[name].ToString();

    public string? Query(string name) => Target.Find(name);

    public async Task WriteXmlAsync(int status, byte[] content)
    {
        Response.StatusCode = status;
        Response.ContentType = "application/xml";
        Response.ContentLength = content.Length;
        if (Request.Method == "HEAD" || (LosesAnswer && status < 300))
            return;
        BytesSent = content.Length;
        await Response.Body.WriteAsync(content, Aborted);
    }
}
