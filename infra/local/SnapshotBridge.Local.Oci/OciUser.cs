using System.Security.Cryptography;
using System.Text.Json;

namespace SnapshotBridge.Local.Oci;

/// <summary>A user with one registered API key.</summary>
/// <param name="tenancy">The tenancy's OCID.</param>
/// <param name="user">The user's OCID.</param>
/// <param name="key">The user's key; the endpoint uses its public half only.</param>
public sealed class OciUser(string tenancy, string user, OciKeyPair key)
{
    public string Tenancy { get; } = tenancy;

    public string User { get; } = user;

    public OciKeyPair Key { get; } = key;

    /// <summary>May be changed at any time; the next request sees it, and so does every PAR of this user.</summary>
    public OciPermissions Permissions { get; set; } = OciPermissions.All;

    /// <summary>How a request's signature names the key.</summary>
    public string KeyId => $"{Tenancy}/{User}/{Key.Fingerprint}";

    /// <summary>A user with OCIDs of their usual shape and a new key.</summary>
    public static OciUser Generate(OciPermissions permissions = OciPermissions.All) =>
        new($"ocid1.tenancy.oc1..{RandomId()}", $"ocid1.user.oc1..{RandomId()}", OciKeyPair.Generate()) { Permissions = permissions };

    /// <summary>The secret from which the functions read this user's credentials. Secret.</summary>
    public string SecretJson() => JsonSerializer.Serialize(new Dictionary<string, string>
    {
        ["tenancy"] = Tenancy,
        ["user"] = User,
        ["fingerprint"] = Key.Fingerprint,
        ["privateKey"] = Key.PrivateKeyPem,
    });

    internal bool Has(OciPermissions permissions) => (Permissions & permissions) == permissions;

    private static string RandomId() => RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz234567", 60);
}
