using System.Globalization;
using System.Text.RegularExpressions;

namespace SnapshotBridge.Loading;

/// <summary>Which arguments <c>sys.heatwave_load</c> takes.</summary>
public enum LoadCallForm
{
    /// <summary>Before 8.4.0: a list of schemas, and the files in the option <c>external_tables</c>.</summary>
    ExternalTables,

    /// <summary>From 8.4.0: one list with each table's <c>engine_attribute</c>.</summary>
    InputList,
}

/// <summary>How a declared table is loaded without Guided Load, which may change declared types to the inferred ones.</summary>
public enum SecondaryLoadForm
{
    /// <summary>Before 8.2.0, which has no Guided Load.</summary>
    Plain,

    /// <summary>8.2.0 to 9.4.0: an optimizer hint.</summary>
    Hint,

    /// <summary>From 9.4.1: a clause of the statement.</summary>
    GuidedOff,
}

/// <summary>
/// A server's version, and what follows from it (HeatWave User Guide and HeatWave Release Notes of the versions named).
/// A version newer than all of them takes the newest forms.
/// </summary>
/// <param name="Text">As the server says it.</param>
/// <param name="Number">Its numbers; the fourth is the update, the <c>3</c> of <c>8.0.33-u3-cloud</c>.</param>
public sealed partial record ServerVersion(string Text, Version Number)
{
    /// <summary>Reads <c>@@version</c>, such as <c>9.4.1-u1-cloud</c>.</summary>
    /// <exception cref="HeatWaveNotAvailableException">The text does not begin with a version.</exception>
    public static ServerVersion Parse(string text, string server)
    {
        var match = Shape().Match(text);
        if (!match.Success)
        {
            throw new HeatWaveNotAvailableException(server, $"it says that its version is '{text}', which is no MySQL version");
        }

        int Part(string name) => match.Groups[name].Success ? int.Parse(match.Groups[name].Value, CultureInfo.InvariantCulture) : 0;
        return new ServerVersion(text, new Version(Part("major"), Part("minor"), Part("patch"), Part("update")));
    }

    /// <summary>HeatWave's own builds end so (MySQL Shell's plugins tell them apart by it).</summary>
    public bool IsCloud => Text.EndsWith("-cloud", StringComparison.OrdinalIgnoreCase);

    /// <summary>The first version with Lakehouse for Parquet.</summary>
    public bool HasLakehouse => IsAtLeast(8, 0, 33, 3);

    public LoadCallForm CallForm => IsAtLeast(8, 4, 0) ? LoadCallForm.InputList : LoadCallForm.ExternalTables;

    /// <summary><c>CREATE EXTERNAL TABLE</c>; before, the engines are named.</summary>
    public bool HasExternalTables => IsAtLeast(9, 4, 0);

    public SecondaryLoadForm LoadForm =>
        IsAtLeast(9, 4, 1) ? SecondaryLoadForm.GuidedOff : IsAtLeast(8, 2, 0) ? SecondaryLoadForm.Hint : SecondaryLoadForm.Plain;

    /// <summary>The procedures of <c>mysql_tasks</c>, where they are installed.</summary>
    public bool HasTaskApi => IsAtLeast(9, 3, 1);

    /// <summary><c>match_columns_by</c>; before, columns match by their order.</summary>
    public bool MatchesColumnsByName => IsAtLeast(9, 5, 0);

    /// <summary><c>allow_missing_columns</c>.</summary>
    public bool HasMissingColumnsOption => IsAtLeast(9, 5, 2);

    /// <summary>Nested Parquet columns load as JSON; before, they do not load.</summary>
    public bool LoadsNestedColumns => IsAtLeast(9, 6, 0);

    /// <summary>A load keeps as many messages as <c>max_error_count</c> says; before, 100.</summary>
    public bool HonoursMaxErrorCount => IsAtLeast(9, 0, 1, 1);

    /// <summary>Messages that were not kept are counted by message 6434.</summary>
    public bool SummarizesWarnings => IsAtLeast(9, 2, 2);

    /// <summary>HeatWave User Guide, "Lakehouse Limitations", as the other limits here.</summary>
    public const int MaxColumns = 1017;

    /// <summary>The longest CHAR or VARCHAR, in bytes.</summary>
    public const int MaxCharacterBytes = 65_532;

    /// <summary>The longest MEDIUMTEXT, LONGTEXT or JSON, in bytes; wide columns came with 9.3.1.</summary>
    public int MaxLongTextBytes => IsAtLeast(9, 3, 1) ? 4_192_192 : 65_532;

    /// <summary>The longest row, in bytes.</summary>
    public const int MaxRowBytes = 4 * 1024 * 1024;

    public override string ToString() => Text;

    private bool IsAtLeast(int major, int minor, int patch, int update = 0) => Number >= new Version(major, minor, patch, update);

    [GeneratedRegex(@"^(?<major>\d{1,3})\.(?<minor>\d{1,3})(?:\.(?<patch>\d{1,3}))?(?:-u(?<update>\d{1,3})\b)?", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Shape();
}
