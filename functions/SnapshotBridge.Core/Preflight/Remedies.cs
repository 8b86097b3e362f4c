using SnapshotBridge.Configuration;
using SnapshotBridge.Copying;
using SnapshotBridge.Errors;
using SnapshotBridge.Exports;
using SnapshotBridge.Loading;

namespace SnapshotBridge.Preflight;

/// <summary>What to do about a failure, in terms of what was deployed. The failure's own message says what happened.</summary>
public static class Remedies
{
    public const string Network =
        "A function in a VPC needs a route to it: a NAT gateway for public addresses, a VPN or interconnect for private ones, and security groups that let it out. Without VPC settings it reaches public addresses alone (infra/oci/README.md, \"The way to HeatWave\").";

    public const string OciPolicy =
        "Compare the policy with the statements in infra/oci/policy.tf: OCI answers 404 for a missing permission as for a missing bucket. Then the parameters OciBucket, OciNamespace and OciRegion.";

    public const string OciKey =
        "Compare tenancy, user and fingerprint in the secret with the user's API keys in the OCI console; terraform output in infra/oci prints the first three.";

    public const string Grants = "Run infra/oci/heatwave.sql as the DB System's administrator, once for every target schema.";

    public const string Role = "Deploy the stack again so that the functions' roles are the template's, then look for a bucket, key or organisation policy that denies it.";

    /// <summary>The remedy of a typed failure; null where the check itself knows a better one.</summary>
    public static string? For(BridgeException failure) => failure switch
    {
        OciAuthenticationFailedException { ClockSkew: { } skew } when skew.Duration() > TimeSpan.FromMinutes(5) =>
            "The function's clock and OCI's differ by more than OCI allows. On Lambda this passes with a new sandbox: run the preflight again. Elsewhere set the clock.",
        AwsClockSkewedException =>
            "The function's clock and AWS's differ by more than AWS allows. On Lambda this passes with a new sandbox: run the preflight again. Elsewhere set the clock.",
        OciAuthenticationFailedException => OciKey,
        OciCredentialsInvalidException =>
            "Store the secret anew as JSON with tenancy, user, fingerprint, privateKey and, for an encrypted key, passphrase (infra/oci/README.md, \"The secret\").",
        OciBucketNotFoundException => OciPolicy,
        SecretInvalidException => "Store the secret anew as JSON with the fields that the line names.",
        SecretNotFoundException => "Create the secret, or give it a value: a secret that the stack created is empty at first.",
        AwsAccessDeniedException => Role,
        BucketNotFoundException => "Deploy the stack in the bucket's Region, or correct the bucket's parameter.",
        AwsServiceUnavailableException => Network,
        TransferInterruptedException => Network,
        HeatWaveUnavailableException => Network,
        HeatWaveTlsException =>
            "Give the authority that signed the DB System's certificate as HeatWaveCaFile, or choose another HeatWaveSslMode; a load balancer before it must pass TLS through.",
        HeatWaveAccessDeniedException => "Put the loading user's name and password into its secret; the user must be allowed from the address that the DB System sees.",
        HeatWaveGrantMissingException => Grants,
        HeatWaveNotAvailableException => "Add a HeatWave cluster with Lakehouse to the DB System, and " + char.ToLowerInvariant(Grants[0]) + Grants[1..],
        SnapshotNotFoundException => "Copy the ARN from the snapshot's page in the RDS console; it must be of the stack's account and Region.",
        _ => null,
    };
}
