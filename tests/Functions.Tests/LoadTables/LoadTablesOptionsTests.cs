using SnapshotBridge.Configuration;
using SnapshotBridge.Loading;
using SnapshotBridge.LoadTables;
using Xunit;

namespace SnapshotBridge.Functions.Tests.LoadTables;

public sealed class LoadTablesOptionsTests
{
    private static readonly Dictionary<string, string> Complete = new()
    {
        ["AWS_REGION"] = "eu-central-1",
        ["EXPORT_BUCKET"] = "exports",
        ["OCI_REGION"] = "eu-frankfurt-1",
        ["OCI_BUCKET"] = "snapshots",
        ["OCI_SECRET_ID"] = "oci",
        ["HEATWAVE_HOST"] = "10.0.1.7",
        ["HEATWAVE_SECRET_ID"] = "heatwave",
    };

    [Fact]
    public void Read_OnlyWhatIsRequired_TakesTheDefaults()
    {
        var options = Read();

        Assert.Equal(new Uri("https://objectstorage.eu-frankfurt-1.oraclecloud.com"), options.OciEndpoint);
        Assert.False(options.OciEndpointIsCustom);
        Assert.Null(options.OciNamespace);
        Assert.Equal((3306u, HeatWaveSslMode.VerifyFull), (options.HeatWavePort, options.HeatWaveSslMode));
        Assert.Equal((LoadMode.Auto, TimeSpan.FromHours(24)), (options.Settings.Mode, options.Settings.Defaults.ParLifetime));
    }

    [Fact]
    public void Read_Nothing_NamesEverythingThatIsMissing()
    {
        var exception = Assert.Throws<InvalidOptionsException>(() => LoadTablesOptions.Read(new EnvironmentReader(_ => null)));

        Assert.Equal(Complete.Count, exception.Problems.Count);
        Assert.All(Complete.Keys, name => Assert.Contains($"{name} is not set", exception.Problems));
    }

    [Theory]
    [InlineData("OCI_REGION", "frankfurt")]
    [InlineData("OCI_ENDPOINT", "objectstorage.example")]
    [InlineData("OCI_ENDPOINT", "https://host/path")]
    [InlineData("HEATWAVE_PORT", "0")]
    [InlineData("HEATWAVE_PORT", "mysql")]
    [InlineData("HEATWAVE_SSL_MODE", "Verify")]
    [InlineData("HEATWAVE_CA_FILE", "/no/such/file.pem")]
    [InlineData("PAR_HOURS", "0")]
    [InlineData("PAR_HOURS", "169")]
    [InlineData("LOAD_MODE", "task")]
    [InlineData("EVENT_BUS", "my bus")]
    [InlineData("EVENT_BUS", "arn:aws:events:eu-central-1:123456789012:rule/x")]
    public void Read_WrongValue_IsNamedWithIt(string name, string value) =>
        Assert.Contains($"{name} is '{value}'", Assert.Single(Assert.Throws<InvalidOptionsException>(() => Read((name, value))).Problems), StringComparison.Ordinal);

    [Theory]
    [InlineData("verifyca", HeatWaveSslMode.VerifyCA)]
    [InlineData("Required", HeatWaveSslMode.Required)]
    [InlineData("Preferred", HeatWaveSslMode.Preferred)]
    [InlineData("none", HeatWaveSslMode.None)]
    public void Read_SslMode_TakesEveryName(string text, HeatWaveSslMode mode) => Assert.Equal(mode, Read(("HEATWAVE_SSL_MODE", text)).HeatWaveSslMode);

    [Fact]
    public void Read_Endpoint_OverridesTheRegions()
    {
        var options = Read(("OCI_ENDPOINT", "http://127.0.0.1:9000"));

        Assert.Equal((new Uri("http://127.0.0.1:9000"), true), (options.OciEndpoint, options.OciEndpointIsCustom));
    }

    private static LoadTablesOptions Read(params (string Name, string Value)[] more)
    {
        var variables = new Dictionary<string, string>(Complete);
        foreach (var (name, value) in more)
        {
            variables[name] = value;
        }

        return LoadTablesOptions.Read(new EnvironmentReader(variables.GetValueOrDefault));
    }
}
