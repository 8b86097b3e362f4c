using System.Security.Cryptography;
using System.Text;

namespace SnapshotBridge.Oci;

/// <summary>
/// OpenSSL's own encryption of PKCS#1 keys ("Proc-Type: 4,ENCRYPTED"), which <c>openssl genrsa -aes128</c> wrote until
/// version 3 and which .NET does not read: CBC with a key from one round of MD5 over passphrase and salt.
/// </summary>
internal static class TraditionalPemDecryption
{
    /// <summary>The DER of the key.</summary>
    /// <exception cref="PrivateKeyPemException">The headers are not understood or the passphrase is wrong.</exception>
    public static byte[] Decrypt(string body, string passphrase)
    {
        var headersEnd = body.IndexOf("\n\n", StringComparison.Ordinal);
        var info = body.Split('\n').FirstOrDefault(line => line.StartsWith("DEK-Info:", StringComparison.Ordinal));
        var parts = info?["DEK-Info:".Length..].Trim().Split(',');
        if (headersEnd < 0 || parts is not [var name, var ivHex])
        {
            throw new PrivateKeyPemException("\"privateKey\" is encrypted in an unknown way: it has no DEK-Info line");
        }

        using var cipher = Cipher(name);
        try
        {
            cipher.IV = Convert.FromHexString(ivHex);
            cipher.Key = DeriveKey(Encoding.UTF8.GetBytes(passphrase), cipher.IV.AsSpan(0, 8), cipher.KeySize / 8);
            return cipher.DecryptCbc(Convert.FromBase64String(body[headersEnd..]), cipher.IV);
        }
        catch (Exception failure) when (failure is CryptographicException or FormatException or ArgumentException)
        {
            throw PrivateKeyPem.WrongPassphrase();
        }
    }

#pragma warning disable CA5350, CA5351 // Old keys are encrypted with what was usual then; we only read them.
    private static SymmetricAlgorithm Cipher(string name)
    {
        SymmetricAlgorithm cipher = name switch
        {
            "AES-128-CBC" or "AES-192-CBC" or "AES-256-CBC" => Aes.Create(),
            "DES-EDE3-CBC" => TripleDES.Create(),
            _ => throw new PrivateKeyPemException($"\"privateKey\" is encrypted with {name}, which is not supported: convert it with 'openssl pkcs8 -topk8'"),
        };
        cipher.KeySize = name switch { "AES-128-CBC" => 128, "AES-256-CBC" => 256, _ => 192 };
        return cipher;
    }

    private static byte[] DeriveKey(byte[] passphrase, ReadOnlySpan<byte> salt, int length)
    {
        var key = new List<byte>();
        byte[] last = [];
        while (key.Count < length)
        {
            last = MD5.HashData([.. last, .. passphrase, .. salt]);
            key.AddRange(last);
        }

        return [.. key.Take(length)];
    }
#pragma warning restore CA5350, CA5351
}
