using System.ComponentModel;
using System.Diagnostics;
using System.Reflection;
using SnapshotBridge.Local.Aws.Rds;
using Xunit;

namespace SnapshotBridge.Local.Tests.Aws;

/// <summary>AWS's Python SDK and command line as clients that share no code with ours, where they are installed.</summary>
public sealed class PythonSdkTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Boto3_EveryOperation_GetsWhatAwsWouldAnswer()
    {
        await RequireAsync("python3", ["-c", "import boto3"], "Python with boto3 is not installed.");
        await using var aws = await AwsFixture.StartAsync(options => options with { Rds = new RdsStoreOptions { StartingTime = TimeSpan.FromMinutes(1) } });
        var arn = aws.Endpoints.RdsStore.AddSnapshot(new RdsSnapshot
        {
            Kind = RdsSnapshotKind.Cluster,
            Identifier = "nightly",
            DatabaseIdentifier = "shop",
            CreatedAt = DateTimeOffset.UtcNow,
        });
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream("boto.py")!);

        var (exitCode, output) = await RunAsync("python3", ["-", arn], aws.Endpoints.Environment(), await reader.ReadToEndAsync(Token));

        Assert.True(exitCode == 0, output);
        Assert.EndsWith("checks passed", output.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AwsCli_SyncAndList_RoundTrip()
    {
        await RequireAsync("aws", ["--version"], "The AWS CLI is not installed.");
        await using var aws = await AwsFixture.StartAsync();
        var folder = Directory.CreateTempSubdirectory("aws-cli-");
        try
        {
            var content = S3ObjectTests.Bytes(9 * 1024 * 1024);
            var source = folder.CreateSubdirectory("source/table one");
            await File.WriteAllBytesAsync(Path.Combine(source.FullName, "part-0.parquet"), content, Token);
            await File.WriteAllTextAsync(Path.Combine(source.FullName, "_SUCCESS"), "", Token);

            await AwsAsync(aws, "s3", "sync", Path.Combine(folder.FullName, "source"), $"s3://{AwsFixture.Bucket}/x/");
            var listed = await AwsAsync(aws, "s3", "ls", "--recursive", $"s3://{AwsFixture.Bucket}/");
            await AwsAsync(aws, "s3", "sync", $"s3://{AwsFixture.Bucket}/x/", Path.Combine(folder.FullName, "back"));

            Assert.Contains("x/table one/part-0.parquet", listed, StringComparison.Ordinal);
            Assert.Equal(content, await aws.Store.ReadAsync(AwsFixture.Bucket, "x/table one/part-0.parquet", Token));
            Assert.Equal(content, await File.ReadAllBytesAsync(Path.Combine(folder.FullName, "back", "table one", "part-0.parquet"), Token));
            Assert.Contains("\"ExportTasks\": []", await AwsAsync(aws, "rds", "describe-export-tasks", "--output", "json", "--endpoint-url", aws.Endpoints.Rds.Endpoint.AbsoluteUri), StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<string> AwsAsync(AwsFixture aws, params string[] arguments)
    {
        var (exitCode, output) = await RunAsync("aws", [.. arguments, "--no-cli-pager"], aws.Endpoints.Environment(), "");
        if (output.Contains("--no-cli-pager", StringComparison.Ordinal))
            (exitCode, output) = await RunAsync("aws", arguments, aws.Endpoints.Environment(), "");
        Assert.True(exitCode == 0, output);
        return output;
    }

    private static async Task RequireAsync(string program, string[] arguments, string reason)
    {
        try
        {
            var (exitCode, _) = await RunAsync(program, arguments, new Dictionary<string, string>(), "");
            Assert.SkipWhen(exitCode != 0, reason);
        }
        catch (Win32Exception)
        {
            Assert.Skip(reason);
        }
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(
        string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, string input)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(program, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        foreach (var (name, value) in environment)
            process.StartInfo.Environment[name] = value;
        // A developer's own profile, files and proxy must not reach into the test.
        foreach (var name in (string[])["AWS_PROFILE", "AWS_SESSION_TOKEN", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
            process.StartInfo.Environment.Remove(name);
        process.StartInfo.Environment["AWS_CONFIG_FILE"] = "/dev/null";
        process.StartInfo.Environment["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null";
        process.StartInfo.Environment["AWS_EC2_METADATA_DISABLED"] = "true";
        process.Start();
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(Token);
            var error = process.StandardError.ReadToEndAsync(Token);
            await process.StandardInput.WriteAsync(input.AsMemory(), Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(Token);
            return (process.ExitCode, await output + await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
