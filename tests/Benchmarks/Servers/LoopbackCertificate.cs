using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SnapshotBridge.Benchmarks.Servers;

/// <summary>A certificate for 127.0.0.1 that lives as long as one benchmark.</summary>
internal sealed class LoopbackCertificate
{
    private LoopbackCertificate(X509Certificate2 certificate) => Certificate = certificate;

    public X509Certificate2 Certificate { get; }

    public string Pem => Certificate.ExportCertificatePem();

    public static LoopbackCertificate Create(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=SnapshotBridge benchmark", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        return new LoopbackCertificate(request.CreateSelfSigned(now.AddHours(-1), now.AddDays(1)));
    }

    /// <summary>TLS 1.3 with the one cipher that S3 itself chooses, whatever a client would prefer.</summary>
    public SslServerAuthenticationOptions ServerOptions() => new()
    {
        ServerCertificateContext = SslStreamCertificateContext.Create(Certificate, additionalCertificates: null),
        EnabledSslProtocols = SslProtocols.Tls13,
#pragma warning disable CA1416 // These benchmarks read /proc: Linux only.
        CipherSuitesPolicy = new CipherSuitesPolicy([TlsCipherSuite.TLS_AES_128_GCM_SHA256]),
#pragma warning restore CA1416
    };
}
