using System.Text.Json.Serialization;

namespace SnapshotBridge.Requests;

/// <summary>Where the tables' column types come from.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TypeMode>))]
public enum TypeMode
{
    /// <summary>Declared from the source's types: two snapshots of one table give the same columns.</summary>
    [JsonStringEnumMemberName("faithful")]
    Faithful,

    /// <summary>What heatwave_load infers from a sample of the data.</summary>
    [JsonStringEnumMemberName("inferred")]
    Inferred,
}

/// <summary>How loaded tables reach their readers.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PublishMode>))]
public enum PublishMode
{
    /// <summary>Into the target schema itself: a table is away while it is loaded anew.</summary>
    [JsonStringEnumMemberName("replace")]
    Replace,

    /// <summary>Into a versioned schema; views in the target schema are switched to it once everything in it is verified.</summary>
    [JsonStringEnumMemberName("swap")]
    Swap,
}

/// <summary>What is compared between the export and HeatWave.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<VerifyMode>))]
public enum VerifyMode
{
    /// <summary>Rows and columns.</summary>
    [JsonStringEnumMemberName("rows")]
    Rows,

    /// <summary>Also null counts, minima and maxima of every column whose Parquet footers carry them: one scan per table.</summary>
    [JsonStringEnumMemberName("statistics")]
    Statistics,
}

/// <summary>What becomes of the PAR once the tables are loaded.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ParAfterLoad>))]
public enum ParAfterLoad
{
    /// <summary>It is removed when nothing loads through it any more. HeatWave cannot read the files again after a restart that lost its own copy.</summary>
    [JsonStringEnumMemberName("remove")]
    Remove,

    /// <summary>It stays until it expires, so that HeatWave can read the files again until then.</summary>
    [JsonStringEnumMemberName("keep")]
    Keep,
}
