using System.Diagnostics;
using System.Text.Json.Nodes;
using SnapshotBridge.Local.Aws.Account;
using SnapshotBridge.Local.Cloud;
using SnapshotBridge.Local.Oci;
using SnapshotBridge.Preflight;

namespace SnapshotBridge.EndToEnd.Tests;

/// <summary>The preflight against a whole local deployment: the functions run as processes, with the settings of the template.</summary>
public sealed class PreflightTests(PreflightCloud cloud) : IClassFixture<PreflightCloud>
{
    private LocalCloud Cloud => cloud.Cloud;

    [Fact]
    public async Task Preflight_DeploymentAsItShouldBe_PassesAndLeavesNothing()
    {
        var (report, shown) = await cloud.RunAsync();

        Assert.True(report.Passed, shown);
        Assert.Equal(0, report.ExitCode);
        Assert.Equal(
            ["account", "StartExport", "PlanCopy", "CopyTable", "LoadTables", "ExportMarker", "ExportEnded"], report.Lines.Select(line => line.Where).Distinct());
        // The stand-in is no HeatWave, and says so; everything else is as it would be.
        // What only HeatWave itself says.
        Assert.Subset(
            new HashSet<string> { "heatwave.server", "heatwave.cluster" },
            report.Lines.Where(line => line.Check.Result == PreflightResult.Warning).Select(line => line.Check.Name).ToHashSet());
        Assert.Equal(["export.rights"], report.Lines.Where(line => line.Check.Result == PreflightResult.Skipped).Select(line => line.Check.Name));
        Assert.Contains("all that heatwave.sql grants", shown, StringComparison.Ordinal);
        Assert.Empty(Cloud.Oci.Store.List(LocalCloud.OciBucket));
        Assert.Empty(Cloud.Oci.Store.Uploads(LocalCloud.OciBucket));
        Assert.Empty(Cloud.Oci.Store.Pars(LocalCloud.OciBucket));
        Assert.Empty(Cloud.Aws.S3Store.List(LocalCloud.ExportBucket, ""));
        Assert.Empty(Cloud.Aws.RdsStore.ExportTasks);
    }

    [Fact]
    public async Task Preflight_AsJson_SaysTheSame()
    {
        var (report, _) = await cloud.RunAsync();

        var document = JsonNode.Parse(report.ToJson())!;
        Assert.True(document["passed"]!.GetValue<bool>());
        Assert.Equal(report.Lines.Count, document["checks"]!.AsArray().Count);
        Assert.All(document["checks"]!.AsArray(), check => Assert.Contains(check!["result"]!.GetValue<string>(), (string[])["ok", "warning", "failed", "skipped"]));
    }

    [Fact]
    public async Task Preflight_NoSuchStack_FailsAtOnce()
    {
        var (report, shown) = await cloud.RunAsync("another-stack");

        Assert.Equal(1, report.ExitCode);
        Assert.Contains("does not exist", shown, StringComparison.Ordinal);
        Assert.DoesNotContain(report.Lines, line => line.Where != "account");
    }

    [Fact]
    public async Task Preflight_NoSuchSnapshot_FailsWithTheRemedy() => await cloud.FailsAsync(
        "StartExport", "snapshot", "has no snapshot", "Copy the ARN", "arn:aws:rds:us-east-1:123456789012:cluster-snapshot:absent");

    [Fact]
    public async Task Preflight_SnapshotStillCreating_FailsWithTheRemedy()
    {
        Cloud.Aws.RdsStore.SetSnapshotStatus(Cloud.SnapshotArn, "creating");
        try
        {
            await cloud.FailsAsync("StartExport", "snapshot", "creating", "Wait until the snapshot is available");
        }
        finally
        {
            Cloud.Aws.RdsStore.SetSnapshotStatus(Cloud.SnapshotArn, "available");
        }
    }

    [Fact]
    public async Task Preflight_KeyThatOciDoesNotKnow_FailsInBothFunctions()
    {
        Cloud.Aws.Secrets.Store.Put(LocalCloud.OciSecretName, new OciUser(Cloud.OciUser.Tenancy, Cloud.OciUser.User, OciKeyPair.Generate()).SecretJson());
        try
        {
            await cloud.FailsAsync("CopyTable", "oci.key", "401 NotAuthenticated", "API keys in the OCI console");
            await cloud.FailsAsync("LoadTables", "oci.key", "401 NotAuthenticated", "API keys in the OCI console");
        }
        finally
        {
            Cloud.Aws.Secrets.Store.Put(LocalCloud.OciSecretName, Cloud.OciUser.SecretJson());
        }
    }

    [Fact]
    public async Task Preflight_NoRightToManagePars_FailsWithTheRemedy()
    {
        Cloud.OciUser.Permissions = OciPermissions.All & ~OciPermissions.ParManage;
        try
        {
            await cloud.FailsAsync("LoadTables", "par", "may not be used for CreatePreauthenticatedRequest", "infra/oci/policy.tf");
        }
        finally
        {
            Cloud.OciUser.Permissions = OciPermissions.All;
        }
    }

    [Fact]
    public async Task Preflight_PermissionsOfTheShippedPolicy_AreAllThatIsNeeded()
    {
        // What policy.tf allows: everything on objects of the bucket, reading the bucket, PARs; not the list of all buckets.
        Cloud.OciUser.Permissions = OciPermissions.ObjectCreate | OciPermissions.ObjectOverwrite | OciPermissions.ObjectInspect | OciPermissions.ObjectRead
            | OciPermissions.ObjectDelete | OciPermissions.BucketRead | OciPermissions.ParManage;
        try
        {
            Assert.True((await cloud.RunAsync()).Report.Passed);
        }
        finally
        {
            Cloud.OciUser.Permissions = OciPermissions.All;
        }
    }

    [Fact]
    public async Task Preflight_WrongHeatWavePassword_FailsWithTheRemedy()
    {
        cloud.UseHeatWaveLogin(Cloud.HeatWave.LoaderUser, "not-the-password");
        try
        {
            await cloud.FailsAsync("LoadTables", "heatwave.login", "1045", "name and password into its secret");
        }
        finally
        {
            cloud.UseHeatWaveLogin(Cloud.HeatWave.LoaderUser, Cloud.HeatWave.LoaderPassword);
        }
    }

    [Fact]
    public async Task Preflight_ExportRoleTrustsSomebodyElse_FailsWithTheRemedy()
    {
        var role = Assert.Single(Cloud.Stack.Roles).Key;
        Cloud.Stack.Roles[role]["Statement"]![0]!["Principal"]!["Service"] = "rds.amazonaws.com";
        try
        {
            await cloud.FailsAsync("account", "export.role", "does not let export.rds.amazonaws.com assume it", "Deploy the stack again");
        }
        finally
        {
            Cloud.Stack.Roles[role] = StackDeployment.TrustOfExports();
        }
    }

    [Fact]
    public async Task Preflight_ExportKeyDisabled_FailsWithTheRemedy()
    {
        var key = Assert.Single(Cloud.Stack.Keys).Value;
        key["KeyState"] = "Disabled";
        try
        {
            await cloud.FailsAsync("account", "export.key", "Disabled", "Enable the key");
        }
        finally
        {
            key["KeyState"] = "Enabled";
        }
    }

    [Fact]
    public async Task Preflight_NothingTellsOfNewObjects_FailsWithTheRemedy()
    {
        var rules = Cloud.Aws.S3Store.NotificationRules;
        Cloud.Aws.S3Store.NotificationRules = [];
        try
        {
            await cloud.FailsAsync("account", "export.events", "EventBridge is off", "Deploy the stack again");
        }
        finally
        {
            Cloud.Aws.S3Store.NotificationRules = rules;
        }
    }

    [Fact]
    public async Task Preflight_HeatWaveDown_NamesHostAndPort()
    {
        await Cloud.HeatWave.GoDownAsync(TestContext.Current.CancellationToken);
        try
        {
            await cloud.FailsAsync("LoadTables", "heatwave.network", $"{Cloud.HeatWave.Host}:{Cloud.HeatWave.Port} cannot be reached", "Nothing listens at");
        }
        finally
        {
            await Cloud.HeatWave.ComeBackAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>The very program that checks an account, with the real AWS CLI, pointed at the local endpoints.</summary>
    [Fact]
    public async Task Program_ThroughTheAwsCli_FindsTheSame()
    {
        Assert.SkipUnless(await CliIsThereAsync(), "The AWS CLI (aws) is not installed, or is too old for AWS_ENDPOINT_URL_LAMBDA (before 1.29.60 and 2.13.24).");
        var (status, output) = await RunProgramAsync("--stack", LocalCloud.StackName, "--snapshot", Cloud.SnapshotArn);

        Assert.True(status == 0, output);
        Assert.Contains("PREFLIGHT PASSED", output, StringComparison.Ordinal);
        var (report, _) = await cloud.RunAsync();
        Assert.Contains(report.Summary, output, StringComparison.Ordinal);
        cloud.AssertNoSecrets(output);

        Cloud.Stack.Status = "UPDATE_FAILED";
        try
        {
            (status, output) = await RunProgramAsync("--stack", LocalCloud.StackName, "--json");
            Assert.Equal(1, status);
            var stack = JsonNode.Parse(output)!["checks"]!.AsArray().Single(check => check!["name"]!.GetValue<string>() == "stack")!;
            Assert.Equal(("failed", "UPDATE_FAILED"), (stack["result"]!.GetValue<string>(), stack["detail"]!.GetValue<string>()));
        }
        finally
        {
            Cloud.Stack.Status = "CREATE_COMPLETE";
        }

        (status, output) = await RunProgramAsync("--stack", "another-stack");
        Assert.Equal(1, status);
        Assert.Contains("ValidationError", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Program_WithoutAStack_IsAWrongCall() => Assert.Equal(2, (await RunProgramAsync("--json")).Status);

    [Fact]
    public async Task Program_WithoutTheAwsCli_SaysWhatToInstall()
    {
        var empty = Directory.CreateTempSubdirectory("snapshot-bridge-no-aws-");
        try
        {
            var (status, output) = await RunAsync(Dotnet(), [ProgramPath, "--stack", "any"], [KeyValuePair.Create("PATH", empty.FullName)]);
            Assert.Equal(1, status);
            Assert.Contains("aws) is not installed", output, StringComparison.Ordinal);
            Assert.Contains("remedy: Install the AWS CLI", output, StringComparison.Ordinal);
        }
        finally
        {
            empty.Delete();
        }
    }

    private static string ProgramPath => Path.Combine(PreflightCloud.Root, "artifacts", "bin", "SnapshotBridge.PreflightTool", "debug", "SnapshotBridge.PreflightTool.dll");

    /// <summary>The host that runs this test, by its whole path.</summary>
    private static string Dotnet() => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";

    private async Task<(int Status, string Output)> RunProgramAsync(params string[] arguments)
    {
        return await RunAsync("dotnet", [ProgramPath, .. arguments], Cloud.Aws.Environment()
            .Concat(Cloud.Account.Environment)
            .Append(KeyValuePair.Create("AWS_ENDPOINT_URL_LAMBDA", Cloud.Lambda.Endpoint.AbsoluteUri)));
    }

    private static async Task<bool> CliIsThereAsync()
    {
        try
        {
            var (_, version) = await RunAsync("aws", ["--version"], []);
            var number = version.Split('/', ' ').ElementAtOrDefault(1);
            return Version.TryParse(number, out var parsed) && parsed >= (parsed.Major == 1 ? new Version(1, 29, 60) : new Version(2, 13, 24));
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static async Task<(int Status, string Output)> RunAsync(string program, IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string>> environment)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        var (said, complained) = (await output, await error);
        return (process.ExitCode, said.Length > 0 ? said : complained);
    }
}
