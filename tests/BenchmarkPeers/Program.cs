using System.Globalization;

namespace SnapshotBridge.BenchmarkPeers;

/// <summary>One copy of one set of objects: <c>ours|sdk size:count concurrency destination</c>; the rest comes from the environment.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] arguments)
    {
        if (arguments is not [var peer, var objects, var transfers, var destination])
        {
            await Console.Error.WriteLineAsync("Usage: BenchmarkPeers ours|sdk SIZE:COUNT CONCURRENCY DESTINATION (started by bench.sh copy)");
            return 2;
        }

        var set = ObjectSet.Parse(objects);
        var concurrency = int.Parse(transfers, CultureInfo.InvariantCulture);
        await (peer == "ours" ? OurCopy.RunAsync(set, concurrency) : PlainSdkCopy.RunAsync(set, concurrency, new Uri(destination)));
        return 0;
    }
}
