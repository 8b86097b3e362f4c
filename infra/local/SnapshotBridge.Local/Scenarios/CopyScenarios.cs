using SnapshotBridge.Local.Aws.S3;
using SnapshotBridge.Local.Cloud;
using SnapshotBridge.Local.Oci;

namespace SnapshotBridge.Local.Scenarios;

/// <summary>What can go wrong between S3 and OCI.</summary>
internal static class CopyScenarios
{
    private const string Copy = "CopyTableFunction";

    /// <summary>Of a third of its time and less, the function begins no transfer (CopyTable's InvocationTime): here of a short time.</summary>
    private static readonly TimeSpan ReserveOfCopy = TimeSpan.FromSeconds(15);

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("copy-deadline", "The copy function runs out of time in the middle of an object and resumes from its checkpoint.", async (run, token) =>
        {
            // Some parts pass, and the next hold the function up until it may begin no more: what is under way has then as
            // long to end as ever, however slow the machine is until there.
            var outOfTime = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            run.Cloud.Oci.Faults.Add(new OciFaultAction.Hold(outOfTime.Task), request => request.Operation == OciOperation.UploadPart, times: int.MaxValue, skip: 6);
            var end = run.EndOfAsync(await run.StartAsync(token), token);
            while (!end.IsCompleted && !(run.Cloud.Lambda.TimeLeft(Copy) < ReserveOfCopy))
            {
                await Task.Delay(50, token);
            }

            outOfTime.SetResult();
            var outcome = await end;
            var parts = run.Cloud.Oci.Store.Requests
                .Where(request => request is { Status: 200, Request.Operation: OciOperation.UploadPart })
                .GroupBy(request => (request.Request.UploadId, request.Request.PartNumber))
                .ToList();
            run.Expect(outcome.Succeeded, "the run succeeds");
            run.Expect(run.Watch.Entered.Count(state => state == "CopyTable") > run.Watch.Entered.Count(state => state == "Copied"), "a copy stopped before its deadline and was called again");
            run.Expect(parts.Count > 0 && parts.All(part => part.Count() == 1), $"each of the {parts.Count} parts was sent once");
            return outcome;
        })
        {
            Adjust = options => options with
            {
                PartFileBytes = 20_000_000,
                Timeouts = new Dictionary<string, TimeSpan> { [Copy] = 3 * ReserveOfCopy },
                Settings = With(options.Settings, ("PART_SIZE_MIB", "1"), ("MULTIPART_THRESHOLD_MIB", "1")),
                Parameters = new Dictionary<string, string> { ["BatchBytes"] = "100000000" },
            },
            SizeMb = 40,
        },
        new("copy-sliced", "A file larger than a batch is cut into slices; several copy functions bring it to one upload, which is committed once.", async (run, token) =>
        {
            var outcome = await run.RunAsync(token);
            var requests = run.Cloud.Oci.Store.Requests.Where(request => request.Status == 200).ToList();
            var commits = requests.Where(request => request.Request.Operation == OciOperation.CommitMultipartUpload).GroupBy(request => request.Request.ObjectName).ToList();
            var parts = requests.Where(request => request.Request.Operation == OciOperation.UploadPart).GroupBy(request => (request.Request.UploadId, request.Request.PartNumber)).ToList();
            var batches = run.Watch.Entered.Count(state => state == "Copied");
            run.Expect(outcome.Succeeded, "the run succeeds");
            run.Expect(commits.Count > 0 && commits.All(commit => commit.Count() == 1), $"each of the {commits.Count} objects in parts was committed once");
            run.Expect(parts.Count > 0 && parts.All(part => part.Count() == 1), $"each of the {parts.Count} parts was sent once");
            run.Expect(batches > 2, $"{batches} batches, more than one of them for one file");
            return outcome;
        })
        {
            // The smallest slice that the settings allow, and one file for each table.
            Adjust = options => options with
            {
                PartFileBytes = 400_000_000,
                Settings = With(options.Settings, ("SLICE_BYTES", "33554432")),
                Parameters = new Dictionary<string, string> { ["BatchBytes"] = "33554432" },
            },
            SizeMb = 60,
        },
        new("copy-killed", "A copy function dies in the middle of its work; the retried one resumes.", async (run, token) =>
        {
            // What comes after the first three objects hangs, so that the function is in the middle of its work when it is killed.
            var hanging = run.Cloud.Oci.Faults.Add(
                new OciFaultAction.Delay(Timeout.InfiniteTimeSpan), request => request.Operation is OciOperation.PutObject, times: int.MaxValue, skip: 3);
            var end = run.EndOfAsync(await run.StartAsync(token), token);
            while (!end.IsCompleted && (hanging.Triggered == 0 || run.Cloud.Oci.Store.List(LocalCloud.OciBucket).Count < 3))
            {
                await Task.Delay(50, token);
            }

            // First the fault and then the function: what the retried one sends must not hang.
            run.Cloud.Oci.Faults.Clear();
            run.Cloud.Lambda.KillSandbox(Copy);
            var outcome = await end;
            run.Expect(outcome.Succeeded, "the run succeeds");
            run.Expect(run.Watch.Retries.Any(retry => retry is { State: "CopyTable", Error: "Runtime.ExitError" }), "the killed copy was retried");
            return outcome;
        }),
        new("throttled-destination", "OCI answers 429 and 503 for a while; the copy backs off and ends.", async (run, token) =>
        {
            var throttled = run.Cloud.Oci.Faults.Add(OciFaultAction.TooManyRequests(), Writes, times: 4);
            var unavailable = run.Cloud.Oci.Faults.Add(OciFaultAction.ServiceUnavailable(TimeSpan.FromSeconds(1)), Writes, times: 2, skip: 6);
            var outcome = await run.RunAsync(token);
            run.Expect(outcome.Succeeded, "the run succeeds");
            run.Expect(throttled.Triggered == 4 && unavailable.Triggered == 2, "the destination throttled six times");
            return outcome;
        }),
        new("spurious-bucket-not-found", "OCI answers some valid requests with 404 BucketNotFound; the copy asks again.", async (run, token) =>
        {
            var spurious = run.Cloud.Oci.Faults.Add(OciFaultAction.SpuriousBucketNotFound(), Writes, times: 3);
            var outcome = await run.RunAsync(token);
            run.Expect(outcome.Succeeded, "the run succeeds");
            run.Expect(spurious.Triggered == 3, "three requests got the wrong answer");
            return outcome;
        }),
        new("flipped-byte-source", "One byte changes between S3 and the copy; it is noticed, read again, and the content is right.", async (run, token) =>
        {
            var flipped = run.Cloud.Aws.S3.Faults.FlipByte(1000, ReadsOfOrders);
            var outcome = await run.RunAsync(token);
            run.Expect(flipped.Applied == 1, "one byte was flipped on the way");
            run.Expect(outcome.Succeeded, "the run succeeds");
            return outcome;
        }),
        new("flipped-byte-source-always", "A byte changes on every read of one object; the copy fails naming the object and both checksums.", async (run, token) =>
        {
            run.Cloud.Aws.S3.Faults.FlipByte(1000, ReadsOfOrders, int.MaxValue);
            var outcome = await run.RunAsync(token);
            run.Expect(outcome is { Succeeded: false, Error: "ObjectCorruptedException", State: "CopyTable" }, "the run fails in CopyTable with ObjectCorruptedException");
            run.Expect(outcome.Cause!.Contains("shop.orders", StringComparison.Ordinal), "the message names the object");
            return outcome;
        }),
        new("flipped-byte-destination", "One byte changes before OCI stores it; it is noticed, the object is sent again, and the content is right.", async (run, token) =>
        {
            var flipped = run.Cloud.Oci.Faults.Add(new OciFaultAction.FlipAfterCheck(1000), request => request.Operation == OciOperation.PutObject && IsOrders(request.ObjectName));
            var outcome = await run.RunAsync(token);
            run.Expect(flipped.Triggered == 1, "one byte was flipped before it was stored");
            run.Expect(outcome.Succeeded, "the run succeeds");
            return outcome;
        }),
        new("flipped-byte-destination-always", "One file is stored wrong however often it is sent; the copy fails and leaves no wrong object behind.", async (run, token) =>
        {
            run.Cloud.Oci.Faults.Add(new OciFaultAction.FlipAfterCheck(1000), request => request.Operation == OciOperation.PutObject && IsFirstOfOrders(request.ObjectName), times: int.MaxValue);
            var outcome = await run.RunAsync(token);
            run.Expect(outcome is { Succeeded: false, Error: "ObjectCorruptedException", State: "CopyTable" }, "the run fails in CopyTable with ObjectCorruptedException");

            // Other batches of the table may still be in their calls, as with AWS: what those leave is right.
            run.Expect(!run.Cloud.Oci.Store.List(LocalCloud.OciBucket).Any(stored => IsFirstOfOrders(stored.Name)), "the object is not left at the destination");
            return outcome;
        }),
    ];

    internal static Dictionary<string, string> With(IReadOnlyDictionary<string, string> settings, params (string Name, string Value)[] more)
    {
        var result = new Dictionary<string, string>(settings);
        foreach (var (name, value) in more)
        {
            result.TryAdd(name, value);
        }

        return result;
    }

    private static bool Writes(OciRequestInfo request) => request.Operation is OciOperation.PutObject or OciOperation.UploadPart;

    private static bool IsOrders(string? name) => name?.Contains("/shop.orders/", StringComparison.Ordinal) == true;

    private static bool IsFirstOfOrders(string? name) => IsOrders(name) && name!.Contains("/part-00000-", StringComparison.Ordinal);

    private static bool ReadsOfOrders(S3FaultContext request) =>
        request.Operation == "GetObject" && IsOrders(request.Key) && request.Key.EndsWith(".parquet", StringComparison.Ordinal);
}
