using System.Text.Json.Nodes;
using SnapshotBridge.Local.StateMachine.Running;
using SnapshotBridge.PreflightTool;

namespace SnapshotBridge.Local.Cloud;

/// <summary>
/// The local cloud as the preflight sees an account: the functions are the real ones, the account's own answers are what
/// this deployment of the template would give.
/// </summary>
public sealed class LocalAccount(LocalCloud cloud) : IAccount
{
    public Task<JsonObject> CallerAsync(CancellationToken cancellationToken) => Task.FromResult(new JsonObject
    {
        ["Account"] = cloud.Aws.AccountId,
        ["Arn"] = $"arn:aws:iam::{cloud.Aws.AccountId}:user/local",
    });

    public Task<JsonObject> StackAsync(string name, CancellationToken cancellationToken) => name == cloud.Stack.Name
        ? Task.FromResult(new JsonObject { ["StackName"] = name, ["StackStatus"] = cloud.Stack.Status })
        : throw new AccountException("cloudformation describe-stacks", "ValidationError", $"Stack with id {name} does not exist");

    public Task<IReadOnlyDictionary<string, string>> ResourcesAsync(string stack, CancellationToken cancellationToken) => Task.FromResult(cloud.Stack.Resources);

    public Task<JsonObject> RoleAsync(string roleName, CancellationToken cancellationToken) => cloud.Stack.Roles.GetValueOrDefault(roleName) is { } trust
        ? Task.FromResult(new JsonObject { ["RoleName"] = roleName, ["AssumeRolePolicyDocument"] = trust.DeepClone() })
        : throw new AccountException("iam get-role", "NoSuchEntity", $"The role with name {roleName} cannot be found.");

    public Task<JsonObject> KeyAsync(string keyId, CancellationToken cancellationToken) => cloud.Stack.Keys.GetValueOrDefault(keyId) is { } key
        ? Task.FromResult(key.DeepClone().AsObject())
        : throw new AccountException("kms describe-key", "NotFoundException", $"Key '{keyId}' does not exist");

    public Task<JsonObject> BucketEncryptionAsync(string bucket, CancellationToken cancellationToken) => Task.FromResult(new JsonObject
    {
        ["ServerSideEncryptionConfiguration"] = new JsonObject
        {
            ["Rules"] = new JsonArray(new JsonObject
            {
                ["BucketKeyEnabled"] = true,
                ["ApplyServerSideEncryptionByDefault"] = new JsonObject { ["SSEAlgorithm"] = "aws:kms", ["KMSMasterKeyID"] = cloud.Aws.S3Store.KmsKeyArn },
            }),
        },
    });

    public Task<JsonObject> BucketNotificationsAsync(string bucket, CancellationToken cancellationToken) => Task.FromResult(new JsonObject
    {
        ["LambdaFunctionConfigurations"] = new JsonArray([.. cloud.Aws.S3Store.NotificationRules.Where(rule => rule.Bucket == bucket).Select(rule => new JsonObject
        {
            ["LambdaFunctionArn"] = rule.FunctionArn,
            ["Events"] = new JsonArray("s3:ObjectCreated:*"),
            ["Filter"] = new JsonObject
            {
                ["Key"] = new JsonObject
                {
                    ["FilterRules"] = new JsonArray(
                        new JsonObject { ["Name"] = "Prefix", ["Value"] = rule.Prefix }, new JsonObject { ["Name"] = "Suffix", ["Value"] = rule.Suffix }),
                },
            },
        })]),
    });

    public async Task<Invocation> InvokeAsync(string functionName, JsonObject payload, CancellationToken cancellationToken)
    {
        try
        {
            var result = await cloud.Lambda.InvokeAsync(
                functionName, System.Text.Encoding.UTF8.GetBytes(payload.ToJsonString()), LambdaInvocationType.RequestResponse, cancellationToken);
            return new Invocation(result.FunctionError is not null, result.Payload.IsEmpty ? null : JsonNode.Parse(result.Payload.Span));
        }
        catch (LambdaServiceException refused)
        {
            throw new AccountException("lambda invoke", refused.Code, refused.Message);
        }
    }
}
