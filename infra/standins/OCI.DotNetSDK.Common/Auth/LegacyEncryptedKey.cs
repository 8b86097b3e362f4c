using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Oci.Common.Auth;

/// <summary>
/// OpenSSL's own encryption of PKCS#1 keys (<c>Proc-Type: 4,ENCRYPTED</c>): AES-CBC with a key of MD5 rounds over pass phrase and salt,
/// the salt being the first eight bytes of the initialization vector.
/// </summary>
internal static class LegacyEncryptedKey
{
    public static RSA Read(string pem, string passPhrase)
    {
        var lines = pem.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var info = Array.Find(lines, l => l.StartsWith("DEK-Info:", StringComparison.Ordinal))?["DEK-Info:".Length..].Trim().Split(',')
            ?? throw new FormatException("The encrypted key has no DEK-Info line");
        var keyBytes = info[0] switch
        {
            "AES-128-CBC" => 16,
            "AES-192-CBC" => 24,
            "AES-256-CBC" => 32,
            _ => throw new NotSupportedException($"The key is encrypted with {info[0]}; use PKCS#8 or AES."),
        };
        var iv = Convert.FromHexString(info[1]);
        var body = Convert.FromBase64String(string.Concat(lines.Where(l => !l.Contains(':', StringComparison.Ordinal) && !l.StartsWith('-'))));

        using var aes = Aes.Create();
        aes.Key = DeriveKey(passPhrase, iv.AsSpan(0, 8), keyBytes);
        var rsa = RSA.Create();
        try
        {
            rsa.ImportRSAPrivateKey(aes.DecryptCbc(body, iv), out _);
            return rsa;
        }
        catch (CryptographicException e)
        {
            rsa.Dispose();
            throw new ArgumentException("Incorrect passphrase for private key", e);
        }
    }

    [SuppressMessage("Security", "CA5351", Justification = "The file format prescribes MD5.")]
    private static byte[] DeriveKey(string passPhrase, ReadOnlySpan<byte> salt, int length)
    {
        var secret = Encoding.UTF8.GetBytes(passPhrase);
        var key = new List<byte>();
        byte[] last = [];
        while (key.Count < length)
        {
            last = MD5.HashData([.. last, .. secret, .. salt]);
            key.AddRange(last);
        }

        return [.. key.Take(length)];
    }
}
