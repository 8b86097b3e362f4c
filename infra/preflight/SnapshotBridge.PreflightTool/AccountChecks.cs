using System.Text.Json.Nodes;
using SnapshotBridge.Preflight;

namespace SnapshotBridge.PreflightTool;

/// <summary>
/// What no function has a right to read, and needs none for: the export role's trust, the key's state, the bucket's
/// encryption and wiring. The functions' own roles stay as they are; who runs the preflight asks with their own rights, and
/// where these do not suffice the line says so and fails nothing.
/// </summary>
/// <param name="account">The account.</param>
/// <param name="facts">The functions' own settings.</param>
public sealed class AccountChecks(IAccount account, IReadOnlyDictionary<string, string> facts)
{
    private const string ExportService = "export.rds.amazonaws.com";

    public async Task<IReadOnlyList<PreflightCheck>> RunAsync(CancellationToken cancellationToken) =>
    [
        await RunAsync("export.role", PreflightFact.ExportRole, role => RoleAsync(role, cancellationToken)),
        await RunAsync("export.key", PreflightFact.ExportKey, key => KeyAsync(key, cancellationToken)),
        await RunAsync("export.encryption", PreflightFact.ExportBucket, bucket => EncryptionAsync(bucket, cancellationToken)),
        await RunAsync("export.events", PreflightFact.ExportBucket, bucket => EventsAsync(bucket, cancellationToken)),
    ];

    private async Task<PreflightCheck> RunAsync(string name, string fact, Func<string, Task<Finding>> check)
    {
        if (facts.GetValueOrDefault(fact) is not { } target)
        {
            return new PreflightCheck(name, fact, PreflightResult.Skipped, "StartExport, which would tell it, did not answer");
        }

        try
        {
            var finding = await check(target);
            return new PreflightCheck(name, target, finding.Result, finding.Detail, finding.Remedy);
        }
        catch (AccountException failure) when (failure.IsDenied)
        {
            return new PreflightCheck(
                name, target, PreflightResult.Warning, $"not readable for the caller ({failure.Code})", "Run the preflight with read rights on it (IAM, KMS and S3 configuration), or look in the console.");
        }
        catch (AccountException failure)
        {
            return new PreflightCheck(name, target, PreflightResult.Failed, failure.Message, "Deploy the stack again, or correct the parameter that names it.");
        }
    }

    private async Task<Finding> RoleAsync(string arn, CancellationToken cancellationToken)
    {
        var role = await account.RoleAsync(arn[(arn.LastIndexOf('/') + 1)..], cancellationToken);
        var statements = role["AssumeRolePolicyDocument"]?["Statement"] switch
        {
            JsonArray list => list.OfType<JsonObject>().ToList(),
            JsonObject one => [one],
            _ => [],
        };
        var trusts = statements.Any(statement =>
            $"{statement["Effect"]}" == "Allow" && Texts(statement["Principal"]?["Service"]).Contains(ExportService) && Texts(statement["Action"]).Contains("sts:AssumeRole"));
        return trusts
            ? Finding.Ok($"{ExportService} may assume it")
            : Finding.Failed($"its trust policy does not let {ExportService} assume it", "Deploy the stack again: its ExportRole trusts RDS's export service, with this account as source.");
    }

    private async Task<Finding> KeyAsync(string keyId, CancellationToken cancellationToken)
    {
        var key = await account.KeyAsync(keyId, cancellationToken);
        var (state, usage, manager, spec) = ($"{key["KeyState"]}", $"{key["KeyUsage"]}", $"{key["KeyManager"]}", $"{key["KeySpec"] ?? key["CustomerMasterKeySpec"]}");
        if (state != "Enabled")
        {
            return Finding.Failed($"its state is {state}", "Enable the key, or cancel its deletion; exports and our documents are encrypted with it.");
        }

        if (usage != "ENCRYPT_DECRYPT" || spec != "SYMMETRIC_DEFAULT" || manager != "CUSTOMER")
        {
            return Finding.Failed($"it is a {manager} key, {spec}, for {usage}", "RDS exports with a symmetric customer key for encryption alone: give one of these.");
        }

        return Finding.Ok("enabled, symmetric, a customer's own; whether its policy lets RDS use it only the first export finds out");
    }

    private async Task<Finding> EncryptionAsync(string bucket, CancellationToken cancellationToken)
    {
        var rule = (await account.BucketEncryptionAsync(bucket, cancellationToken))["ServerSideEncryptionConfiguration"]?["Rules"]?[0];
        var (algorithm, key) = ($"{rule?["ApplyServerSideEncryptionByDefault"]?["SSEAlgorithm"]}", $"{rule?["ApplyServerSideEncryptionByDefault"]?["KMSMasterKeyID"]}");
        return algorithm == "aws:kms"
            ? Finding.Ok($"{algorithm} with {(key.Length == 0 ? "AWS's own key" : key)}{(rule?["BucketKeyEnabled"]?.GetValue<bool>() == true ? " and a bucket key" : "")}")
            : Finding.Warning(
                $"its default encryption is {(algorithm.Length == 0 ? "not set" : algorithm)}",
                "Exports are encrypted with the export key by RDS in any case; for our documents set aws:kms with the export key as the bucket's default.");
    }

    private async Task<Finding> EventsAsync(string bucket, CancellationToken cancellationToken)
    {
        var configuration = await account.BucketNotificationsAsync(bucket, cancellationToken);
        if (configuration["EventBridgeConfiguration"] is not null)
        {
            return Finding.Ok("the bucket sends its events to EventBridge");
        }

        var prefix = facts.GetValueOrDefault(PreflightFact.ExportPrefix, "");
        var isWired = (configuration["LambdaFunctionConfigurations"] as JsonArray ?? []).OfType<JsonObject>().Any(rule =>
        {
            var filters = (rule["Filter"]?["Key"]?["FilterRules"] as JsonArray ?? []).OfType<JsonObject>()
                .ToDictionary(filter => $"{filter["Name"]}", filter => $"{filter["Value"]}", StringComparer.OrdinalIgnoreCase);
            return Texts(rule["Events"]).Any(name => name.StartsWith("s3:ObjectCreated:", StringComparison.Ordinal))
                && prefix.StartsWith(filters.GetValueOrDefault("prefix", ""), StringComparison.Ordinal)
                && "_SUCCESS".EndsWith(filters.GetValueOrDefault("suffix", ""), StringComparison.Ordinal);
        });
        return isWired
            ? Finding.Ok("a new _SUCCESS object invokes a function")
            : Finding.Failed(
                $"no notification tells of new objects below {prefix}, and EventBridge is off",
                "Deploy the stack again, or turn EventBridge on for an existing bucket (aws s3api put-bucket-notification-configuration). Runs still end, by polling, but later.");
    }

    private static IReadOnlyList<string> Texts(JsonNode? node) => node switch
    {
        JsonArray list => [.. list.Select(item => $"{item}")],
        null => [],
        _ => [$"{node}"],
    };
}
