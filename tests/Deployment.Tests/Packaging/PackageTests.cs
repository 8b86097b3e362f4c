using System.Security.Cryptography;
using SnapshotBridge.Deployment.Tests.Kit;

namespace SnapshotBridge.Deployment.Tests.Packaging;

/// <summary>
/// What <c>infra/package.sh</c> makes. It is made with stand-ins, in a copy of the checkout, because not every registry
/// holds the vendors' packages; nothing but those differs in what is deployed.
/// </summary>
public sealed class PackageTests
{
    private const string Mark = "STANDINS-NEVER-DEPLOY";
    private static readonly string[] Functions = ["CopyTable", "ExportMarker", "LoadTables", "PlanCopy", "StartExport"];

    // Enough to see what a change reaches: publishing is the slowest thing that these tests do.
    private static readonly string[] PackagedAgain = ["CopyTable", "StartExport"];

    private static CancellationToken End => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Package_AfterAChangeInCore_IsNewForEveryFunction()
    {
        Assert.SkipUnless(ExternalTool.Exists("bash"), "bash is not installed.");
        var checkout = CopyOfTheCheckout();
        try
        {
            var before = await PackageAsync(checkout);
            AssertHoldsTheProductAlone(checkout);
            await File.AppendAllTextAsync(
                Path.Combine(checkout, "functions", "SnapshotBridge.Core", "Errors", "BridgeException.cs"),
                "\ninternal static class AChange { public const int Number = 1; }\n",
                End);
            KeepOnlyWhatIsPackagedAgain(Path.Combine(checkout, "template.yaml"));
            var after = await PackageAsync(checkout);

            // One Core for all; and what does not depend on it is the same to the byte.
            Assert.Single(Functions.Select(function => before[$"{function}/SnapshotBridge.Core.dll"]).Distinct());
            Assert.Single(PackagedAgain.Select(function => after[$"{function}/SnapshotBridge.Core.dll"]).Distinct());
            Assert.All(PackagedAgain, function => Assert.NotEqual(before[$"{function}/SnapshotBridge.Core.dll"], after[$"{function}/SnapshotBridge.Core.dll"]));
            Assert.All(PackagedAgain, function => Assert.Equal(before[$"{function}/Amazon.Lambda.Core.dll"], after[$"{function}/Amazon.Lambda.Core.dll"]));
        }
        finally
        {
            Directory.Delete(checkout, recursive: true);
        }
    }

    [Theory]
    [InlineData("functions")]
    [InlineData(".")]
    [InlineData("infra/local")]
    public async Task Package_IntoAFolderOfTheCheckout_IsRefused(string folder)
    {
        Assert.SkipUnless(ExternalTool.Exists("bash"), "bash is not installed.");

        var result = await ExternalTool.RunAsync("bash", ["infra/package.sh", "--allow-standins", "--output", folder], Repository.Root, null, End);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("would be emptied", result.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(Repository.Path("functions", "BannedSymbols.txt")));
    }

    [Fact]
    public async Task Package_OfStandInsWhereTheDeployedOneLies_IsRefused()
    {
        Assert.SkipUnless(ExternalTool.Exists("bash"), "bash is not installed.");

        var result = await ExternalTool.RunAsync(
            "bash", ["infra/package.sh", "--allow-standins", "--output", "artifacts/package"], Repository.Root, null, End);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("artifacts/package is for what is deployed", result.Error, StringComparison.Ordinal);
    }

    private static void AssertHoldsTheProductAlone(string checkout)
    {
        var package = Path.Combine(checkout, "artifacts", "package-standins");
        var names = Directory.EnumerateFiles(package, "*", SearchOption.AllDirectories).Select(Path.GetFileName).ToList();

        Assert.DoesNotContain(names, name => name!.Contains("SnapshotBridge.Local", StringComparison.Ordinal) || name.Contains("xunit", StringComparison.OrdinalIgnoreCase));
        Assert.All(Functions, function => Assert.True(File.Exists(Path.Combine(package, function, Mark)), $"{function} lacks its mark."));
        Assert.All(Functions, function => Assert.True(File.Exists(Path.Combine(package, function, $"{function}.runtimeconfig.json"))));
        Assert.DoesNotContain(names, name => name!.EndsWith(".xml", StringComparison.Ordinal));

        // The packaged template differs from the shipped one in the folders and in what refuses stand-ins.
        var template = SamTemplate.Parse(File.ReadAllText(Path.Combine(package, "template.yaml")));
        var shipped = SamTemplate.Parse(File.ReadAllText(Path.Combine(checkout, "template.yaml")));
        Assert.Equal(shipped.Resources.Select(resource => resource.Key), template.Resources.Select(resource => resource.Key));
        Assert.All(
            template.OfType("AWS::Serverless::Function"),
            function => Assert.True(Directory.Exists(Path.Combine(package, SamTemplate.Text(function.Properties["CodeUri"])!)), function.Id));
        Assert.True(File.Exists(Path.Combine(package, SamTemplate.Text(template.Properties("BridgeStateMachine")["DefinitionUri"])!)));
        Assert.Contains(Mark, SamTemplate.Text(template.Root["Description"]), StringComparison.Ordinal);
        Assert.NotNull(template.Root["Rules"]!["StandInsAreNeverDeployed"]);
    }

    private static async Task<Dictionary<string, string>> PackageAsync(string checkout)
    {
        var result = await ExternalTool.RunAsync("bash", ["infra/package.sh", "--allow-standins"], checkout, null, End, TimeSpan.FromMinutes(40));
        Assert.True(result.ExitCode == 0, result.All);
        Assert.Contains("*** STAND-INS", result.Output, StringComparison.Ordinal);
        var package = Path.Combine(checkout, "artifacts", "package-standins");
        return Directory.EnumerateFiles(package, "*", SearchOption.AllDirectories).ToDictionary(
            file => Path.GetRelativePath(package, file), file => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file))));
    }

    /// <summary>The script packages what the template names.</summary>
    private static void KeepOnlyWhatIsPackagedAgain(string template) => File.WriteAllText(
        template,
        Functions.Except(PackagedAgain).Aggregate(
            File.ReadAllText(template),
            (text, function) => text.Replace($"CodeUri: functions/{function}/", $"CodeUri: functions/{PackagedAgain[0]}/", StringComparison.Ordinal)));

    private static string CopyOfTheCheckout()
    {
        var copy = Directory.CreateTempSubdirectory("package-").FullName;
        foreach (var folder in new[] { "functions", "statemachine", Path.Combine("infra", "standins") })
        {
            var source = Repository.Path(folder);
            foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
            {
                Copy(Path.GetRelativePath(Repository.Root, file), copy);
            }
        }

        foreach (var file in Directory.EnumerateFiles(Repository.Root, "*.*").Where(file => Path.GetExtension(file) is ".props" or ".targets" or ".json" or ".yaml" or ".editorconfig"))
        {
            Copy(Path.GetFileName(file), copy);
        }

        Copy(Path.Combine("infra", "package.sh"), copy);
        return copy;
    }

    private static void Copy(string file, string copy)
    {
        var target = Path.Combine(copy, file);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.Copy(Repository.Path(file), target);
    }
}
