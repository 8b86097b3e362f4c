using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using SnapshotBridge.Local.Aws.Http;
using SnapshotBridge.Local.Aws.Signing;

namespace SnapshotBridge.Local.Aws.S3;

/// <summary>One request to the S3 endpoint, taken apart.</summary>
internal sealed class S3Call
{
    private bool _isNoted;

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

    /// <summary>Puts the call into the log; called once.</summary>
    public Action? Note { private get; set; }

    /// <summary>True once the connection was cut on purpose: the caller's leaving is noticed a moment later only.</summary>
    public bool IsCut { get; private set; }

    public HttpRequest Request => Context.Request;

    public HttpResponse Response => Context.Response;

    public CancellationToken Aborted => Context.RequestAborted;

    public string Header(string name) => Request.Headers[name].ToString();

    public string? Query(string name) => Target.Find(name);

    /// <summary>The last of the answer is about to leave: whoever has it finds the call in the log.</summary>
    public void Answered()
    {
        if (!_isNoted)
        {
            _isNoted = true;
            Note?.Invoke();
        }
    }

    /// <summary>Cuts the connection without a word.</summary>
    public void Cut()
    {
        IsCut = true;
        Answered();
        Context.Features.GetRequiredFeature<IHttpRequestLifetimeFeature>().Abort();
    }

    public async Task WriteXmlAsync(int status, byte[] content)
    {
        Response.StatusCode = status;
        Response.ContentType = "application/xml";
        Response.ContentLength = content.Length;
        if (Request.Method == "HEAD" || (LosesAnswer && status < 300))
            return;
        BytesSent = content.Length;
        Answered();
        await Response.Body.WriteAsync(content, Aborted);
    }
}
