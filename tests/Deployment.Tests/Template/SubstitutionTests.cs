using SnapshotBridge.Deployment.Tests.Kit;
using SnapshotBridge.Local.StateMachine.Asl;

namespace SnapshotBridge.Deployment.Tests.Template;

public sealed class SubstitutionTests
{
    [Fact]
    public void Substitutions_UsedByTheDefinition_AreThoseThatTheTemplateGives() => Assert.Equal(
        StateMachineWiring.Substitutions.Select(entry => entry.Key).Order(StringComparer.Ordinal),
        DefinitionSubstitutions.Names(ShippedMachine.Raw).Order(StringComparer.Ordinal));

    /// <summary>A definition is text to CloudFormation: a placeholder in place of a number would make it invalid or a string.</summary>
    [Fact]
    public void Substitutions_InTheDefinition_StandInsideStrings() => Assert.All(
        SamTemplate.Walk(ShippedMachine.Definition).Where(entry => entry.Value?.ToJsonString().StartsWith("\"${", StringComparison.Ordinal) == true),
        entry => Assert.True(SamTemplate.Text(entry.Value) is not null, entry.Path));

    [Fact]
    public void Substitutions_Values_ReferToResourcesOrParametersOfTheTemplate() => Assert.All(
        SamTemplate.References(StateMachineWiring.Substitutions),
        name => Assert.True(
            SamTemplate.Shipped.Resources.ContainsKey(name.Split('.')[0]) || SamTemplate.Shipped.Parameters.ContainsKey(name) || name.StartsWith("AWS::", StringComparison.Ordinal),
            $"{name} is neither a resource nor a parameter."));
}
