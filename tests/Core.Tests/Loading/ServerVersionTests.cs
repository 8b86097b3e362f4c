using SnapshotBridge.Loading;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading;

public sealed class ServerVersionTests
{
    [Theory]
    [InlineData("8.0.33-u2-cloud", false, LoadCallForm.ExternalTables, false, SecondaryLoadForm.Plain, false, false, false)]
    [InlineData("8.0.33-u3-cloud", true, LoadCallForm.ExternalTables, false, SecondaryLoadForm.Plain, false, false, false)]
    [InlineData("8.1.0-cloud", true, LoadCallForm.ExternalTables, false, SecondaryLoadForm.Plain, false, false, false)]
    [InlineData("8.2.0-cloud", true, LoadCallForm.ExternalTables, false, SecondaryLoadForm.Hint, false, false, false)]
    [InlineData("8.3.0-u2-cloud", true, LoadCallForm.ExternalTables, false, SecondaryLoadForm.Hint, false, false, false)]
    [InlineData("8.4.0-u1-cloud", true, LoadCallForm.InputList, false, SecondaryLoadForm.Hint, false, false, false)]
    [InlineData("9.0.0-cloud", true, LoadCallForm.InputList, false, SecondaryLoadForm.Hint, false, false, false)]
    [InlineData("9.3.0-cloud", true, LoadCallForm.InputList, false, SecondaryLoadForm.Hint, false, false, false)]
    [InlineData("9.3.1-cloud", true, LoadCallForm.InputList, false, SecondaryLoadForm.Hint, true, false, false)]
    [InlineData("9.4.0-cloud", true, LoadCallForm.InputList, true, SecondaryLoadForm.Hint, true, false, false)]
    [InlineData("9.4.1-cloud", true, LoadCallForm.InputList, true, SecondaryLoadForm.GuidedOff, true, false, false)]
    [InlineData("9.5.0-cloud", true, LoadCallForm.InputList, true, SecondaryLoadForm.GuidedOff, true, true, false)]
    [InlineData("9.5.2-cloud", true, LoadCallForm.InputList, true, SecondaryLoadForm.GuidedOff, true, true, true)]
    [InlineData("9.6.0-cloud", true, LoadCallForm.InputList, true, SecondaryLoadForm.GuidedOff, true, true, true)]
    [InlineData("9.7.0-u1-cloud", true, LoadCallForm.InputList, true, SecondaryLoadForm.GuidedOff, true, true, true)]
    [InlineData("10.1.0-cloud", true, LoadCallForm.InputList, true, SecondaryLoadForm.GuidedOff, true, true, true)]
    [InlineData("11.0", true, LoadCallForm.InputList, true, SecondaryLoadForm.GuidedOff, true, true, true)]
    public void Parse_Version_DecidesWhatTheServerCan(
        string text, bool lakehouse, LoadCallForm call, bool external, SecondaryLoadForm load, bool tasks, bool byName, bool missingColumns)
    {
        var version = ServerVersion.Parse(text, "host:3306");

        Assert.Equal(
            (lakehouse, call, external, load, tasks, byName, missingColumns),
            (version.HasLakehouse, version.CallForm, version.HasExternalTables, version.LoadForm, version.HasTaskApi, version.MatchesColumnsByName, version.HasMissingColumnsOption));
    }

    [Theory]
    [InlineData("8.0.33-u3-cloud", 65_532, false, false, false)]
    [InlineData("9.0.1-cloud", 65_532, false, false, false)]
    [InlineData("9.0.1-u1-cloud", 65_532, true, false, false)]
    [InlineData("9.2.2-cloud", 65_532, true, true, false)]
    [InlineData("9.3.1-cloud", 4_192_192, true, true, false)]
    [InlineData("9.6.0-cloud", 4_192_192, true, true, true)]
    [InlineData("12.0.0-cloud", 4_192_192, true, true, true)]
    public void Parse_Version_KnowsItsLimits(string text, int longText, bool maxErrorCount, bool summaries, bool nested)
    {
        var version = ServerVersion.Parse(text, "host:3306");

        Assert.Equal(longText, version.MaxLongTextBytes);
        Assert.Equal((maxErrorCount, summaries, nested), (version.HonoursMaxErrorCount, version.SummarizesWarnings, version.LoadsNestedColumns));
    }

    [Theory]
    [InlineData("9.7", 9, 7, 0, 0)]
    [InlineData("8.0.33-u3-cloud", 8, 0, 33, 3)]
    [InlineData("9.4.1-U12-CLOUD", 9, 4, 1, 12)]
    [InlineData("9.4.1-ubuntu", 9, 4, 1, 0)]
    public void Parse_Text_ReadsItsNumbers(string text, int major, int minor, int patch, int update) =>
        Assert.Equal(new Version(major, minor, patch, update), ServerVersion.Parse(text, "host:3306").Number);

    [Theory]
    [InlineData("")]
    [InlineData("cloud")]
    [InlineData("8")]
    public void Parse_SomethingElse_NamesItAndTheServer(string text)
    {
        var exception = Assert.Throws<HeatWaveNotAvailableException>(() => ServerVersion.Parse(text, "host:3306"));

        Assert.Contains("host:3306", exception.Message, StringComparison.Ordinal);
        Assert.Contains($"'{text}'", exception.Message, StringComparison.Ordinal);
    }
}
