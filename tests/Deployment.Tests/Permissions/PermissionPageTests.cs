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

            SAM adds one role: EventBridge assumes it to start the state machine when a snapshot was created
            (`states:StartExecution` on it, nothing else).

            """);
        foreach (var (role, owner, needs) in RoleNeeds.All.OrderBy(needs => needs.Role.Id, StringComparer.Ordinal))
        {
            page.Append("\n## ").Append(role.Id).Append("\n\nFor ").Append(owner).Append("; assumed by `").Append(RoleNeeds.TrustedBy(role)).Append("`.\n\n")
                .Append("| Permission | On | Needed by |\n|---|---|---|\n");
            foreach (var row in Rows(role, needs).OrderBy(row => row.Actions[0], StringComparer.Ordinal).ThenBy(row => row.Resources, StringComparer.Ordinal))
            {
                page.Append("| ").AppendJoin(", ", row.Actions.Select(action => $"`{action}`"))
                    .Append(" | ").Append(row.Resources)
                    .Append(" | ").Append(row.Reasons).Append(" |\n");
            }
        }

        return page.ToString();
    }

    /// <summary>Actions on the same things for the same reasons share a row.</summary>
    private static IEnumerable<(IReadOnlyList<string> Actions, string Resources, string Reasons)> Rows(IamRole role, IReadOnlyList<Need> needs) =>
        from grants in role.Grants.GroupBy(grant => (grant.Action, grant.Target))
        let resources = ResourcesOf([.. grants])
        let reasons = string.Join("; ", needs.Where(need => (need.Action, need.Target) == grants.Key).Select(need => need.Reason).Distinct())
        group grants.Key.Action by (resources, reasons) into row
        select ((IReadOnlyList<string>)[.. row.Order(StringComparer.Ordinal)], row.Key.resources, row.Key.reasons);

    private static string ResourcesOf(IReadOnlyList<Grant> grants) => string.Join(
        "; ",
        from grant in grants
        group grant.Resource by grant.Condition into same
        select string.Join(", ", same.Distinct().Select(resource => $"`{resource}`")) + (same.Key.Length == 0 ? "" : $", where `{same.Key}`"));
}
