using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace SnapshotBridge.Local.Oci;

/// <summary>Checks a request's signature as the service does, with the registered public key.</summary>
internal static partial class SignatureVerifier
{
    /// <summary>The service refuses dates further off than this (documented).</summary>
    private static readonly TimeSpan MaximumSkew = TimeSpan.FromMinutes(5);

    /// <exception cref="OciProblem">401; its detail says what is wrong.</exception>
    public static OciUser Verify(HttpRequest request, string rawTarget, byte[]? signedBody, Func<string, OciUser?> userOf, DateTimeOffset now)
    {
        var authorization = request.Headers.Authorization.ToString();
        if (!authorization.StartsWith("Signature ", StringComparison.OrdinalIgnoreCase))
        {
            throw OciProblem.NotAuthenticated("there is no Authorization header of the scheme Signature");
        }

        var parameters = Parameter().Matches(authorization).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value, StringComparer.OrdinalIgnoreCase);
        string Needed(string name) => parameters.TryGetValue(name, out var value) ? value : throw OciProblem.NotAuthenticated($"the Authorization header has no {name}");

        if (parameters.TryGetValue("version", out var version) && version != "1")
        {
            throw OciProblem.NotAuthenticated($"the signature's version is {version}, not 1");
        }

        if (!Needed("algorithm").Equals("rsa-sha256", StringComparison.OrdinalIgnoreCase))
        {
            throw OciProblem.NotAuthenticated($"the algorithm is {parameters["algorithm"]}, not rsa-sha256");
        }

        var names = Needed("headers").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(name => name.ToLowerInvariant()).ToList();
        Demand(names, signedBody is not null);
        CheckDate(request, names, now);
        if (signedBody is not null)
        {
            CheckBody(request, signedBody);
        }

        var user = userOf(Needed("keyId")) ?? throw OciProblem.NotAuthenticated($"no user has the key {parameters["keyId"]}");
        var signature = Decode(Needed("signature"));
        using var key = RSA.Create(user.Key.PublicKey);

        // The .NET SDK signs the host without its port, the TypeScript SDK with it; both send it with the port.
        var host = request.Host.Value ?? "";
        var isValid = new[] { host, request.Host.Host }.Distinct(StringComparer.Ordinal)
            .Select(candidate => SigningString(request, rawTarget, names, candidate))
            .Any(text => key.VerifyData(Encoding.UTF8.GetBytes(text), signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        return isValid ? user : throw OciProblem.NotAuthenticated("the signature does not fit the request and the key");
    }

    private static void Demand(List<string> names, bool withBody)
    {
        var missing = new List<string>();
        if (!names.Contains("date") && !names.Contains("x-date"))
        {
            missing.Add("date");
        }

        string[] needed = withBody ? ["(request-target)", "host", "content-length", "content-type", "x-content-sha256"] : ["(request-target)", "host"];
        missing.AddRange(needed.Where(name => !names.Contains(name)));
        if (missing.Count > 0)
        {
            throw OciProblem.NotAuthenticated($"the signature does not cover {string.Join(", ", missing)}");
        }
    }

    private static void CheckDate(HttpRequest request, List<string> names, DateTimeOffset now)
    {
        foreach (var name in names.Where(name => name is "date" or "x-date"))
        {
            var text = request.Headers[name].ToString();
            if (!DateTimeOffset.TryParseExact(text, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date))
            {
                throw OciProblem.NotAuthenticated($"{name} is '{text}', not an RFC 1123 date");
            }

            if ((now - date).Duration() > MaximumSkew)
            {
                throw OciProblem.NotAuthenticated($"{name} is {(now - date).TotalSeconds:F0} s off");
            }
        }
    }

    private static void CheckBody(HttpRequest request, byte[] body)
    {
        var hash = Convert.ToBase64String(SHA256.HashData(body));
        var stated = request.Headers["x-content-sha256"].ToString();
        if (stated != hash)
        {
            throw OciProblem.NotAuthenticated($"x-content-sha256 is {stated} but the body's is {hash}");
        }
    }

    private static string SigningString(HttpRequest request, string rawTarget, IEnumerable<string> names, string host) => string.Join('\n', names.Select(name => name switch
    {
        "(request-target)" => $"{name}: {request.Method.ToLowerInvariant()} {rawTarget}",
        "host" => $"{name}: {host}",
        _ when request.Headers.TryGetValue(name, out var value) => $"{name}: {value}",
        _ => throw OciProblem.NotAuthenticated($"the signature covers {name} but the request has no such header"),
    }));

    private static byte[] Decode(string signature)
    {
        try
        {
            return Convert.FromBase64String(signature);
        }
        catch (FormatException)
        {
            throw OciProblem.NotAuthenticated("the signature is not base64");
        }
    }

    [GeneratedRegex("([A-Za-z]+)=\"([^\"]*)\"")]
    private static partial Regex Parameter();
}
