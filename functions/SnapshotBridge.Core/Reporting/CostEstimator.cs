using SnapshotBridge.Loading;
using SnapshotBridge.Planning;

namespace SnapshotBridge.Reporting;

/// <summary>Reckons what a run cost from what was measured. Pure.</summary>
internal static class CostEstimator
{
    private const decimal Gigabyte = 1_000_000_000m;

    // LoadTables' memory in template.yaml, in GiB.
    private const decimal LoadMemory = 1m;

    private static readonly string[] NotIncluded =
    [
        "the HeatWave cluster and its DB system",
        "storage of the Parquet files in S3 and in OCI Object Storage",
        "a NAT gateway's or private link's charge per GB, where the traffic goes through one",
        "keys, secrets, alarms, metrics and logs, which cost the same whether anything runs or not",
        "free tiers, discounts and taxes",
    ];

    public static CostEstimate Of(CopyPlan plan, LoadState state, LoadInput input, RunFacts facts, DateTimeOffset finishedAt)
    {
        var prices = facts.Prices;
        var region = input.Request.Snapshot.Region;
        var lines = new List<CostLine>();
        var paidEarlier = facts.Export?.StartedAt is { } started && started < input.ExecutionStartTime;
        var (exported, exportSource) = facts.Export?.ExtractedGigabytes is { } extracted and > 0
            ? ((decimal)extracted, "the data that RDS says it read; it bills the snapshot's whole size, which may be more")
            : (plan.Bytes / Gigabyte, "at least the Parquet files; RDS bills the snapshot's whole size, which may be much more");
        Add("RDS snapshot export", paidEarlier ? 0 : exported, "GB", prices.RdsExportPerGb, 1,
            paidEarlier ? "an earlier run made and paid for this export" : exportSource, "rdsExportPerGb", "RDS list price");

        var copy = facts.Copy;
        var (objects, parts, sent) = (copy?.SentObjects ?? 0, copy?.SentParts ?? 0, copy?.SentBytes ?? 0);
        Add("Egress from AWS to OCI", sent / Gigabyte, "GB", prices.EgressPerGb ?? ListPrices.EgressOf(region), 1,
            "bytes sent, repeated parts included", "egressPerGb", "data transfer out to the internet, first 10 TB of a month");
        Add("S3 GET and HEAD requests", (2m * objects) + parts, "requests", prices.S3GetPer1000, 1000,
            "at most two for each object and one for each part", "s3GetPer1000", "S3 Standard list price");
        Add("S3 PUT requests", paidEarlier ? (3m * facts.CopiedBatches) : plan.Objects + plan.Tables.Count + (3m * facts.CopiedBatches), "requests", prices.S3PutPer1000, 1000,
            paidEarlier ? "three documents for each batch" : "RDS's files and markers, and three documents for each batch", "s3PutPer1000", "S3 Standard list price");
        Add("KMS requests", (2m * objects) + parts, "requests", prices.KmsPer10000, 10_000,
            "at most one for each S3 request; almost none where the bucket uses an S3 Bucket Key", "kmsPer10000", "KMS list price");

        // A polling function is paid only while it runs: the whole span is the most that it can be.
        var loadSeconds = (decimal)Math.Max(0, (finishedAt - (state.BegunAt ?? finishedAt)).TotalSeconds);
        Add("Lambda compute", Math.Round((decimal)(copy?.GibibyteSeconds ?? 0) + (loadSeconds * LoadMemory), 3), "GB-seconds", prices.LambdaPerGbSecond, 1,
            "the copy as measured, and the load as if one function of 1,024 MB had run all the time, which is the most", "lambdaPerGbSecond", "Lambda arm64 list price");
        Add("Lambda requests", (copy?.Invocations ?? 0) + 4m, "requests", prices.LambdaPerMillion, 1_000_000,
            "the copy's invocations and one of each other function", "lambdaPerMillion", "Lambda list price");
        if (plan.Orchestration is { } orchestration)
        {
            Add("Step Functions state transitions", orchestration.Transitions, "transitions", prices.TransitionsPer1000, 1000,
                "as planned, without retries and polling", "transitionsPer1000", "Standard workflow list price");
        }

        Add("OCI Object Storage requests", (3m * objects) + parts, "requests", prices.OciRequestsPer10000, 10_000,
            "at most three for each object and one for each part", "ociRequestsPer10000", "OCI list price");
        return new CostEstimate
        {
            Total = lines.Sum(line => line.Amount),
            PricesAsOf = ListPrices.AsOf,
            Region = region,
            Lines = lines,
            NotIncluded = NotIncluded,
        };

        void Add(string item, decimal quantity, string unit, decimal price, int per, string quantitySource, string name, string priceSource) =>
            lines.Add(new CostLine(
                item, quantity, unit, price, per, Math.Round(quantity * price / per, 6), quantitySource,
                prices.Own.Contains(name) ? $"set by the deployment ({name})" : $"{priceSource}, assumed"));
    }
}
