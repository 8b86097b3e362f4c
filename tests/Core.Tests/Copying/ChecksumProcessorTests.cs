using System.Diagnostics;
using System.Text.RegularExpressions;
using Xunit;

namespace SnapshotBridge.Core.Tests.Copying;

/// <summary>
/// The checksums as other processors compute them: the published values hold whichever of the instructions are there. The runtime
/// takes them away by these switches, for a whole process, so that what chooses between the forms is tested too.
/// </summary>
public sealed partial class ChecksumProcessorTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    [Theory]
    [InlineData("DOTNET_EnableHWIntrinsic")]
    [InlineData("DOTNET_EnableAES", "DOTNET_EnableArm64Aes")]
    [InlineData("DOTNET_EnableAVX512", "DOTNET_EnableVAES")]
    public async Task Checksums_ProcessorWithoutInstructions_HoldTheirPublishedValues(params string[] switchedOff)
    {
        var start = new ProcessStartInfo(Program()) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (IEnumerable<string>)[typeof(ChecksumProcessorTests).Assembly.Location, "-noLogo", "-noColor", "-class", typeof(ChecksumTests).FullName!])
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var name in switchedOff)
        {
            start.Environment[name] = "0";
        }

        using var process = Process.Start(start)!;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(patience.Token);
            var errors = process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);

            Assert.True(process.ExitCode == 0, await output + await errors);
            Assert.True(int.Parse(Total().Match(await output).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture) > 20, await output);
        }
        finally
        {
            process.Kill();
        }
    }

    [GeneratedRegex("Total: ([0-9]+)")]
    private static partial Regex Total();

    /// <summary>The dotnet that runs this process, or the one on the PATH where the process is a program of its own.</summary>
    private static string Program() => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";
}
