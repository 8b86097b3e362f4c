using System.Text.Json.Nodes;

namespace SnapshotBridge.Local.Aws.Account;

/// <summary>What CloudFormation, IAM and KMS know of one deployed stack.</summary>
public sealed record StackDeployment
{
    /// <summary>The stack's name.</summary>
    public required string Name { get; init; }

    /// <summary>Physical by logical id.</summary>
    public required IReadOnlyDictionary<string, string> Resources { get; init; }

    /// <summary>The template's outputs that scripts look up.</summary>
    public IReadOnlyDictionary<string, string> Outputs { get; init; } = new Dictionary<string, string>();

    /// <summary>CloudFormation's word for its state. May be changed at any time.</summary>
    public string Status { get; set; } = "CREATE_COMPLETE";

    /// <summary>The trust policies by role name. May be changed at any time.</summary>
    public required Dictionary<string, JsonObject> Roles { get; init; }

    /// <summary>What DescribeKey answers, by ARN. May be changed at any time.</summary>
    public required Dictionary<string, JsonObject> Keys { get; init; }

    /// <summary>The trust policy with which RDS may write an export.</summary>
    public static JsonObject TrustOfExports() => new()
    {
        ["Version"] = "2012-10-17",
        ["Statement"] = new JsonArray(new JsonObject
        {
            ["Effect"] = "Allow",
            ["Principal"] = new JsonObject { ["Service"] = "export.rds.amazonaws.com" },
            ["Action"] = "sts:AssumeRole",
        }),
    };

    /// <summary>A customer's symmetric key that is enabled.</summary>
    public static JsonObject EnabledKey(string arn) => new()
    {
        ["KeyId"] = arn[(arn.LastIndexOf('/') + 1)..],
        ["Arn"] = arn,
        ["Enabled"] = true,
        ["KeyState"] = "Enabled",
        ["KeyUsage"] = "ENCRYPT_DECRYPT",
        ["KeyManager"] = "CUSTOMER",
        ["KeySpec"] = "SYMMETRIC_DEFAULT",
    };
}
