using Amazon.RDS;
using Amazon.StepFunctions;
using SnapshotBridge.Aws;

namespace SnapshotBridge.Exports;

/// <summary>Creates the clients of RDS and Step Functions from the SDK's own environment.</summary>
public static class ExportClients
{
    public static AmazonRDSClient Rds() => new(AwsClients.Configure(new AmazonRDSConfig()));

    public static AmazonStepFunctionsClient StepFunctions() => new(AwsClients.Configure(new AmazonStepFunctionsConfig()));
}
