namespace SnapshotBridge.Oci;

/// <summary>One request, described so that it can be built anew for each attempt.</summary>
internal sealed record OciCall
{
    /// <summary>The service's name of the operation, such as PutObject.</summary>
    public required string Operation { get; init; }

    /// <summary>What it is done to, for messages: namespace, bucket, object. No secret.</summary>
    public required string Target { get; init; }

    public required HttpMethod Method { get; init; }

    /// <summary>Path and query below the endpoint, escaped.</summary>
    public required string PathAndQuery { get; init; }

    public OciBucket? Bucket { get; init; }

    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    public ReadOnlyMemory<byte>? Body { get; init; }

    public string? ContentType { get; init; }

    /// <summary>True for JSON requests, whose signature covers the body.</summary>
    public bool SignBody { get; init; }

    /// <summary>The PAR through which the call goes: it is then not signed.</summary>
    public ParUrl? Par { get; init; }

    /// <summary>True when a successful answer's body is read by the caller.</summary>
    public bool Streams { get; init; }

    /// <summary>How long the answer may take to begin; null for the client's stall timeout.</summary>
    public TimeSpan? AnswerTimeout { get; init; }

    public string Description => $"{Operation} {Target}";
}

/// <summary>What came back, and what is known about earlier attempts of the same call.</summary>
internal sealed class OciAnswer(HttpResponseMessage message, byte[] body, OciFailure? error, bool answerWasLost) : IDisposable
{
    public HttpResponseMessage Message { get; } = message;

    public byte[] Body { get; } = body;

    /// <summary>Why it is not a success; null for 2xx.</summary>
    public OciFailure? Error { get; } = error;

    public bool AnswerWasLost { get; } = answerWasLost;

    /// <summary>The body of a success that streams; it owns the response.</summary>
    public Stream? Stream { get; init; }

    public int Status => (int)Message.StatusCode;

    public string? RequestId => Header("opc-request-id");

    public string? Header(string name) =>
        Message.Headers.TryGetValues(name, out var values) || Message.Content.Headers.TryGetValues(name, out values) ? values.First() : null;

    public void Dispose() => Message.Dispose();
}

/// <summary>An answer that is not a success.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">OCI's code; null where the body is not OCI's JSON.</param>
/// <param name="Message">OCI's message, or what the body was instead.</param>
internal sealed record OciFailure(int Status, string? Code, string Message)
{
    public override string ToString() => $"{Status} {Code ?? "(no code)"}: {Message}";
}
