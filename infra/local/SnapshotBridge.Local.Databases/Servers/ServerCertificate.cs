using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SnapshotBridge.Local.Databases.Servers;

/// <summary>A CA of one server's own and a certificate for 127.0.0.1 and localhost, EC P-256, valid for ten days.</summary>
internal static class ServerCertificate
{
    /// <summary>Writes <c>ca.pem</c>, <c>server.pem</c> and <c>server-key.pem</c>.</summary>
    public static async Task WriteAsync(string folder, CancellationToken cancellationToken)
    {
        var from = DateTimeOffset.UtcNow.AddDays(-1);
        var until = from.AddDays(11);
        using var caKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var caRequest = new CertificateRequest("CN=SnapshotBridge local CA", caKey, HashAlgorithmName.SHA256);
        caRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        caRequest.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        using var ca = caRequest.CreateSelfSigned(from, until);

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        using var certificate = request.Create(ca, from, until.AddHours(-1), RandomNumberGenerator.GetBytes(12));

        await File.WriteAllTextAsync(Path.Combine(folder, "ca.pem"), ca.ExportCertificatePem() + "\n", cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder, "server.pem"), certificate.ExportCertificatePem() + "\n", cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder, "server-key.pem"), key.ExportPkcs8PrivateKeyPem() + "\n", cancellationToken);
    }
}
