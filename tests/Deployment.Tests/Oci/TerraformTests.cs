using System.Text.RegularExpressions;
using SnapshotBridge.Deployment.Tests.Kit;

namespace SnapshotBridge.Deployment.Tests.Oci;

/// <summary>
/// infra/oci, as far as it can be checked without the provider, which terraform validate needs: its form, the rules of its
/// variables, and what its policy allows.
/// </summary>
public sealed partial class TerraformTests
{
    private const string Tenancy = "ocid1.tenancy.oc1..aaaabbbb";
    private const string PublicKey = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string Folder => Repository.Path("infra", "oci");

    [Fact]
    public async Task Fmt_AllFiles_AreInTerraformsOwnForm()
    {
        Need();
        var result = await ExternalTool.RunAsync("terraform", ["fmt", "-check", "-diff"], Folder, null, Token);

        Assert.True(result.ExitCode == 0, result.All);
    }

    [Fact]
    public async Task Variables_ValidValues_ArePlanned()
    {
        Need();
        using var module = await Module.CreateAsync(Token);

        var result = await module.PlanAsync([], Token);
        Assert.True(result.ExitCode == 0, result.All);
    }

    [Theory]
    [InlineData("tenancy_ocid", "ocid1.user.oc1..aaaa", "must be an OCID that begins with")]
    [InlineData("compartment_ocid", "my-compartment", "must be an OCID that begins with")]
    [InlineData("region", "Ashburn", "must be a region identifier")]
    [InlineData("name", "Snapshot Bridge", "lower-case letters")]
    [InlineData("bucket_name", "a'} or {", "letters, digits, hyphens")]
    [InlineData("destination_prefix", "/landing/", "must be empty, or a folder")]
    [InlineData("destination_prefix", "landing", "must be empty, or a folder")]
    [InlineData("delete_exports_after_days", "0", "whole number from 1")]
    [InlineData("abort_uploads_after_days", "1.5", "whole number from 1")]
    [InlineData("user_email", "nobody", "must be an e-mail address")]
    [InlineData("kms_key_ocid", "arn:aws:kms:us-east-1:1:key/x", "begins with ocid1.key.")]
    [InlineData("api_public_key_file", "private.pem", "A private key has no place here")]
    [InlineData("network_load_balancer", """{subnet_ocid="s",vcn_ocid="v",db_system_ip="10.0.0.5",allowed_cidrs=["0.0.0.0/0"]}""", "never everybody")]
    [InlineData("network_load_balancer", """{subnet_ocid="s",vcn_ocid="v",db_system_ip="10.0.0.5",allowed_cidrs=[]}""", "never everybody")]
    [InlineData("network_load_balancer", """{subnet_ocid="s",vcn_ocid="v",db_system_ip="db.example",allowed_cidrs=["203.0.113.7/32"]}""", "private IPv4 address")]
    public async Task Variables_InvalidValue_IsRefusedWithItsRule(string name, string value, string rule)
    {
        Need();
        using var module = await Module.CreateAsync(Token);

        var result = await module.PlanAsync([$"-var={name}={value}"], Token);
        Assert.True(result.ExitCode != 0, $"{name}={value} was accepted");
        // Terraform breaks its messages into lines.
        Assert.Contains(rule, string.Join(' ', Spaces().Split(result.All.Replace("│", "", StringComparison.Ordinal))), StringComparison.Ordinal);
    }

    [Fact]
    public void Policy_EveryStatement_NamesTheBucketAndTheGroupAndItsCalls()
    {
        var lines = Repository.Text("infra", "oci", "policy.tf").Split('\n');
        var statements = lines.Index().Where(line => line.Item.Contains("\"Allow ", StringComparison.Ordinal)).ToList();

        Assert.Equal(7, statements.Count);
        Assert.All(statements, statement =>
        {
            Assert.Contains("Allow ${local.group} to ", statement.Item, StringComparison.Ordinal);
            Assert.Contains("in ${local.compartment} where ", statement.Item, StringComparison.Ordinal);
            Assert.Contains("${local.bucket}", statement.Item, StringComparison.Ordinal);
            Assert.StartsWith("#", lines[statement.Index - 1].Trim(), StringComparison.Ordinal);
        });
        // "manage" alone would allow to delete the bucket and to make it public.
        Assert.All(
            statements.Where(statement => statement.Item.Contains(" manage ", StringComparison.Ordinal)),
            statement => Assert.Contains("request.permission = '", statement.Item, StringComparison.Ordinal));
    }

    [Fact]
    public void Policy_Permissions_AreThoseOfTheCodesCalls()
    {
        var policy = Repository.Text("infra", "oci", "policy.tf");
        var permissions = Permission().Matches(policy).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal);

        // Beside what "inspect objects", "read objects" and "read buckets" hold.
        Assert.Equal(["OBJECT_CREATE", "OBJECT_DELETE", "OBJECT_OVERWRITE", "PAR_MANAGE"], permissions);
        Assert.Equal(
            ["inspect objects", "manage buckets", "manage objects", "read buckets", "read objects"],
            Verb().Matches(policy).Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Outputs_SamParameters_AreParametersOfTheTemplate()
    {
        var names = Parameter().Matches(Repository.Text("infra", "oci", "outputs.tf")).Select(match => match.Groups[1].Value).ToList();
        var template = Repository.Text("template.yaml");

        Assert.Equal(["OciRegion", "OciNamespace", "OciBucket", "DestinationPrefix"], names);
        Assert.All(names, name => Assert.Matches($@"(?m)^  {name}:\s*$", template));
    }

    [Fact]
    public void Files_NoVariableOrOutput_IsThereForASecret()
    {
        foreach (var file in Directory.GetFiles(Folder, "*.tf"))
        {
            Assert.DoesNotMatch("(?i)(variable|output) \"[a-z_]*(private_key|passphrase|password|secret_value)", File.ReadAllText(file));
        }
    }

    [Fact]
    public void HeatWaveSql_Password_IsMadeByTheServer()
    {
        var sql = Repository.Text("infra", "oci", "heatwave.sql");

        Assert.Contains("IDENTIFIED BY RANDOM PASSWORD REQUIRE SSL", sql, StringComparison.Ordinal);
        Assert.DoesNotMatch("IDENTIFIED BY '", sql);
        Assert.DoesNotMatch(@"(?m)^[^-\n]*(ALL PRIVILEGES|WITH GRANT OPTION)", sql);
    }

    private static void Need() => Assert.SkipUnless(ExternalTool.Exists("terraform"), "terraform is not on the PATH.");

    [GeneratedRegex(@"request\.permission = '([A-Z_]+)'")]
    private static partial Regex Permission();

    [GeneratedRegex(@"Allow \$\{local\.group\} to ([a-z]+ [a-z]+) ")]
    private static partial Regex Verb();

    [GeneratedRegex("\"([A-Z][A-Za-z]+)=\\$\\{")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    /// <summary>The variables alone, in a folder of their own: without resources no provider is needed.</summary>
    private sealed class Module : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("snapshot-bridge-terraform-");

        public static async Task<Module> CreateAsync(CancellationToken cancellationToken)
        {
            var module = new Module();
            File.Copy(Path.Combine(Folder, "variables.tf"), Path.Combine(module._folder.FullName, "variables.tf"));
            await File.WriteAllTextAsync(Path.Combine(module._folder.FullName, "public.pem"), PublicKey, cancellationToken);
            await File.WriteAllTextAsync(Path.Combine(module._folder.FullName, "private.pem"), PublicKey.Replace("PUBLIC", "PRIVATE", StringComparison.Ordinal), cancellationToken);
            return module;
        }

        public Task<ToolResult> PlanAsync(IEnumerable<string> variables, CancellationToken cancellationToken) => ExternalTool.RunAsync(
            "terraform",
            [
                "plan", "-input=false", "-no-color", "-lock=false", "-refresh=false",
                $"-var=tenancy_ocid={Tenancy}", $"-var=compartment_ocid={Tenancy}", "-var=region=us-ashburn-1", "-var=home_region=us-phoenix-1",
                "-var=bucket_name=snapshots", "-var=api_public_key_file=public.pem", .. variables,
            ],
            _folder.FullName, null, cancellationToken);

        public void Dispose() => _folder.Delete(recursive: true);
    }
}
