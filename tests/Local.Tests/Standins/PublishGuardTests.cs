using System.Diagnostics;
using Xunit;

namespace SnapshotBridge.Local.Tests.Standins;

public sealed class PublishGuardTests
{
    public static TheoryData<string> Functions => ["StartExport", "ExportMarker", "PlanCopy", "CopyTable", "LoadTables"];

    [Theory]
    [MemberData(nameof(Functions))]
    public async Task Publish_WithStandIns_IsRefused(string function)
    {
        var (status, output) = await PreparePublishAsync(
            function, "-p:VendorPackages=standins", "-p:Configuration=Release", "-p:RuntimeIdentifier=linux-arm64", "-p:SelfContained=false");

        Assert.NotEqual(0, status);
        Assert.Contains("error SB0001", output, StringComparison.Ordinal);
        Assert.Contains($"{function} was built with stand-ins", output, StringComparison.Ordinal);
        Assert.Contains("-p:VendorPackages=registry", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publish_WithTheVendorsPackages_IsNotRefused()
    {
        var (_, output) = await PreparePublishAsync("StartExport", "-p:VendorPackages=registry");

        Assert.DoesNotContain("SB0001", output, StringComparison.Ordinal);
    }

    /// <summary>The step of a publish that the guard precedes; nothing is built or written.</summary>
    private static async Task<(int Status, string Output)> PreparePublishAsync(string function, params string[] properties)
    {
        var project = Path.Combine(Root(), "functions", function, function + ".csproj");
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        var folder = Directory.CreateTempSubdirectory("sb-publish-").FullName;
        foreach (var argument in (string[])["msbuild", project, "-nologo", "-t:PrepareForPublish", .. properties, $"-p:PublishDir={folder}/"])
            start.ArgumentList.Add(argument);

        using var process = Process.Start(start)!;
        var cancellationToken = TestContext.Current.CancellationToken;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        Directory.Delete(folder, recursive: true);
        return (process.ExitCode, await output + await error);
    }

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "SnapshotBridge.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException("The tests do not run from a checkout's artifacts folder.");
    }
}
