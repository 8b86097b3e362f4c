using System.Security.Cryptography;

namespace Oci.Common.Auth;

/// <summary>A private key from PEM text: PKCS#1 or PKCS#8, also encrypted, with any line ends, also with the console's trailing line.</summary>
public class PrivateKeySupplier : ISupplier<RSA>
{
    private readonly string _pem;
    private readonly string _passPhrase;
    private RSA _key;

    public PrivateKeySupplier(string keyContent)
        : this(keyContent, null)
    {
    }

    public PrivateKeySupplier(string keyContent, string passPhrase)
    {
        _pem = keyContent;
        _passPhrase = passPhrase;
    }

    /// <summary>Reads the key, at the first request that needs it.</summary>
    public RSA GetKey() => _key ??= ReadKey();

    private RSA ReadKey()
    {
        if (!PemEncoding.TryFind(_pem, out var fields))
            throw new FormatException("The given key does not have the expected type");
        var label = _pem.AsSpan()[fields.Label].ToString();
        if (label == "EC PRIVATE KEY")
            throw new InvalidCastException("The given key is an elliptic curve key; an RSA key is needed.");

        // OpenSSL's older encryption has headers inside the PEM block, which .NET does not read.
        var text = _pem.AsSpan()[fields.Location].ToString();
        if (text.Contains("Proc-Type:", StringComparison.Ordinal))
            return LegacyEncryptedKey.Read(text, RequirePassPhrase());

        var rsa = RSA.Create();
        try
        {
            if (label == "ENCRYPTED PRIVATE KEY")
                rsa.ImportFromEncryptedPem(text, RequirePassPhrase());
            else
                rsa.ImportFromPem(text);
            return rsa;
        }
        catch (CryptographicException e)
        {
            rsa.Dispose();
            throw new ArgumentException(
                label == "ENCRYPTED PRIVATE KEY" ? "Incorrect passphrase for private key" : "Invalid Key has been provided", e);
        }
        catch
        {
            rsa.Dispose();
            throw;
        }
    }

    private string RequirePassPhrase() => _passPhrase
        ?? throw new ArgumentException("Private key is encrypted with a pass phrase. Please provide passphrase in the config");
}
