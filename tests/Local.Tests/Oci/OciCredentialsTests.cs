using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SnapshotBridge.Errors;
using SnapshotBridge.Oci;
using Xunit;

namespace SnapshotBridge.Local.Tests.Oci;

public sealed class OciCredentialsTests : IDisposable
{
    private const string Passphrase = "correct horse";

    private readonly RSA _rsa = RSA.Create(2048);

    private string Fingerprint => OciCredentials.FingerprintOf(_rsa);

    public void Dispose() => _rsa.Dispose();

    public static TheoryData<string> Spellings => ["pkcs8", "pkcs1", "encrypted pkcs8", "traditional AES-128", "traditional AES-256", "CRLF", "OCI_API_KEY line", "literal line ends", "text before"];

    [Theory]
    [MemberData(nameof(Spellings))]
    public void Parse_KeyInAnyUsualSpelling_Loads(string spelling)
    {
        var (pem, passphrase) = spelling switch
        {
            "pkcs8" => (_rsa.ExportPkcs8PrivateKeyPem(), null),
            "pkcs1" => (_rsa.ExportRSAPrivateKeyPem(), null),
            "encrypted pkcs8" => (_rsa.ExportEncryptedPkcs8PrivateKeyPem(Passphrase, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)), Passphrase),
            "traditional AES-128" => (Traditional("AES-128-CBC", 16), Passphrase),
            "traditional AES-256" => (Traditional("AES-256-CBC", 32), Passphrase),
            "CRLF" => (_rsa.ExportPkcs8PrivateKeyPem().Replace("\n", "\r\n", StringComparison.Ordinal), null),
            "OCI_API_KEY line" => (_rsa.ExportPkcs8PrivateKeyPem() + "\nOCI_API_KEY\n", null),
            "literal line ends" => (_rsa.ExportPkcs8PrivateKeyPem().Replace("\n", "\\n", StringComparison.Ordinal), null),
            "text before" => ("my key\n" + _rsa.ExportRSAPrivateKeyPem(), (string?)null),
            _ => throw new ArgumentOutOfRangeException(nameof(spelling)),
        };

        var credentials = OciCredentials.Parse(Secret(pem, passphrase: passphrase), "s");

        Assert.Equal(Fingerprint, credentials.Fingerprint);
        using var exported = RSA.Create();
        exported.ImportFromPem(credentials.ExportPrivateKeyPem());
        Assert.Equal(_rsa.ExportRSAPrivateKey(), exported.ExportRSAPrivateKey());
    }

    [Fact]
    public async Task Parse_KeyEncryptedByOpenSsl_Loads()
    {
        var pem = await OpenSslAsync(_rsa.ExportPkcs8PrivateKeyPem(), "rsa", "-traditional", "-aes192", "-passout", $"pass:{Passphrase}");

        Assert.Contains("Proc-Type: 4,ENCRYPTED", pem, StringComparison.Ordinal);
        Assert.Equal(Fingerprint, OciCredentials.Parse(Secret(pem, passphrase: Passphrase), "s").Fingerprint);
    }

    [Fact]
    public void Parse_FingerprintOfAnotherKey_NamesTheOneThatTheKeyHas()
    {
        var other = string.Join(':', Enumerable.Repeat("ab", 16));

        var failure = Assert.Throws<OciCredentialsInvalidException>(() => OciCredentials.Parse(Secret(_rsa.ExportPkcs8PrivateKeyPem(), fingerprint: other), "prod/oci"));

        Assert.Contains(other, failure.Message, StringComparison.Ordinal);
        Assert.Contains(Fingerprint, failure.Message, StringComparison.Ordinal);
        Assert.Contains("prod/oci", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_EverythingWrong_NamesEverything()
    {
        const string secret = """{"tenancy":"acme","fingerprint":"12:34","private_key":"x"}""";

        var failure = Assert.Throws<OciCredentialsInvalidException>(() => OciCredentials.Parse(secret, "s"));

        Assert.Equal(5, failure.Problems.Count);
        foreach (var named in new[] { "\"private_key\"", "\"user\" is missing", "\"privateKey\" is missing", "'acme'", "'12:34'" })
        {
            Assert.Contains(named, failure.Message, StringComparison.Ordinal);
        }
    }

    public static TheoryData<string, string> BadKeys => new()
    {
        { "ec", "elliptic-curve" },
        { "ec pkcs8", "elliptic-curve" },
        { "ec encrypted", "elliptic-curve" },
        { "public", "public key" },
        { "cut off", "cut off" },
        { "not base64", "not base64" },
        { "damaged", "damaged" },
        { "not pem", "not PEM" },
        { "no passphrase", "\"passphrase\" is missing" },
        { "wrong passphrase", "\"passphrase\" is wrong" },
        { "wrong passphrase, traditional", "\"passphrase\" is wrong" },
        { "1024 bits", "1024 bits" },
        { "openssh", "OpenSSH" },
    };

    [Theory]
    [MemberData(nameof(BadKeys))]
    public void Parse_UnusableKey_SaysWhyAndNeverShowsIt(string kind, string expected)
    {
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var small = RSA.Create(1024);
        var pbe = new PbeParameters(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 1000);
        var pem = _rsa.ExportPkcs8PrivateKeyPem();
        var (key, passphrase) = kind switch
        {
            "ec" => (curve.ExportECPrivateKeyPem(), null),
            "ec pkcs8" => (curve.ExportPkcs8PrivateKeyPem(), null),
            "ec encrypted" => (curve.ExportEncryptedPkcs8PrivateKeyPem(Passphrase, pbe), Passphrase),
            "public" => (_rsa.ExportSubjectPublicKeyInfoPem(), null),
            "cut off" => (pem[..(pem.Length / 2)], null),
            "not base64" => (pem.Insert(100, "*"), null),
            "damaged" => (Damaged(pem), null),
            "not pem" => ("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj", null),
            "no passphrase" => (_rsa.ExportEncryptedPkcs8PrivateKeyPem(Passphrase, pbe), null),
            "wrong passphrase" => (_rsa.ExportEncryptedPkcs8PrivateKeyPem(Passphrase, pbe), "battery staple"),
            "wrong passphrase, traditional" => (Traditional("AES-128-CBC", 16), "battery staple"),
            "1024 bits" => (small.ExportPkcs8PrivateKeyPem(), null),
            "openssh" => ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk=\n-----END OPENSSH PRIVATE KEY-----", (string?)null),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };

        var failure = Assert.Throws<OciCredentialsInvalidException>(() => OciCredentials.Parse(Secret(key, passphrase: passphrase), "s"));

        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(passphrase ?? "\0", failure.ToString(), StringComparison.Ordinal);
        foreach (var line in key.Split('\n').Where(line => line.Length > 20 && !line.StartsWith("-----", StringComparison.Ordinal)))
        {
            Assert.DoesNotContain(line, failure.ToString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("not json: -----BEGIN PRIVATE KEY-----")]
    [InlineData("[1]")]
    [InlineData("\"text\"")]
    public void Parse_NotAnObject_SaysSo(string secret)
    {
        var failure = Assert.Throws<OciCredentialsInvalidException>(() => OciCredentials.Parse(secret, "s"));

        Assert.Single(failure.Problems);
        Assert.DoesNotContain("BEGIN PRIVATE", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToString_Credentials_ShowsNoKey()
    {
        var credentials = OciCredentials.Parse(Secret(_rsa.ExportPkcs8PrivateKeyPem()), "s");

        Assert.Equal($"ocid1.tenancy.oc1..t/ocid1.user.oc1..u/{Fingerprint}", credentials.ToString());
    }

    private static string Damaged(string pem)
    {
        var lines = pem.Split('\n');
        lines[3] = new string('A', lines[3].Length);
        lines[1] = new string('A', lines[1].Length);
        return string.Join('\n', lines);
    }

    private string Secret(string pem, string? fingerprint = null, string? passphrase = null)
    {
        var fields = new Dictionary<string, string>
        {
            ["tenancy"] = "ocid1.tenancy.oc1..t",
            ["user"] = "ocid1.user.oc1..u",
            ["fingerprint"] = fingerprint ?? Fingerprint,
            ["privateKey"] = pem,
        };
        if (passphrase is not null)
        {
            fields["passphrase"] = passphrase;
        }

        return JsonSerializer.Serialize(fields);
    }

    private string Traditional(string cipher, int keyBytes)
    {
        var iv = RandomNumberGenerator.GetBytes(16);
        byte[] key = [];
        byte[] last = [];
        while (key.Length < keyBytes)
        {
#pragma warning disable CA5351 // What OpenSSL did.
            last = MD5.HashData([.. last, .. Encoding.UTF8.GetBytes(Passphrase), .. iv[..8]]);
#pragma warning restore CA5351
            key = [.. key, .. last];
        }

        using var aes = Aes.Create();
        aes.Key = key[..keyBytes];
        var body = Convert.ToBase64String(aes.EncryptCbc(_rsa.ExportRSAPrivateKey(), iv), Base64FormattingOptions.InsertLineBreaks);
        return $"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: {cipher},{Convert.ToHexString(iv)}\n\n{body}\n-----END RSA PRIVATE KEY-----\n";
    }

    private static async Task<string> OpenSslAsync(string input, params string[] arguments)
    {
        System.Diagnostics.Process process;
        try
        {
            process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("openssl", arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("There is no openssl on the PATH to encrypt a key with.");
            throw;
        }

        using (process)
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
            var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return process.ExitCode == 0 ? output : throw new InvalidOperationException($"openssl failed: {error}");
        }
    }
}
