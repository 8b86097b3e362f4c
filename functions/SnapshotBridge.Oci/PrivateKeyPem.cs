using System.Security.Cryptography;

namespace SnapshotBridge.Oci;

/// <summary>
/// Loads an RSA private key from the texts in which OCI keys are found: PKCS#1 and PKCS#8, plain or encrypted, with any
/// line ends, with line ends written as a literal <c>\n</c>, with OCI's trailing <c>OCI_API_KEY</c> line.
/// </summary>
internal static class PrivateKeyPem
{
    private const string Begin = "-----BEGIN ";
    private const string Dashes = "-----";

    /// <exception cref="PrivateKeyPemException">It is not a usable RSA private key. The message holds nothing of the key.</exception>
    public static RSA Load(string text, string? passphrase)
    {
        var pem = text.Replace("\\r", "", StringComparison.Ordinal).Replace("\\n", "\n", StringComparison.Ordinal).ReplaceLineEndings("\n");
        var (label, body) = Block(pem);
        return label switch
        {
            "RSA PRIVATE KEY" when body.Contains("Proc-Type:", StringComparison.Ordinal) => Import(rsa => rsa.ImportRSAPrivateKey(TraditionalPemDecryption.Decrypt(body, Needed(passphrase)), out _)),
            "RSA PRIVATE KEY" => Import(rsa => rsa.ImportRSAPrivateKey(Decode(body), out _)),
            "PRIVATE KEY" => ImportPkcs8(Decode(body)),
            "ENCRYPTED PRIVATE KEY" => ImportEncryptedPkcs8(Decode(body), Needed(passphrase)),
            "EC PRIVATE KEY" => throw EllipticCurve(),
            "OPENSSH PRIVATE KEY" => throw new PrivateKeyPemException("\"privateKey\" is an OpenSSH key but OCI API keys are RSA keys in PEM (PKCS#1 or PKCS#8)"),
            "PUBLIC KEY" or "RSA PUBLIC KEY" or "CERTIFICATE" => throw new PrivateKeyPemException($"\"privateKey\" holds a {label.ToLowerInvariant()} but must hold the private key"),
            _ => throw new PrivateKeyPemException("\"privateKey\" is not a private key in PEM"),
        };
    }

    private static (string Label, string Body) Block(string pem)
    {
        var start = pem.IndexOf(Begin, StringComparison.Ordinal);
        var labelEnd = start < 0 ? -1 : pem.IndexOf(Dashes, start + Begin.Length, StringComparison.Ordinal);
        if (labelEnd < 0)
        {
            throw new PrivateKeyPemException("\"privateKey\" is not PEM: it has no line -----BEGIN … PRIVATE KEY-----");
        }

        var label = pem[(start + Begin.Length)..labelEnd];
        var bodyStart = labelEnd + Dashes.Length;
        var bodyEnd = pem.IndexOf($"-----END {label}-----", bodyStart, StringComparison.Ordinal);
        return bodyEnd < 0
            ? throw new PrivateKeyPemException("\"privateKey\" is cut off: it has no -----END … PRIVATE KEY----- line")
            : (label, pem[bodyStart..bodyEnd].Trim());
    }

    private static byte[] Decode(string body)
    {
        try
        {
            return Convert.FromBase64String(body);
        }
        catch (FormatException)
        {
            throw new PrivateKeyPemException("\"privateKey\" is damaged: what stands between its BEGIN and END lines is not base64");
        }
    }

    private static string Needed(string? passphrase) => string.IsNullOrEmpty(passphrase)
        ? throw new PrivateKeyPemException("\"privateKey\" is encrypted but \"passphrase\" is missing")
        : passphrase;

    private static RSA Import(Action<RSA> import)
    {
        var rsa = RSA.Create();
        try
        {
            import(rsa);
            return rsa;
        }
        catch (CryptographicException)
        {
            rsa.Dispose();
            throw new PrivateKeyPemException("\"privateKey\" cannot be read as an RSA key: it is damaged, or it is a key of another kind");
        }
        catch
        {
            rsa.Dispose();
            throw;
        }
    }

    private static RSA ImportPkcs8(byte[] der)
    {
        RefuseEllipticCurve(curve => curve.ImportPkcs8PrivateKey(der, out _));
        return Import(rsa => rsa.ImportPkcs8PrivateKey(der, out _));
    }

    private static RSA ImportEncryptedPkcs8(byte[] der, string passphrase)
    {
        RefuseEllipticCurve(curve => curve.ImportEncryptedPkcs8PrivateKey(passphrase, der, out _));
        var rsa = RSA.Create();
        try
        {
            rsa.ImportEncryptedPkcs8PrivateKey(passphrase, der, out _);
            return rsa;
        }
        catch (CryptographicException)
        {
            rsa.Dispose();
            throw WrongPassphrase();
        }
    }

    private static void RefuseEllipticCurve(Action<ECDsa> import)
    {
        using var curve = ECDsa.Create();
        try
        {
            import(curve);
        }
        catch (CryptographicException)
        {
            return;
        }

        throw EllipticCurve();
    }

    internal static PrivateKeyPemException WrongPassphrase() =>
        new("\"privateKey\" cannot be decrypted: \"passphrase\" is wrong, or the key is damaged");

    private static PrivateKeyPemException EllipticCurve() =>
        new("\"privateKey\" is an elliptic-curve key but OCI API keys must be RSA");
}

/// <summary>Why a private key cannot be used, without anything of the key.</summary>
internal sealed class PrivateKeyPemException(string message) : Exception(message);
