using System.Text.Json.Serialization;

namespace SnapshotBridge.Reporting;

/// <summary>A stage of a run.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RunStage>))]
public enum RunStage
{
    /// <summary>RDS writes the snapshot's tables to S3.</summary>
    [JsonStringEnumMemberName("export")]
    Export,

    /// <summary>The files are listed and cut into batches.</summary>
    [JsonStringEnumMemberName("plan")]
    Plan,

    /// <summary>The files go from S3 to OCI.</summary>
    [JsonStringEnumMemberName("copy")]
    Copy,

    /// <summary>HeatWave loads the tables, and each is checked.</summary>
    [JsonStringEnumMemberName("load")]
    Load,

    /// <summary>Column statistics are compared: table by table, within the load.</summary>
    [JsonStringEnumMemberName("statistics")]
    Statistics,

    /// <summary>The readers' views are switched.</summary>
    [JsonStringEnumMemberName("publish")]
    Publish,
}

/// <summary>One stage: when, how much, how fast. What is not known is null.</summary>
public sealed record StageReport
{
    public required RunStage Stage { get; init; }

    /// <summary>True when an earlier run had done it, so that its time is not this run's.</summary>
    public bool Earlier { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>From start to end, in seconds, to the millisecond.</summary>
    public double? Seconds { get; init; }

    public long? Bytes { get; init; }

    public long? Objects { get; init; }

    public long? Rows { get; init; }

    /// <summary>Decimal megabytes per second, to three places.</summary>
    public double? MegabytesPerSecond { get; init; }

    /// <summary>Rows per second, to three places.</summary>
    public double? RowsPerSecond { get; init; }

    /// <summary>What else there is to say.</summary>
    public string? Note { get; init; }

    /// <summary>With the time that it took and the speeds that follow from it.</summary>
    internal StageReport Timed()
    {
        if (StartedAt is not { } started || EndedAt is not { } ended || ended < started)
        {
            return this;
        }

        var seconds = (ended - started).TotalSeconds;
        return this with
        {
            Seconds = Math.Round(seconds, 3),
            MegabytesPerSecond = seconds > 0 && Bytes is { } bytes ? Math.Round(bytes / 1e6 / seconds, 3) : null,
            RowsPerSecond = seconds > 0 && Rows is { } rows ? Math.Round(rows / seconds, 3) : null,
        };
    }
}
