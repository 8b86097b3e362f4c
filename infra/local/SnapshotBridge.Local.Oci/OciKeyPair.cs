using System.Globalization;
using System.Security.Cryptography;

namespace SnapshotBridge.Local.Oci;

/// <summary>An API signing key for local use: the private half for the client, the public half for the endpoint.</summary>
public sealed class OciKeyPair
{
    private OciKeyPair(RSAParameters publicKey, string fingerprint, string privateKeyPem, string publicKeyPem)
    {
        (PublicKey, Fingerprint, PrivateKeyPem, PublicKeyPem) = (publicKey, fingerprint, privateKeyPem, publicKeyPem);
    }

    /// <summary>MD5 over the public key's DER, as OCI shows it.</summary>
    public string Fingerprint { get; }

    /// <summary>PKCS#8, unencrypted.</summary>
    public string PrivateKeyPem { get; }

    public string PublicKeyPem { get; }

    internal RSAParameters PublicKey { get; }

    /// <summary>A new key of 2,048 bits.</summary>
    public static OciKeyPair Generate()
    {
        using var rsa = RSA.Create(2048);
#pragma warning disable CA5351 // OCI defines the fingerprint as an MD5.
        var hash = MD5.HashData(rsa.ExportSubjectPublicKeyInfo());
#pragma warning restore CA5351
        var fingerprint = string.Join(':', hash.Select(b => b.ToString("x2", CultureInfo.InvariantCulture)));
        return new OciKeyPair(rsa.ExportParameters(false), fingerprint, rsa.ExportPkcs8PrivateKeyPem(), rsa.ExportSubjectPublicKeyInfoPem());
    }

    /// <summary>The key's fingerprint; never the key.</summary>
    public override string ToString() => Fingerprint;
}
