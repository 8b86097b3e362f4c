using SnapshotBridge.Deployment.Tests.Code;

namespace SnapshotBridge.Deployment.Tests.Permissions;

/// <summary>
/// Which IAM actions a request needs, those included that a service needs on the caller's behalf. The one table between the
/// SDK's operations, which are found in the compiled code, and the roles of the template.
/// </summary>
internal static class AwsActions
{
    // Amazon S3 API Reference, GetObject, "Permissions".
    private const string NotFoundRight = "S3 answers a request for a missing object with 404 only to who may list, else with 403";

    /// <summary>The types of ours that read objects, and what of the bucket they read.</summary>
    private static readonly Dictionary<string, string> TargetsOfCallers = new()
    {
        ["S3DocumentStore"] = Targets.Documents,
        ["S3ObjectSource"] = Targets.Exports,
        ["S3Downloads"] = Targets.Exports,
    };

    /// <summary>These read what RDS wrote through the store of documents.</summary>
    private static readonly string[] ReadersOfExports = ["ExportDescriptionReader"];

    /// <summary>What a function's code needs.</summary>
    /// <exception cref="InvalidOperationException">The code calls an operation that the table does not know.</exception>
    public static IEnumerable<Need> Of(FunctionCode function) => function.Operations.SelectMany(operation => Of(function, operation));

    private static IEnumerable<Need> Of(FunctionCode function, AwsOperation operation)
    {
        var call = $"{operation.Name} in {string.Join(", ", operation.Callers)}";
        return operation.ToString() switch
        {
            "S3.GetObject" or "S3.GetObjectMetadata" =>
            [
                .. TargetsOf(function, operation).Select(read => new Need("s3:GetObject", read.Target, $"{operation.Name} in {read.Caller}")),
                new Need("s3:ListBucket", Targets.Bucket, NotFoundRight),
                new Need("kms:Decrypt", Targets.ExportKey, $"S3 decrypts for {operation.Name}"),
            ],
            "S3.PutObject" =>
            [
                new Need("s3:PutObject", Targets.Documents, call),
                new Need("kms:GenerateDataKey", Targets.ExportKey, "S3 encrypts for PutObject"),
            ],
            "S3.DeleteObject" => [new Need("s3:DeleteObject", Targets.Documents, call)],
            "S3.ListObjectsV2" => [new Need("s3:ListBucket", Targets.Bucket, call)],
            "RDS.StartExportTask" =>
            [
                new Need("rds:StartExportTask", Targets.Any, call),
                new Need("iam:PassRole", Targets.Any, "StartExportTask hands the export role to RDS"),
                new Need("kms:DescribeKey", Targets.ExportKey, "StartExportTask checks the key"),
                new Need("kms:CreateGrant", Targets.ExportKey, "StartExportTask lets RDS use the key"),
            ],
            "RDS.DescribeExportTasks" or "RDS.DescribeDBSnapshots" or "RDS.DescribeDBClusterSnapshots" => [new Need($"rds:{operation.Name}", Targets.Any, call)],
            "StepFunctions.SendTaskSuccess" or "StepFunctions.SendTaskFailure" or "StepFunctions.StartExecution" or "StepFunctions.ListExecutions" =>
                [new Need($"states:{operation.Name}", Targets.Any, call)],
            "SecretsManager.GetSecretValue" =>
            [
                new Need("secretsmanager:GetSecretValue", Targets.Any, call),
                new Need("kms:Decrypt", Targets.SecretsKey, "Secrets Manager decrypts a secret that has a key of its own", Optional: true),
            ],
            "EventBridge.PutEvents" => [new Need("events:PutEvents", Targets.Any, call)],
            _ => throw new InvalidOperationException(
                $"{function.Id} calls {operation} ({operation.Way}), and {nameof(AwsActions)} does not know which permissions that needs."),
        };
    }

    private static IEnumerable<(string Target, string Caller)> TargetsOf(FunctionCode function, AwsOperation operation)
    {
        foreach (var caller in operation.Callers)
        {
            yield return TargetsOfCallers.TryGetValue(caller, out var target)
                ? (target, caller)
                : throw new InvalidOperationException($"{caller} calls {operation}, and {nameof(AwsActions)} does not know what of the bucket it reads.");
        }

        foreach (var reader in ReadersOfExports.Where(reader => function.Reachable.Methods.Any(method => method.DeclaringType!.Name == reader)))
        {
            yield return (Targets.Exports, reader);
        }
    }
}
