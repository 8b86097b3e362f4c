using System.Text.Json.Nodes;
using SnapshotBridge.Deployment.Tests.Code;
using SnapshotBridge.Deployment.Tests.Kit;

namespace SnapshotBridge.Deployment.Tests.Permissions;

/// <summary>What each role is needed for: by code, by a setting in the template, or by a state in the definition.</summary>
internal static class PlatformNeeds
{
    /// <summary>A function's role: its code's calls, and what Lambda does with the role.</summary>
    public static IEnumerable<Need> OfFunction(string id) =>
    [
        .. AwsActions.Of(FunctionCode.Of(id)),
        .. All("logs", ["CreateLogStream", "PutLogEvents"], "Lambda writes the function's log"),
        .. SamTemplate.Text(Setting(id, "Tracing")) == "Active" ? All("xray", ["PutTraceSegments", "PutTelemetryRecords"], "active tracing") : [],
        .. Setting(id, "EventInvokeConfig")?["DestinationConfig"]?["OnFailure"] is not null ? All("sqs", ["SendMessage"], "Lambda keeps an event that failed each time") : [],
        // AWS Lambda Developer Guide, "Giving Lambda functions access to resources in an Amazon VPC".
        .. Setting(id, "VpcConfig") is null ? [] : All(
            "ec2",
            ["CreateNetworkInterface", "DescribeNetworkInterfaces", "DescribeSubnets", "DeleteNetworkInterface", "AssignPrivateIpAddresses", "UnassignPrivateIpAddresses"],
            "Lambda makes and removes the function's network interfaces in a VPC"),
    ];

    /// <summary>The state machine's role, from its states and its settings.</summary>
    public static IEnumerable<Need> OfStateMachine()
    {
        var settings = StateMachineWiring.Machine.Properties;
        return
        [
            .. All("lambda", ["InvokeFunction"], $"the Task states {string.Join(", ", ShippedMachine.Tasks.Select(task => task.Name))}"),
            .. ShippedMachine.States.Where(state => IsDistributed(state.Body)).SelectMany(state => OfMap(state.Name, state.Body)),
            // AWS Step Functions Developer Guide, "Logging in CloudWatch Logs".
            .. settings["Logging"] is null ? [] : All(
                "logs",
                ["CreateLogDelivery", "GetLogDelivery", "UpdateLogDelivery", "DeleteLogDelivery", "ListLogDeliveries", "PutResourcePolicy", "DescribeResourcePolicies", "DescribeLogGroups"],
                "Step Functions delivers the executions' log"),
            // AWS Step Functions Developer Guide, "Trace Step Functions request data in AWS X-Ray".
            .. SamTemplate.Text(settings["Tracing"]?["Enabled"]) == "true"
                ? All("xray", ["PutTraceSegments", "PutTelemetryRecords", "GetSamplingRules", "GetSamplingTargets"], "tracing")
                : [],
        ];
    }

    /// <summary>The role that RDS assumes. Its actions are RDS's documented list, which RDS checks before it starts.</summary>
    public static IEnumerable<Need> OfExportRole() =>
    [
        // Amazon RDS User Guide, "Setting up access to an Amazon S3 bucket": the families are its own.
        new Need("s3:PutObject*", Targets.Exports, "RDS writes the export"),
        new Need("s3:GetObject*", Targets.Exports, "RDS checks what it wrote"),
        new Need("s3:DeleteObject*", Targets.Exports, "RDS removes what it wrote for a test"),
        new Need("s3:AbortMultipartUpload", Targets.Exports, "RDS ends a broken upload"),
        new Need("s3:ListBucket", Targets.Bucket, "RDS checks the bucket"),
        new Need("s3:GetBucketLocation", Targets.Bucket, "RDS checks that the bucket is in its Region"),
        .. All(
            "kms",
            ["Encrypt", "Decrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo", "DescribeKey", "CreateGrant", "RetireGrant"],
            "RDS encrypts the export with its key",
            Targets.ExportKey),
    ];

    /// <summary>The role with which EventBridge Scheduler calls its target.</summary>
    public static IEnumerable<Need> OfSchedule() =>
    [
        .. All("lambda", ["InvokeFunction"], "the schedule calls its function"),
        .. All("sqs", ["SendMessage"], "the schedule keeps a call that could not be delivered"),
    ];

    private static bool IsDistributed(JsonObject state) =>
        SamTemplate.Text(state["ItemProcessor"]?["ProcessorConfig"]?["Mode"]) == "DISTRIBUTED";

    private static IEnumerable<Need> OfMap(string name, JsonObject state)
    {
        yield return new Need("states:StartExecution", Targets.Any, $"{name} starts its children");
        yield return new Need("states:DescribeExecution", Targets.Any, $"{name} watches its children");
        yield return new Need("states:StopExecution", Targets.Any, $"{name} stops its children when one has failed");
        yield return new Need("states:RedriveExecution", Targets.Any, $"{name} starts failed children again when the run is redriven");
        if (SamTemplate.Text(state["ItemReader"]?["Resource"]) == "arn:aws:states:::s3:getObject")
        {
            yield return new Need("s3:GetObject", Targets.Documents, $"{name} reads the list of batches");
            yield return new Need("kms:Decrypt", Targets.ExportKey, $"S3 decrypts it for {name}");
        }
    }

    private static IEnumerable<Need> All(string service, IEnumerable<string> actions, string reason, string target = Targets.Any) =>
        actions.Select(action => new Need($"{service}:{action}", target, reason));

    private static JsonNode? Setting(string id, string name) => SamTemplate.Shipped.Properties(id)[name] ?? SamTemplate.Shipped.FunctionGlobals[name];
}
