using SnapshotBridge.Aws;

namespace SnapshotBridge.BenchmarkPeers;

/// <summary>
/// The child process that is the plain way: the SDK's stream of each object as the body of one unsigned PUT, with no
/// checksum of its own, no parts, no resume.
/// </summary>
internal static class PlainSdkCopy
{
    public static async Task RunAsync(ObjectSet set, int concurrency, Uri destination)
    {
        using var s3 = AwsClients.S3();
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = concurrency };
        await Parallel.ForEachAsync(Enumerable.Range(0, set.Count), parallel, async (index, cancellationToken) =>
        {
            using var source = await s3.GetObjectAsync(ObjectSet.SourceBucket, set.Key(index), cancellationToken);
            var target = new Uri(destination, $"/n/benchmark/b/{ObjectSet.DestinationBucket}/o/{Uri.EscapeDataString(set.DestinationName(index))}");
            using var content = new StreamContent(source.ResponseStream, bufferSize: 128 * 1024);
            content.Headers.ContentLength = source.ContentLength;
            using var answer = await http.PutAsync(target, content, cancellationToken);
            answer.EnsureSuccessStatusCode();
        });
    }
}
