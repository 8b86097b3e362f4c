using System.ComponentModel;
using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace SnapshotBridge.Local.Tests.Oci;

/// <summary>The endpoint, used by Oracle's own TypeScript SDK: an independent client with its own way of signing and escaping.</summary>
public sealed class NpmSdkTests
{
    private const string Version = "2.142.1";

    [Fact]
    public async Task TypeScriptSdk_PutListMultipartAndPar_AllWork()
    {
        await using var lab = await OciLab.StartAsync();
        var folder = Directory.CreateTempSubdirectory("snapshotbridge-npm-");
        try
        {
            await InstallAsync(folder.FullName);
            await using (var source = Assembly.GetExecutingAssembly().GetManifestResourceStream("npm-sdk.js")!)
            await using (var script = File.Create(Path.Combine(folder.FullName, "npm-sdk.js")))
            {
                await source.CopyToAsync(script, OciLab.Token);
            }

            var input = JsonNode.Parse(lab.User.SecretJson())!;
            input["endpoint"] = lab.Endpoint.Endpoint.ToString().TrimEnd('/');
            input["bucketName"] = OciLab.BucketName;
            var (exitCode, output, error) = await RunAsync(folder.FullName, "node", ["npm-sdk.js"], input.ToJsonString());

            Assert.True(exitCode == 0, error);
            AssertResult(lab, JsonDocument.Parse(output).RootElement);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void AssertResult(OciLab lab, JsonElement result)
    {
        var stored = lab.Store.Find(OciLab.BucketName, "npm/a b/ü!.txt")!;
        Assert.Equal("testns", result.GetProperty("namespaceName").GetString());
        Assert.Equal("hello"u8, lab.Store.Read(OciLab.BucketName, stored.Name));
        Assert.Equal(stored.ETag, result.GetProperty("etag").GetString());
        Assert.Equal("r1", stored.Metadata["sb-run"]);
        Assert.Equal("412 IfNoneMatchFailed", result.GetProperty("conflict").GetString());
        Assert.Equal(5, result.GetProperty("head").GetProperty("length").GetInt32());
        Assert.Equal(stored.ETag, result.GetProperty("head").GetProperty("etag").GetString());
        Assert.Equal("""[[1,5,true],[2,4,true]]""", result.GetProperty("parts").GetRawText());

        // The check value of CRC-32C for "123456789".
        Assert.Equal("4waSgw==", result.GetProperty("crc32c").GetString());
        Assert.Equal("""[["npm/a b/ü!.txt",5],["npm/big",9]]""", result.GetProperty("list").GetRawText());
        Assert.Equal("npm/big", result.GetProperty("one").GetString());
        Assert.Equal("456", result.GetProperty("range").GetString());
        Assert.Equal("""{"body":"123456789","outside":404,"list":2,"after":404}""", result.GetProperty("par").GetRawText());
        Assert.Equal(404, result.GetProperty("gone").GetInt32());
        Assert.DoesNotContain(lab.Store.Requests, request => request.Status == 401 && !request.Request.ThroughPar);
    }

    private static async Task InstallAsync(string folder)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "package.json"), """{"private":true}""", OciLab.Token);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(OciLab.Token);
        patience.CancelAfter(TimeSpan.FromMinutes(3));
        try
        {
            var (exitCode, _, error) = await RunAsync(
                folder, "npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", "--fetch-retries=0", "--fetch-timeout=20000", $"oci-common@{Version}", $"oci-objectstorage@{Version}"], "", patience.Token);
            Assert.SkipWhen(exitCode != 0, $"npm could not install oci-objectstorage {Version}: {error.Split('\n')[0]}");
        }
        catch (Win32Exception)
        {
            Assert.Skip("There is no npm on the PATH to install Oracle's TypeScript SDK with.");
        }
        catch (OperationCanceledException) when (!OciLab.Token.IsCancellationRequested)
        {
            Assert.Skip($"npm did not install oci-objectstorage {Version} within three minutes.");
        }
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(
        string folder, string program, string[] arguments, string input, CancellationToken? cancellationToken = null)
    {
        var token = cancellationToken ?? OciLab.Token;
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(token);
            var error = process.StandardError.ReadToEndAsync(token);
            await process.WaitForExitAsync(token);
            return (process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
