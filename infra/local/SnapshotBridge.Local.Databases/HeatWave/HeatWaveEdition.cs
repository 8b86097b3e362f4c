using System.Text.RegularExpressions;

namespace SnapshotBridge.Local.Databases.HeatWave;

/// <summary>Which server the stand-in plays. What an edition does not have fails as on a server that lacks it.</summary>
public sealed partial record HeatWaveEdition
{
    /// <summary>The newest HeatWave, with Lakehouse.</summary>
    public static HeatWaveEdition Newest { get; } = new();

    /// <summary>What <c>@@version</c> and the greeting say: <c>8.0.33-u3-cloud</c> to <c>9.7.0-cloud</c>, or newer.</summary>
    public string Version { get; init; } = "9.7.0-cloud";

    /// <summary>What <c>@@version_comment</c> says.</summary>
    public string VersionComment { get; init; } = "MySQL Enterprise - Cloud";

    /// <summary>Whether there is a HeatWave cluster: <c>sys.heatwave_load</c>, the secondary engine and <c>performance_schema.rpd_*</c>.</summary>
    public bool HasCluster { get; init; } = true;

    /// <summary>Whether Lakehouse is turned on. Without it the storage engine is unknown.</summary>
    public bool HasLakehouse { get; init; } = true;

    /// <summary>HeatWave of a version.</summary>
    public static HeatWaveEdition Of(string version) => new() { Version = version };

    /// <summary>A MySQL server as anybody can install it.</summary>
    public static HeatWaveEdition Community(string version = "8.4.6") =>
        new() { Version = version, VersionComment = "MySQL Community Server - GPL", HasCluster = false, HasLakehouse = false };

    /// <summary>Lists of tables with their files as the first argument of <c>heatwave_load</c>.</summary>
    internal bool HasInputList => Number >= new Version(8, 4, 0);

    internal bool HasTaskApi => HasCluster && Number >= new Version(9, 3, 1);

    internal bool HasExternalTables => Number >= new Version(9, 4, 0);

    /// <summary>Long texts of up to 4,192,192 bytes.</summary>
    internal bool HasWideColumns => Number >= new Version(9, 3, 1);

    /// <summary>Guided Load checks tables before they are loaded, unless a hint or the statement turns it off.</summary>
    internal bool HasGuidedLoad => Number >= new Version(8, 2, 0);

    internal bool HasGuidedClause => Number >= new Version(9, 4, 1);

    internal bool HasMatchByName => Number >= new Version(9, 5, 0);

    internal bool HasMissingColumns => Number >= new Version(9, 5, 2);

    internal bool HasValidateOnly => Number >= new Version(9, 6, 0);

    /// <summary>Servers of 8.0 put everything that the secondary engine says under one number.</summary>
    internal bool HasLakehouseErrors => Number >= new Version(8, 1, 0);

    private Version Number => VersionNumbers().Match(Version) is { Success: true } match
        ? System.Version.Parse(match.Value)
        : throw new ArgumentException($"'{Version}' does not begin with a version of three numbers.");

    /// <summary>The number under which this version tells of a load's error.</summary>
    internal int NumberOf(LakehouseException error) => error.Number is >= 6000 and < 7000 && !HasLakehouseErrors ? 3877 : error.Number;

    [GeneratedRegex(@"^\d+\.\d+\.\d+")]
    private static partial Regex VersionNumbers();
}
