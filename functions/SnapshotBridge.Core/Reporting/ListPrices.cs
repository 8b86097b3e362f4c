using System.Globalization;

namespace SnapshotBridge.Reporting;

/// <summary>
/// The unit prices of the cost estimate, in US dollars: public list prices without discounts, free tiers and taxes. They are an
/// assumption, and each can be set to what an account really pays.
/// </summary>
public sealed record ListPrices
{
    /// <summary>When the assumption was written down.</summary>
    public const string AsOf = "2026-11";

    private static readonly string[] Names =
        ["rdsExportPerGb", "egressPerGb", "s3GetPer1000", "s3PutPer1000", "kmsPer10000", "lambdaPerGbSecond", "lambdaPerMillion", "transitionsPer1000", "ociRequestsPer10000"];

    /// <summary>RDS snapshot export, per GB of the snapshot, whatever part of it is exported.</summary>
    public decimal RdsExportPerGb { get; init; } = 0.012m;

    /// <summary>From AWS to the internet, per GB, first 10 TB of a month. Null: <see cref="EgressOf"/> the region.</summary>
    public decimal? EgressPerGb { get; init; }

    /// <summary>S3 GET and HEAD, per 1,000.</summary>
    public decimal S3GetPer1000 { get; init; } = 0.0004m;

    /// <summary>S3 PUT and LIST, per 1,000.</summary>
    public decimal S3PutPer1000 { get; init; } = 0.005m;

    /// <summary>KMS requests, per 10,000.</summary>
    public decimal KmsPer10000 { get; init; } = 0.03m;

    /// <summary>Lambda on arm64, per GB-second.</summary>
    public decimal LambdaPerGbSecond { get; init; } = 0.0000133334m;

    /// <summary>Lambda requests, per million.</summary>
    public decimal LambdaPerMillion { get; init; } = 0.20m;

    /// <summary>Step Functions, Standard workflow, state transitions, per 1,000.</summary>
    public decimal TransitionsPer1000 { get; init; } = 0.025m;

    /// <summary>OCI Object Storage requests, per 10,000.</summary>
    public decimal OciRequestsPer10000 { get; init; } = 0.0034m;

    /// <summary>The names of the prices that were set instead of assumed.</summary>
    public IReadOnlySet<string> Own { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>The assumed egress price of an AWS region; regions that are not known are taken like most.</summary>
    public static decimal EgressOf(string region) => region switch
    {
        "ap-southeast-2" => 0.114m,
        _ => 0.09m,
    };

    /// <summary>Reads prices such as <c>egressPerGb=0.02,rdsExportPerGb=0.01</c>; those not named stay as they are assumed.</summary>
    /// <param name="text">The text, or null for none.</param>
    /// <param name="prices">The prices.</param>
    /// <returns>What is wrong with it, or null.</returns>
    public static string? TryParse(string? text, out ListPrices prices)
    {
        prices = new ListPrices();
        var own = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var sign = entry.IndexOf('=', StringComparison.Ordinal);
            var name = sign > 0 ? entry[..sign].Trim() : entry;
            if (sign <= 0 || !Names.Contains(name, StringComparer.Ordinal))
            {
                return $"'{entry}' is not name=price with one of {string.Join(", ", Names)}";
            }

            if (!decimal.TryParse(entry[(sign + 1)..], NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture, out var price) || price > 1000)
            {
                return $"'{entry}' has no price in US dollars from 0 to 1000";
            }

            if (!own.Add(name))
            {
                return $"{name} is there twice";
            }

            prices = prices.With(name, price);
        }

        prices = prices with { Own = own };
        return null;
    }

    private ListPrices With(string name, decimal price) => name switch
    {
        "rdsExportPerGb" => this with { RdsExportPerGb = price },
        "egressPerGb" => this with { EgressPerGb = price },
        "s3GetPer1000" => this with { S3GetPer1000 = price },
        "s3PutPer1000" => this with { S3PutPer1000 = price },
        "kmsPer10000" => this with { KmsPer10000 = price },
        "lambdaPerGbSecond" => this with { LambdaPerGbSecond = price },
        "lambdaPerMillion" => this with { LambdaPerMillion = price },
        "transitionsPer1000" => this with { TransitionsPer1000 = price },
        "ociRequestsPer10000" => this with { OciRequestsPer10000 = price },
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "This is no price."),
    };
}
