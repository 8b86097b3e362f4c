using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using SnapshotBridge.Errors;

namespace SnapshotBridge.Oci;

/// <summary>
/// An OCI API signing key and its owner, checked as far as it can be without asking the service: the key loads, is RSA,
/// and has the fingerprint that the secret states. Safe to share between threads.
/// </summary>
public sealed partial class OciCredentials
{
    /// <summary>OCI accepts RSA keys of at least 2,048 bits (documented for API signing keys).</summary>
    private const int MinimumKeyBits = 2048;

    private static readonly string[] KnownFields = ["tenancy", "user", "fingerprint", "privateKey", "passphrase"];

    private readonly RSAParameters _key;

    private OciCredentials(string tenancy, string user, string fingerprint, RSAParameters key)
    {
        (Tenancy, User, Fingerprint, _key) = (tenancy, user, fingerprint, key);
    }

    /// <summary>The tenancy's OCID.</summary>
    public string Tenancy { get; }

    /// <summary>The OCID of the user who owns the API key.</summary>
    public string User { get; }

    /// <summary>MD5 over the public key (DER), as sixteen lower-case hex pairs with colons.</summary>
    public string Fingerprint { get; }

    /// <summary>How requests name the key: tenancy, user and fingerprint. Not secret.</summary>
    public string KeyId => $"{Tenancy}/{User}/{Fingerprint}";

    /// <summary>Reads the secret's JSON: <c>{"tenancy","user","fingerprint","privateKey","passphrase"?}</c>.</summary>
    /// <param name="secretJson">The secret's text.</param>
    /// <param name="secret">The secret's name or ARN, for the message.</param>
    /// <exception cref="OciCredentialsInvalidException">Anything is missing or wrong; the message names all of it and never the key.</exception>
    public static OciCredentials Parse(string secretJson, string secret)
    {
        ArgumentNullException.ThrowIfNull(secretJson);
        var problems = new List<string>();
        var fields = ReadFields(secretJson, problems) ?? throw new OciCredentialsInvalidException(secret, problems);

        var tenancy = Required("tenancy");
        var user = Required("user");
        var fingerprint = Required("fingerprint").ToLowerInvariant();
        var pem = Required("privateKey");
        var passphrase = fields.GetValueOrDefault("passphrase");

        CheckOcid("tenancy", tenancy, "ocid1.tenancy.", problems);
        CheckOcid("user", user, "ocid1.user.", problems);
        if (fingerprint.Length > 0 && !FingerprintShape().IsMatch(fingerprint))
        {
            problems.Add($"\"fingerprint\" is '{fingerprint}' but must be sixteen hex pairs with colons, such as 12:34:…:cd");
        }

        RSAParameters? key = null;
        if (pem.Length > 0)
        {
            key = LoadKey(pem, passphrase, problems);
        }

        if (key is { } loaded)
        {
            using var rsa = RSA.Create(loaded);
            if (rsa.KeySize < MinimumKeyBits)
            {
                problems.Add($"\"privateKey\" has {rsa.KeySize} bits but OCI accepts no RSA key below {MinimumKeyBits}");
            }

            var actual = FingerprintOf(rsa);
            if (fingerprint.Length > 0 && fingerprint != actual)
            {
                problems.Add($"\"fingerprint\" is '{fingerprint}' but the private key's is '{actual}': one of the two belongs to another key");
            }
        }

        if (problems.Count > 0 || key is null)
        {
            throw new OciCredentialsInvalidException(secret, problems);
        }

        return new OciCredentials(tenancy, user, fingerprint, key.Value);

        string Required(string name)
        {
            var value = fields.GetValueOrDefault(name);
            if (string.IsNullOrWhiteSpace(value))
            {
                problems.Add($"\"{name}\" is missing");
                return "";
            }

            return value.Trim();
        }
    }

    /// <summary>A key's fingerprint as OCI shows it: MD5 over the DER of its SubjectPublicKeyInfo.</summary>
    public static string FingerprintOf(RSA key)
    {
        ArgumentNullException.ThrowIfNull(key);
#pragma warning disable CA5351 // OCI defines the fingerprint as an MD5; it names a key and proves nothing.
        var hash = MD5.HashData(key.ExportSubjectPublicKeyInfo());
#pragma warning restore CA5351
        return string.Join(':', hash.Select(b => b.ToString("x2", System.Globalization.CultureInfo.InvariantCulture)));
    }

    /// <summary>
    /// The private key as an unencrypted PKCS#1 PEM with plain line ends: the one form that every OCI client reads.
    /// Secret: for handing to the OCI SDK only.
    /// </summary>
    public string ExportPrivateKeyPem()
    {
        using var rsa = CreateKey();
        return rsa.ExportRSAPrivateKeyPem();
    }

    /// <summary>A key object of its own: .NET does not promise that one can be used by two threads.</summary>
    internal RSA CreateKey() => RSA.Create(_key);

    /// <summary>Whose key it is, without the key.</summary>
    public override string ToString() => KeyId;

    private static Dictionary<string, string>? ReadFields(string json, List<string> problems)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                problems.Add($"it is a JSON {document.RootElement.ValueKind} but must be an object");
                return null;
            }

            var fields = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (!KnownFields.Contains(property.Name, StringComparer.Ordinal))
                {
                    problems.Add($"\"{property.Name}\" is not one of its fields");
                }
                else if (property.Value.ValueKind == JsonValueKind.String)
                {
                    fields[property.Name] = property.Value.GetString()!;
                }
                else if (property.Value.ValueKind != JsonValueKind.Null)
                {
                    problems.Add($"\"{property.Name}\" is a JSON {property.Value.ValueKind} but must be a string");
                }
            }

            return fields;
        }
        catch (JsonException failure)
        {
            // The parser's own message can quote the text, which may be the key.
            problems.Add($"it is not valid JSON (line {failure.LineNumber + 1}, byte {failure.BytePositionInLine + 1}); a PEM inside JSON needs its line ends written as \\n");
            return null;
        }
    }

    private static void CheckOcid(string field, string value, string prefix, List<string> problems)
    {
        if (value.Length > 0 && (!value.StartsWith(prefix, StringComparison.Ordinal) || value.Any(c => char.IsWhiteSpace(c) || c is '/' or '"')))
        {
            problems.Add($"\"{field}\" is '{value}' but must be an OCID that starts with '{prefix}'");
        }
    }

    private static RSAParameters? LoadKey(string pem, string? passphrase, List<string> problems)
    {
        try
        {
            using var rsa = PrivateKeyPem.Load(pem, passphrase);
            return rsa.ExportParameters(includePrivateParameters: true);
        }
        catch (PrivateKeyPemException failure)
        {
            problems.Add(failure.Message);
            return null;
        }
    }

    [GeneratedRegex("^[0-9a-f]{2}(:[0-9a-f]{2}){15}$")]
    private static partial Regex FingerprintShape();
}
