using System.Text;
using SnapshotBridge.Deployment.Tests.Kit;

namespace SnapshotBridge.Deployment.Tests.Permissions;

/// <summary>infra/PERMISSIONS.md says for each permission which call needs it. It is made from the template and the code.</summary>
public sealed class PermissionPageTests
{
    [Fact]
    public void Page_InTheRepository_IsWhatTemplateAndCodeSay()
    {
        var page = Page();
        var made = Path.Combine(Repository.Scratch("permissions"), "PERMISSIONS.md");
        File.WriteAllText(made, page);

        Assert.True(
            File.Exists(Repository.Path("infra", "PERMISSIONS.md")) && Repository.Text("infra", "PERMISSIONS.md") == page,
            $"infra/PERMISSIONS.md is not up to date: cp {Path.GetRelativePath(Repository.Root, made)} infra/PERMISSIONS.md");
    }

    private static string Page()
    {
        var page = new StringBuilder("""
            # Permissions

            Every permission of every role in `template.yaml`, and what needs it. What the functions' code calls is found in the
            compiled assemblies: a call without a permission, and a permission without a call, fail `tests/Deployment.Tests`. The
            same tests write this page. Partition, Region and account are left out of the resources.

            """);
        foreach (var (role, owner, needs) in RoleNeeds.All.OrderBy(needs => needs.Role.Id, StringComparer.Ordinal))
        {
            page.Append("\n## ").Append(role.Id).Append("\n\nFor ").Append(owner).Append("; assumed by `").Append(RoleNeeds.TrustedBy(role)).Append("`.\n\n")
                .Append("| Permission | On | Needed by |\n|---|---|---|\n");
            foreach (var grants in role.Grants.GroupBy(grant => (grant.Action, grant.Target)).OrderBy(group => group.Key))
            {
                var reasons = needs.Where(need => (need.Action, need.Target) == grants.Key).Select(need => need.Reason).Distinct();
                page.Append("| `").Append(grants.Key.Action).Append("` | ")
                    .AppendJoin(", ", grants.Select(Resource).Distinct())
                    .Append(" | ").AppendJoin("; ", reasons).Append(" |\n");
            }
        }

        return page.ToString();
    }

    private static string Resource(Grant grant) => grant.Condition.Length == 0 ? $"`{grant.Resource}`" : $"`{grant.Resource}` where {grant.Condition}";
}
