using SnapshotBridge.Deployment.Tests.Code;
using SnapshotBridge.Deployment.Tests.Kit;

namespace SnapshotBridge.Deployment.Tests.Permissions;

/// <summary>A role of the template, whose it is and what it is needed for.</summary>
internal sealed record RoleNeeds(IamRole Role, string Owner, IReadOnlyList<Need> Needs)
{
    public const string Rds = "export.rds.amazonaws.com";

    public static IReadOnlyList<RoleNeeds> All { get; } = [.. Find()];

    /// <summary>The one service that may assume the role.</summary>
    public static string TrustedBy(IamRole role)
    {
        var statement = Assert.Single(IamRole.StatementsOf(role.Properties["AssumeRolePolicyDocument"]));
        Assert.Equal(["sts:AssumeRole"], SamTemplate.Texts(statement["Action"]));
        return Assert.Single(SamTemplate.Texts(statement["Principal"]!["Service"]));
    }

    private static IEnumerable<RoleNeeds> Find()
    {
        foreach (var id in FunctionCode.Ids)
        {
            yield return new RoleNeeds(IamRole.Of(id), id, [.. PlatformNeeds.OfFunction(id)]);
        }

        var machine = StateMachineWiring.Machine.Id;
        yield return new RoleNeeds(IamRole.Of(machine), machine, [.. PlatformNeeds.OfStateMachine()]);
        foreach (var role in IamRole.All)
        {
            switch (TrustedBy(role))
            {
                case Rds:
                    yield return new RoleNeeds(role, "RDS's exports", [.. PlatformNeeds.OfExportRole()]);
                    break;
                case "scheduler.amazonaws.com":
                    yield return new RoleNeeds(role, "the schedule", [.. PlatformNeeds.OfSchedule()]);
                    break;
                default:
                    break;
            }
        }
    }
}
