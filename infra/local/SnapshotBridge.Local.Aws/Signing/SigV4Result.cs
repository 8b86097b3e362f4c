namespace SnapshotBridge.Local.Aws.Signing;

/// <summary>Why a request was not accepted. Each protocol has its own code and status for each of them.</summary>
public enum SigV4Failure
{
    /// <summary>The request is properly signed.</summary>
    None,

    /// <summary>It carries no signature at all.</summary>
    Missing,

    /// <summary>It is signed in another way than AWS4-HMAC-SHA256.</summary>
    UnsupportedMechanism,

    /// <summary>Authorization header or query parameters are malformed or incomplete.</summary>
    Incomplete,

    /// <summary>It is signed for another region or service.</summary>
    WrongScope,

    /// <summary>The access key does not exist.</summary>
    UnknownKey,

    /// <summary>The session token is missing or wrong.</summary>
    InvalidToken,

    /// <summary>The request's time is more than 15 minutes away from ours.</summary>
    Skewed,

    /// <summary>A presigned request came after its expiry.</summary>
    Expired,

    /// <summary>Headers that must be signed are not.</summary>
    UnsignedHeaders,

    /// <summary>The signature is another one than this request and secret give.</summary>
    Mismatch,
}

/// <summary>The outcome of a signature check.</summary>
/// <param name="Failure"><see cref="SigV4Failure.None"/> when the request may pass.</param>
/// <param name="Message">For the caller, without any secret; empty on success.</param>
/// <param name="AccessKeyId">The key named by the request, when it names one.</param>
public sealed record SigV4Result(SigV4Failure Failure, string Message, string? AccessKeyId)
{
    /// <summary>Whether the request may pass.</summary>
    public bool Succeeded => Failure == SigV4Failure.None;

    /// <summary>What the signatures of an aws-chunked body continue from.</summary>
    internal SigV4Chain? Chain { get; init; }
}

/// <summary>The seed of the chunk signatures of one request.</summary>
internal sealed record SigV4Chain(byte[] SigningKey, string Timestamp, string Scope, string Signature);
