using SnapshotBridge.Loading;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading;

public sealed class HeatWaveErrorsTests
{
    [Theory]
    [InlineData(1045, HeatWaveErrorKind.AccessDenied)]
    [InlineData(1698, HeatWaveErrorKind.AccessDenied)]
    [InlineData(1044, HeatWaveErrorKind.GrantMissing)]
    [InlineData(1142, HeatWaveErrorKind.GrantMissing)]
    [InlineData(1227, HeatWaveErrorKind.GrantMissing)]
    [InlineData(1370, HeatWaveErrorKind.GrantMissing)]
    [InlineData(1213, HeatWaveErrorKind.Contended)]
    [InlineData(1317, HeatWaveErrorKind.Interrupted)]
    [InlineData(0, HeatWaveErrorKind.Unavailable)]
    [InlineData(-1, HeatWaveErrorKind.Unavailable)]
    [InlineData(1042, HeatWaveErrorKind.Unavailable)]
    [InlineData(1053, HeatWaveErrorKind.Unavailable)]
    [InlineData(1160, HeatWaveErrorKind.Unavailable)]
    [InlineData(2013, HeatWaveErrorKind.Unavailable)]
    [InlineData(1146, HeatWaveErrorKind.Statement)]
    [InlineData(3889, HeatWaveErrorKind.Statement)]
    public void Kind_KnownNumbers_AreDecided(int number, HeatWaveErrorKind kind) => Assert.Equal(kind, HeatWaveErrors.Kind(number));
}
