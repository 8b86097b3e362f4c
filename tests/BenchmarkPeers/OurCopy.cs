using System.Globalization;
using Amazon.Lambda.Core;
using SnapshotBridge.Aws;
using SnapshotBridge.Configuration;
using SnapshotBridge.CopyTable;

namespace SnapshotBridge.BenchmarkPeers;

/// <summary>
/// The child process that is us: the deployed function with its settings from the environment, invoked batch after
/// batch in one warm sandbox, with the one difference that the number of transfers at a time is given.
/// </summary>
internal static class OurCopy
{
    public static async Task RunAsync(ObjectSet set, int concurrency)
    {
        var options = CopyTableOptions.Read(EnvironmentReader.Process());
        options = options with { Limits = options.Limits with { MaxWorkers = concurrency } };
        using var function = new Function(options, AwsClients.S3(), AwsClients.SecretsManager(), TimeProvider.System);
        var start = Environment.CpuUsage.TotalTime;
        var bytes = 0L;
        foreach (var batch in set.Batches())
        {
            var result = await function.HandleAsync(new CopyTableRequest { ExportTaskId = set.TaskId, Batch = batch.Batch }, new Context());
            if (!result.Done)
            {
                throw new InvalidOperationException($"Batch {batch.Batch} ended with {result.RemainingObjects} objects left.");
            }

            bytes += result.SentBytes;
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes sent; {start.TotalSeconds:F2} s of processor time before the first batch"));
    }

    /// <summary>A sandbox with all of Lambda's fifteen minutes; warnings and errors go to standard error.</summary>
    private sealed class Context : ILambdaContext, ILambdaLogger
    {
        public string AwsRequestId => "benchmark";

        public IClientContext ClientContext => null!;

        public string FunctionName => "CopyTable";

        public string FunctionVersion => "$LATEST";

        public ICognitoIdentity Identity => null!;

        public string InvokedFunctionArn => "arn:aws:lambda:us-east-1:123456789012:function:CopyTable";

        public ILambdaLogger Logger => this;

        public string LogGroupName => "/aws/lambda/CopyTable";

        public string LogStreamName => "benchmark";

        public int MemoryLimitInMB => 1024;

        public TimeSpan RemainingTime => TimeSpan.FromMinutes(15);

        public void Log(string message) => LogLine(message);

        public void LogLine(string message) => Console.Error.WriteLine(message);
    }
}
