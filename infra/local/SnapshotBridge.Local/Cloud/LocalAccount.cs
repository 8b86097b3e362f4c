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
    public const string StackName = "snapshot-bridge-local";

    public Task<JsonObject> CallerAsync(CancellationToken cancellationToken) => Task.FromResult(new JsonObject
    {
        ["Account"] = cloud.Aws.AccountId,
        ["Arn"] = $"arn:aws:iam::{cloud.Aws.AccountId}:user/local",
    });

    public Task<JsonObject> StackAsync(string name, CancellationToken cancellationToken) => name == StackName
        ? Task.FromResult(new JsonObject { ["StackName"] = name, ["StackStatus"] = "CREATE_COMPLETE" })
        : throw new AccountException("cloudformation describe-stacks", "ValidationError", $"Stack with id {name} does not exist");

    public Task<IReadOnlyDictionary<string, string>> ResourcesAsync(string stack, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyDictionary<string, string>>(cloud.Template.Functions.ToDictionary(function => function.LogicalId, function => function.LogicalId));

    public Task<JsonObject> RoleAsync(string roleName, CancellationToken cancellationToken) => Task.FromResult(new JsonObject
    {
        ["RoleName"] = roleName,
        ["AssumeRolePolicyDocument"] = new JsonObject
        {
            ["Statement"] = new JsonArray(new JsonObject
            {
                ["Effect"] = "Allow",
                ["Principal"] = new JsonObject { ["Service"] = "export.rds.amazonaws.com" },
                ["Action"] = "sts:AssumeRole",
            }),
        },
    });

    public Task<JsonObject> KeyAsync(string keyId, CancellationToken cancellationToken) => keyId == cloud.Aws.S3Store.KmsKeyArn
        ? Task.FromResult(new JsonObject
        {
            ["Arn"] = keyId,
            ["KeyState"] = "Enabled",
            ["KeyUsage"] = "ENCRYPT_DECRYPT",
            ["KeyManager"] = "CUSTOMER",
            ["KeySpec"] = "SYMMETRIC_DEFAULT",
        })
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
        ["LambdaFunctionConfigurations"] = new JsonArray([.. cloud.Template.Functions.SelectMany(function => function.S3Events.Select(filter => new JsonObject
        {
            ["LambdaFunctionArn"] = function.Arn,
            ["Events"] = new JsonArray("s3:ObjectCreated:*"),
            ["Filter"] = new JsonObject
            {
                ["Key"] = new JsonObject
                {
                    ["FilterRules"] = new JsonArray(
                        new JsonObject { ["Name"] = "Prefix", ["Value"] = filter.Prefix }, new JsonObject { ["Name"] = "Suffix", ["Value"] = filter.Suffix }),
                },
            },
        }))]),
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
