using SnapshotBridge.Aws;
using SnapshotBridge.CopyTable;

namespace SnapshotBridge.IntegrityMatrix;

/// <summary>One invocation of the function with its settings from the environment: what <see cref="VictimProcess"/> kills.</summary>
internal static class Program
{
    public static async Task Main(string[] arguments)
    {
        if (arguments is [LeftReading.Argument, var endpoint, var ssl, var crypto])
        {
            await LeftReading.RunAsync(new Uri(endpoint), ssl, crypto);
            return;
        }

        using var function = new Function(FunctionCopy.Options(Environment.GetEnvironmentVariable), AwsClients.S3(), AwsClients.SecretsManager(), TimeProvider.System);
        await function.HandleAsync(new CopyTableRequest { ExportTaskId = MatrixLab.ExportTask, Batch = 0 }, new SandboxContext());
    }
}
