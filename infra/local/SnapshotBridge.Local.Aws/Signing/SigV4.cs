using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using SnapshotBridge.Local.Aws.Http;

namespace SnapshotBridge.Local.Aws.Signing;

/// <summary>The server's side of AWS Signature Version 4, for the header form and the presigned query form.</summary>
public static class SigV4
{
    internal const string UnsignedPayload = "UNSIGNED-PAYLOAD";
    internal const string ContentSha256Header = "x-amz-content-sha256";

    private const string Algorithm = "AWS4-HMAC-SHA256";
    private const string Terminator = "aws4_request";
    private const string TimestampFormat = "yyyyMMdd'T'HHmmss'Z'";

    /// <summary>Signature Version 4 tolerates 15 minutes between the clocks.</summary>
    private static readonly TimeSpan AllowedSkew = TimeSpan.FromMinutes(15);

    /// <summary>The longest life of a presigned request, seven days.</summary>
    private const int MaxExpirySeconds = 604_800;

    /// <summary>Checks a request whose whole body is at hand, as with the Query and JSON protocols.</summary>
    /// <param name="request">The request as received.</param>
    /// <param name="body">Its body; the signature covers its hash.</param>
    /// <param name="service">The service of the credential scope, for example <c>rds</c> or <c>states</c>.</param>
    /// <param name="region">The region of the credential scope.</param>
    /// <param name="keys">The access keys that exist.</param>
    /// <param name="clock">The server's clock; the system's when null.</param>
    public static SigV4Result Verify(
        HttpRequest request,
        ReadOnlySpan<byte> body,
        string service,
        string region,
        IReadOnlyCollection<AwsAccessKey> keys,
        TimeProvider? clock = null)
        => VerifyPayloadHash(request, Convert.ToHexStringLower(SHA256.HashData(body)), service, region, keys, clock ?? TimeProvider.System);

    /// <summary>Checks a request against a payload hash (or one of S3's substitutes for it) that is proved elsewhere.</summary>
    internal static SigV4Result VerifyPayloadHash(
        HttpRequest request, string payloadHash, string service, string region, IReadOnlyCollection<AwsAccessKey> keys, TimeProvider clock)
    {
        var target = RawTarget.Of(request);
        var presigned = target.Find("X-Amz-Algorithm") is not null || target.Find("X-Amz-Signature") is not null;
        var failure = presigned ? ReadQuery(target, out var claim) : ReadHeader(request, out claim);
        if (failure is not null)
            return failure;

        var now = clock.GetUtcNow();
        return CheckScope(claim!, service, region)
            ?? CheckKey(claim!, keys, out var key)
            ?? CheckTime(claim!, now)
            ?? CheckSignedHeaders(request, claim!, service)
            ?? CheckSignature(request, target, claim!, key!, service, payloadHash);
    }

    /// <summary>HMAC chain of the specification: secret, date, region, service, terminator.</summary>
    internal static byte[] SigningKey(string secret, string date, string region, string service)
    {
        var key = Hmac(Encoding.UTF8.GetBytes("AWS4" + secret), date);
        key = Hmac(key, region);
        key = Hmac(key, service);
        return Hmac(key, Terminator);
    }

    internal static byte[] Hmac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    internal static bool SameSignature(string expected, string actual)
        => CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(expected), Encoding.UTF8.GetBytes(actual));

    private static SigV4Result? ReadHeader(HttpRequest request, out Claim? claim)
    {
        claim = null;
        var header = request.Headers.Authorization.ToString();
        if (header.Length == 0)
            return Fail(SigV4Failure.Missing, "Missing Authentication Token");
        if (!header.StartsWith(Algorithm + " ", StringComparison.Ordinal))
            return Fail(SigV4Failure.UnsupportedMechanism, $"The authorization mechanism you have provided is not supported. Please use {Algorithm}.");

        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var field in header[(Algorithm.Length + 1)..].Split(',', StringSplitOptions.TrimEntries))
        {
            var equals = field.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
                fields[field[..equals]] = field[(equals + 1)..];
        }

        foreach (var required in (ReadOnlySpan<string>)["Credential", "Signature", "SignedHeaders"])
        {
            if (!fields.ContainsKey(required))
                return Fail(SigV4Failure.Incomplete, $"Authorization header requires '{required}' parameter.");
        }

        var timestamp = request.Headers["x-amz-date"].ToString();
        if (timestamp.Length == 0 && DateTimeOffset.TryParse(
            request.Headers.Date.ToString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date))
        {
            timestamp = date.UtcDateTime.ToString(TimestampFormat, CultureInfo.InvariantCulture);
        }

        if (timestamp.Length == 0)
            return Fail(SigV4Failure.Incomplete, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
        return Claim.TryCreate(
            fields["Credential"], fields["SignedHeaders"], fields["Signature"], timestamp,
            request.Headers["x-amz-security-token"].ToString(), null, out claim);
    }

    private static SigV4Result? ReadQuery(RawTarget target, out Claim? claim)
    {
        claim = null;
        foreach (var required in (ReadOnlySpan<string>)
            ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Expires"])
        {
            if (string.IsNullOrEmpty(target.Find(required)))
                return Fail(SigV4Failure.Incomplete, $"Query-string authentication requires the parameter {required}.");
        }

        if (target.Find("X-Amz-Algorithm") != Algorithm)
            return Fail(SigV4Failure.Incomplete, $"X-Amz-Algorithm only supports \"{Algorithm}\"");
        if (!int.TryParse(target.Find("X-Amz-Expires"), NumberStyles.None, CultureInfo.InvariantCulture, out var expires)
            || expires is < 1 or > MaxExpirySeconds)
        {
            return Fail(SigV4Failure.Incomplete, $"X-Amz-Expires must be between 1 and {MaxExpirySeconds} seconds");
        }

        return Claim.TryCreate(
            target.Find("X-Amz-Credential")!, target.Find("X-Amz-SignedHeaders")!, target.Find("X-Amz-Signature")!,
            target.Find("X-Amz-Date")!, target.Find("X-Amz-Security-Token") ?? "", expires, out claim);
    }

    private static SigV4Result? CheckScope(Claim claim, string service, string region)
    {
        if (claim.Service != service)
            return Fail(SigV4Failure.WrongScope, $"Credential should be scoped to correct service: '{service}'.", claim);
        if (claim.Region != region)
            return Fail(SigV4Failure.WrongScope, $"the region '{claim.Region}' is wrong; expecting '{region}'", claim);
        return null;
    }

    private static SigV4Result? CheckKey(Claim claim, IReadOnlyCollection<AwsAccessKey> keys, out AwsAccessKey? key)
    {
        key = keys.FirstOrDefault(candidate => candidate.AccessKeyId == claim.AccessKeyId);
        if (key is null)
            return Fail(SigV4Failure.UnknownKey, "The security token included in the request is invalid.", claim);
        return (key.SessionToken ?? "") == claim.SessionToken
            ? null
            : Fail(SigV4Failure.InvalidToken, "The provided token is malformed or otherwise invalid.", claim);
    }

    private static SigV4Result? CheckTime(Claim claim, DateTimeOffset now)
    {
        var skewed = claim.ExpiresSeconds is { } expires
            ? claim.Time - now > AllowedSkew
            : (claim.Time - now).Duration() > AllowedSkew;
        if (skewed)
        {
            var side = claim.Time < now ? $"Signature expired: {claim.Timestamp} is now earlier than" : $"Signature not yet current: {claim.Timestamp} is still later than";
            var bound = claim.Time < now ? now - AllowedSkew : now + AllowedSkew;
            return Fail(SigV4Failure.Skewed,
                $"{side} {Stamp(bound)} ({Stamp(now)} {(claim.Time < now ? '-' : '+')} 15 min.)", claim);
        }

        return claim.ExpiresSeconds is { } life && claim.Time.AddSeconds(life) < now
            ? Fail(SigV4Failure.Expired, "Request has expired", claim)
            : null;
    }

    private static SigV4Result? CheckSignedHeaders(HttpRequest request, Claim claim, string service)
    {
        if (!claim.SignedHeaders.Contains("host"))
            return Fail(SigV4Failure.UnsignedHeaders, "'Host' must be a 'SignedHeader' in the AWS Authorization.", claim);
        // S3 refuses x-amz headers that somebody may have added on the way.
        if (service != "s3")
            return null;
        var unsigned = request.Headers.Keys.Select(name => name.ToLowerInvariant())
            .Where(name => name.StartsWith("x-amz-", StringComparison.Ordinal) && !claim.SignedHeaders.Contains(name))
            .Where(name => name != ContentSha256Header || claim.ExpiresSeconds is null)
            .Order(StringComparer.Ordinal).ToList();
        return unsigned.Count == 0
            ? null
            : Fail(SigV4Failure.UnsignedHeaders,
                $"There were headers present in the request which were not signed: {string.Join(", ", unsigned)}", claim);
    }

    private static SigV4Result CheckSignature(
        HttpRequest request, RawTarget target, Claim claim, AwsAccessKey key, string service, string payloadHash)
    {
        var canonical = CanonicalRequest(request, target, claim, service, payloadHash);
        var scope = $"{claim.Date}/{claim.Region}/{claim.Service}/{Terminator}";
        var text = $"{Algorithm}\n{claim.Timestamp}\n{scope}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var signingKey = SigningKey(key.SecretAccessKey, claim.Date, claim.Region, claim.Service);
        var expected = Convert.ToHexStringLower(Hmac(signingKey, text));
        if (!SameSignature(expected, claim.Signature))
        {
            return Fail(SigV4Failure.Mismatch,
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.",
                claim);
        }

        return new SigV4Result(SigV4Failure.None, "", claim.AccessKeyId)
        {
            Chain = new SigV4Chain(signingKey, claim.Timestamp, scope, claim.Signature),
        };
    }

    private static string CanonicalRequest(HttpRequest request, RawTarget target, Claim claim, string service, string payloadHash)
    {
        // S3 encodes the decoded path once; every other service encodes the path as sent once more.
        var path = service == "s3" ? PercentEncoding.EncodePath(Uri.UnescapeDataString(target.Path)) : PercentEncoding.EncodePath(target.Path);
        var query = target.Query
            .Where(parameter => parameter.Key != "X-Amz-Signature")
            .Select(parameter => (Name: PercentEncoding.Encode(parameter.Key), Value: PercentEncoding.Encode(parameter.Value)))
            .OrderBy(parameter => parameter.Name, StringComparer.Ordinal)
            .ThenBy(parameter => parameter.Value, StringComparer.Ordinal)
            .Select(parameter => $"{parameter.Name}={parameter.Value}");
        var canonical = new StringBuilder()
            .Append(request.Method).Append('\n')
            .Append(path.Length == 0 ? "/" : path).Append('\n')
            .AppendJoin('&', query).Append('\n');
        foreach (var name in claim.SignedHeaders)
        {
            var values = request.Headers[name].Select(value => CollapseSpaces(value ?? ""));
            canonical.Append(name).Append(':').AppendJoin(',', values).Append('\n');
        }

        return canonical.Append('\n').AppendJoin(';', claim.SignedHeaders).Append('\n').Append(payloadHash).ToString();
    }

    private static string CollapseSpaces(string value)
        => value.Contains("  ", StringComparison.Ordinal)
            ? string.Join(' ', value.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            : value.Trim();

    private static string Stamp(DateTimeOffset time) => time.UtcDateTime.ToString(TimestampFormat, CultureInfo.InvariantCulture);

    private static SigV4Result Fail(SigV4Failure failure, string message, Claim? claim = null) => new(failure, message, claim?.AccessKeyId);

    /// <summary>What the caller claims to have signed.</summary>
    private sealed record Claim(
        string AccessKeyId, string Date, string Region, string Service, IReadOnlyList<string> SignedHeaders,
        string Signature, string Timestamp, DateTimeOffset Time, string SessionToken, int? ExpiresSeconds)
    {
        public static SigV4Result? TryCreate(
            string credential, string signedHeaders, string signature, string timestamp, string sessionToken, int? expires, out Claim? claim)
        {
            claim = null;
            var scope = credential.Split('/');
            if (scope.Length < 5 || scope[^1] != Terminator)
            {
                return Fail(SigV4Failure.Incomplete,
                    $"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/{Terminator}, got '{credential}'");
            }

            if (!DateTimeOffset.TryParseExact(timestamp, TimestampFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
                return Fail(SigV4Failure.Incomplete, $"Date must be in ISO-8601 'basic format'. Got '{timestamp}'.");
            if (!timestamp.StartsWith(scope[^4], StringComparison.Ordinal))
                return Fail(SigV4Failure.Incomplete, $"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date: '{scope[^4]}' != '{timestamp}'.");

            claim = new Claim(
                string.Join('/', scope[..^4]), scope[^4], scope[^3], scope[^2],
                signedHeaders.Split(';', StringSplitOptions.RemoveEmptyEntries), signature, timestamp, time, sessionToken, expires);
            return null;
        }
    }
}
