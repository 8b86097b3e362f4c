using System.Text.Json.Nodes;
using SnapshotBridge.Deployment.Tests.Code;
using SnapshotBridge.Deployment.Tests.Kit;

namespace SnapshotBridge.Deployment.Tests.Permissions;

/// <summary>
/// The roles give what is needed and nothing else. What a function needs is found in its compiled code, so a new call
/// without a permission and a permission without a call both show here, by name.
/// </summary>
public sealed class RoleTests
{
    /// <summary>Actions that know no resource (Service Authorization Reference), or whose documentation asks for all.</summary>
    private static readonly string[] WithoutResource =
    [
        "rds:DescribeExportTasks", "xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets",
        "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery", "logs:ListLogDeliveries",
        "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
        "ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:DeleteNetworkInterface",
        "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses",
    ];

    public static TheoryData<string> Roles => [.. IamRole.All.Select(role => role.Id)];

    [Theory]
    [MemberData(nameof(Roles))]
    public void Role_Allows_WhatIsNeededAndNothingElse(string id)
    {
        var (role, owner, needs) = RoleNeeds.All.Single(candidate => candidate.Role.Id == id);
        var given = role.Grants.Select(grant => (grant.Action, grant.Target)).ToHashSet();

        var missing = needs
            .Where(need => !need.Optional && !given.Contains((need.Action, need.Target)))
            .Select(need => $"{need.Action} on {need.Target} for {need.Reason}").Distinct().ToList();
        var excess = given
            .Where(grant => !needs.Any(need => (need.Action, need.Target) == grant))
            .Select(grant => $"{grant.Action} on {grant.Target}").Order(StringComparer.Ordinal).ToList();

        Assert.True(missing.Count == 0, $"{id} ({owner}) lacks {string.Join("; ", missing)}.");
        Assert.True(excess.Count == 0, $"{id} ({owner}) allows {string.Join("; ", excess)}, which nothing needs.");
    }

    /// <summary>A request that goes past the SDK would go past these tests too.</summary>
    [Fact]
    public void Requests_WithoutTheSdk_AreSentByKnownTypesOnly() => Assert.Equal(
        // To OCI, and to S3 at the endpoint that the SDK names for the operation; what both send goes through the handler.
        ["BlockingHttpHandler", "OciTransport", "S3Downloads"],
        FunctionCode.Ids.SelectMany(id => FunctionCode.Of(id).Reachable.Calls)
            .Where(call => typeof(HttpMessageInvoker).IsAssignableFrom(call.Callee.DeclaringType) && !call.Callee.IsConstructor && call.Callee.Name.EndsWith("Async", StringComparison.Ordinal))
            .Select(call => ReachableCode.Name(call.Caller).Split('.')[0])
            .Distinct()
            .Order(StringComparer.Ordinal));

    [Fact]
    public void Roles_OfTheTemplate_BelongToExactlyOneOwnerEach() => Assert.Equal(
        IamRole.All.Select(role => role.Id).Order(StringComparer.Ordinal),
        RoleNeeds.All.Select(needs => needs.Role.Id).Order(StringComparer.Ordinal));

    [Fact]
    public void Roles_HaveNoManagedPoliciesAndNoNames() => Assert.All(
        IamRole.All,
        role =>
        {
            Assert.True(role.Properties["ManagedPolicyArns"] is null, $"{role.Id}: a managed policy allows what nobody listed.");
            Assert.True(role.Properties["RoleName"] is null, $"{role.Id}: a role with a name needs CAPABILITY_NAMED_IAM.");
        });

    [Fact]
    public void Functions_HaveNoPoliciesBesideTheirRole() => Assert.All(
        SamTemplate.Shipped.OfType("AWS::Serverless::Function", "AWS::Serverless::StateMachine"),
        resource => Assert.True(resource.Properties["Policies"] is null, $"{resource.Id}: SAM ignores Policies where a Role is given."));

    [Theory]
    [MemberData(nameof(Roles))]
    public void Role_Trusts_OneServiceAndItsOwnAccountOnly(string id)
    {
        var role = IamRole.All.Single(candidate => candidate.Id == id);
        var service = RoleNeeds.TrustedBy(role);
        var condition = IamRole.StatementsOf(role.Properties["AssumeRolePolicyDocument"]).Single()["Condition"];

        Assert.Contains(service, new[] { "lambda.amazonaws.com", "states.amazonaws.com", RoleNeeds.Rds, "scheduler.amazonaws.com" });
        // Lambda assumes a role only for functions of the role's account.
        Assert.True(
            service == "lambda.amazonaws.com" || SamTemplate.Text(condition?["StringEquals"]?["aws:SourceAccount"]?["Ref"]) == "AWS::AccountId",
            $"{id}: {service} could be made to use the role by another account.");
    }

    [Fact]
    public void Grants_OnEverything_AreOfActionsThatKnowNoResource() => Assert.All(
        IamRole.All.SelectMany(role => role.Grants.Where(grant => grant.Resource is "*" or "").Select(grant => (role.Id, grant.Action))),
        grant => Assert.True(WithoutResource.Contains(grant.Action), $"{grant.Id} allows {grant.Action} on everything."));

    [Fact]
    public void Grants_OfActionFamilies_AreTheExportRolesOnly() => Assert.All(
        IamRole.All.Where(role => RoleNeeds.TrustedBy(role) != RoleNeeds.Rds).SelectMany(role => role.Grants),
        grant => Assert.DoesNotContain("*", grant.Action, StringComparison.Ordinal));

    /// <summary>A key's policy speaks of that key alone; any other policy that allows something names what.</summary>
    [Fact]
    public void ResourcePolicies_AllowNobodyEverything() => Assert.All(
        from resource in SamTemplate.Shipped.Resources
        where SamTemplate.Shipped.TypeOf(resource.Key) != "AWS::IAM::Role"
        from entry in SamTemplate.Walk(resource.Value)
        where entry.Value is JsonObject map && SamTemplate.Text(map["Effect"]) == "Allow"
        select (Id: resource.Key, Statement: entry.Value!.AsObject()),
        entry =>
        {
            Assert.NotEqual("*", SamTemplate.Text(entry.Statement["Principal"]));
            Assert.True(
                SamTemplate.Text(entry.Statement["Resource"]) != "*" || SamTemplate.Shipped.TypeOf(entry.Id) == "AWS::KMS::Key",
                $"{entry.Id} allows something on everything.");
        });

    [Fact]
    public void Stars_InTheTemplate_HaveACommentThatSaysWhy()
    {
        var lines = Repository.Text("template.yaml").Split('\n');
        foreach (var line in Enumerable.Range(0, lines.Length).Where(line => lines[line].TrimStart().StartsWith("Resource: \"*\"", StringComparison.Ordinal)))
        {
            // The comment stands above the statement, inside it or beside the star.
            var start = line;
            while (start > 0 && !lines[start].TrimStart().StartsWith("- Effect:", StringComparison.Ordinal) && !lines[start].TrimStart().StartsWith("- Sid:", StringComparison.Ordinal))
            {
                start--;
            }

            // Around a statement may stand "- !If" and its condition's name.
            start -= start > 1 && lines[start - 2].TrimStart() == "- !If" ? 2 : 0;
            Assert.True(lines[(start - 1)..(line + 1)].Any(text => text.Contains('#', StringComparison.Ordinal)), $"template.yaml, line {line + 1}: no comment says why everything.");
        }
    }

    [Fact]
    public void StateMachinesRole_InvokesExactlyTheFunctionsOfItsTasks() => Assert.Equal(
        StateMachineWiring.InvokedFunctions,
        IamRole.Of(StateMachineWiring.Machine.Id).Grants.Where(grant => grant.Action == "lambda:InvokeFunction").Select(grant => grant.Resource).Order(StringComparer.Ordinal));

    [Fact]
    public void PassRole_IsForTheExportRoleOnly() => Assert.Equal(
        IamRole.All.Where(role => RoleNeeds.TrustedBy(role) == RoleNeeds.Rds).Select(role => role.Id),
        IamRole.All.SelectMany(role => role.Grants).Where(grant => grant.Action == "iam:PassRole").Select(grant => grant.Resource).Distinct());
}
