namespace SnapshotBridge.Local.Oci;

/// <summary>Something that goes wrong with a request.</summary>
public abstract record OciFaultAction
{
    private OciFaultAction()
    {
    }

    /// <summary>Whether it can act on such a request at all; a rule passes over the others without counting them.</summary>
    internal bool ActsOn(OciOperation operation) => this switch
    {
        FlipBeforeCheck or FlipAfterCheck or ResetRequest => operation is OciOperation.PutObject or OciOperation.UploadPart,
        LosePart => operation == OciOperation.UploadPart,
        SwapParts or RepeatPart => operation == OciOperation.CommitMultipartUpload,
        ResetResponse => operation == OciOperation.GetObject,
        ListNothing => operation == OciOperation.ListObjects,
        _ => true,
    };

    /// <summary>Answers at once, without reading the body or carrying anything out.</summary>
    public sealed record Answer(int Status, string? Code, string Body, string ContentType = "application/json", TimeSpan? RetryAfter = null) : OciFaultAction;

    /// <summary>Waits before anything else; <see cref="Timeout.InfiniteTimeSpan"/> for a connection that stalls.</summary>
    public sealed record Delay(TimeSpan Time) : OciFaultAction;

    /// <summary>Waits for this before anything else.</summary>
    public sealed record Hold(Task Until) : OciFaultAction;

    /// <summary>Takes and gives bodies no faster than this.</summary>
    public sealed record Bandwidth(long BytesPerSecond) : OciFaultAction;

    /// <summary>Flips one bit of the received body before its checksums are compared: the service refuses it (400).</summary>
    public sealed record FlipBeforeCheck(long Offset = 0) : OciFaultAction;

    /// <summary>Flips one bit after the checksums were compared: it is stored, and the service reports the CRC of what it stored.</summary>
    public sealed record FlipAfterCheck(long Offset = 0) : OciFaultAction;

    /// <summary>UploadPart succeeds but the part is gone.</summary>
    public sealed record LosePart : OciFaultAction;

    /// <summary>CommitMultipartUpload puts two parts together in each other's place.</summary>
    public sealed record SwapParts(int First, int Second) : OciFaultAction;

    /// <summary>CommitMultipartUpload puts one part also in the place of another.</summary>
    public sealed record RepeatPart(int Part, int InPlaceOf) : OciFaultAction;

    /// <summary>Carries the request out and cuts the connection instead of answering.</summary>
    public sealed record LoseAnswer : OciFaultAction;

    /// <summary>Cuts the connection when this much of the request's body has arrived.</summary>
    public sealed record ResetRequest(long AfterBytes = 0) : OciFaultAction;

    /// <summary>Cuts the connection when this much of the answer's body has been sent.</summary>
    public sealed record ResetResponse(long AfterBytes = 0) : OciFaultAction;

    /// <summary>Lists nothing, successfully: a PAR whose prefix is not the one that was meant.</summary>
    public sealed record ListNothing : OciFaultAction;

    public static OciFaultAction TooManyRequests(TimeSpan? retryAfter = null) => Error(429, "TooManyRequests", "User-rate limit exceeded.", retryAfter);

    public static OciFaultAction ServiceUnavailable(TimeSpan? retryAfter = null) => Error(503, "ServiceUnavailable", "The service is currently unavailable.", retryAfter);

    public static OciFaultAction InternalError() => Error(500, "InternalServerError", "An internal server error occurred.");

    /// <summary>What a load balancer answers.</summary>
    public static OciFaultAction BadGateway() => new Answer(502, null, "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>", "text/html");

    /// <summary>The 404 for an existing bucket that has been seen on valid requests under concurrency.</summary>
    public static OciFaultAction SpuriousBucketNotFound() =>
        Error(404, "BucketNotFound", "Either the bucket does not exist in the namespace or you are not authorized to access it");

    /// <summary>What an expired or deleted PAR gets.</summary>
    public static OciFaultAction ParExpired() => Error(404, "NotAuthenticated", "PAR does not exist");

    public static OciFaultAction Error(int status, string code, string message, TimeSpan? retryAfter = null) =>
        new Answer(status, code, OciProblem.Json(code, message), RetryAfter: retryAfter);
}
