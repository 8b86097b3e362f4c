using SnapshotBridge.Loading;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading;

public sealed class ServerVersionTests
{
    [Theory]
    [InlineData("8.0.33-u3-cloud", LoadCallForm.ExternalTables)]
    [InlineData("8.3.0-cloud", LoadCallForm.ExternalTables)]
    [InlineData("8.4.0-u1-cloud", LoadCallForm.InputList)]
    [InlineData("9.4.1-cloud", LoadCallForm.InputList)]
    [InlineData("11.0.0-cloud", LoadCallForm.InputList)]
    [InlineData("10.11.19-MariaDB-0+deb12u1", LoadCallForm.InputList)]
    [InlineData("5.5.68-MariaDB", LoadCallForm.InputList)]
    public void Parse_KnownShapes_ChooseTheForm(string text, LoadCallForm form) =>
        Assert.Equal(form, ServerVersion.Parse(text, "host:3306").CallForm);

    [Fact]
    public void Parse_TwoNumbers_IsAVersion() => Assert.Equal(new Version(9, 7, 0), ServerVersion.Parse("9.7", "host:3306").Number);

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
