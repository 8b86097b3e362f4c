using SnapshotBridge.Preflight;
using Xunit;

namespace SnapshotBridge.Functions.Tests.Preflight;

/// <summary>What all tests of the functions' checks say.</summary>
internal static class Checks
{
    public const string Id = "0123456789abcdef";

    public static PreflightRequest Request(string? snapshotArn = null) => new() { Id = Id, SnapshotArn = snapshotArn, DestinationPrefix = "landing/" };

    public static PreflightCheck Of(this PreflightAnswer answer, string name) => Assert.Single(answer.Checks, check => check.Name == name);

    public static PreflightCheck AssertFailed(this PreflightAnswer answer, string name, string detail, string remedy)
    {
        var check = answer.Of(name);
        Assert.Equal(PreflightResult.Failed, check.Result);
        Assert.Contains(detail, check.Detail, StringComparison.Ordinal);
        Assert.Contains(remedy, check.Remedy, StringComparison.Ordinal);
        return check;
    }

    /// <summary>Every line of these is ok.</summary>
    public static void AssertOk(this PreflightAnswer answer, params string[] names) => Assert.All(
        names,
        name => Assert.True(answer.Of(name).Result == PreflightResult.Ok, $"{name}: {answer.Of(name)}"));
}
