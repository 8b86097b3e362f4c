using System.Security.Cryptography;

namespace Oci.Common.Auth;

/// <summary>Gives a key. The package's keys are BouncyCastle's, here they are .NET's: code that does not look inside cannot tell.</summary>
public interface ISupplier<T>
{
    T GetKey();
}

public interface IAbstractAuthenticationDetailsProvider;

/// <summary>What requests are signed with.</summary>
public interface IBasicAuthenticationDetailsProvider : IAbstractAuthenticationDetailsProvider
{
    string KeyId { get; }

    char[] PassPhraseCharacters { get; }

    RSA GetPrivateKey();
}

/// <summary>A user's signing details.</summary>
public interface IAuthenticationDetailsProvider : IBasicAuthenticationDetailsProvider
{
    string Fingerprint { get; }

    string TenantId { get; }

    string UserId { get; }
}

public interface IRegionProvider
{
    Region Region { get; }
}

/// <summary>A user's API key.</summary>
public abstract class CustomerAuthenticationDetailsProvider : IAuthenticationDetailsProvider
{
    public string KeyId => $"{TenantId}/{UserId}/{Fingerprint}";

    public string Fingerprint { get; set; }

    public string TenantId { get; set; }

    public string UserId { get; set; }

    public char[] PassPhraseCharacters { get; set; }

    public abstract RSA GetPrivateKey();
}

/// <summary>A user's API key, given in code. <see cref="Region"/> must be set, even where the client is given an endpoint.</summary>
public class SimpleAuthenticationDetailsProvider : CustomerAuthenticationDetailsProvider, IRegionProvider
{
    public Region Region { get; set; }

    public ISupplier<RSA> PrivateKeySupplier { get; set; }

    public override RSA GetPrivateKey() => PrivateKeySupplier.GetKey();
}
