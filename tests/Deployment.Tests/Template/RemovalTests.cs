using SnapshotBridge.Deployment.Tests.Kit;

namespace SnapshotBridge.Deployment.Tests.Template;

/// <summary>Removing the stack, or replacing a resource of it, loses no data, no key to it, no secret, and leaves none of it open.</summary>
public sealed class RemovalTests
{
    private static readonly string[] Kept =
        ["AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::KMS::Key", "AWS::SecretsManager::Secret"];

    public static TheoryData<string> KeptResources => [.. SamTemplate.Shipped.OfType(Kept).Select(resource => resource.Id)];

    [Theory]
    [MemberData(nameof(KeptResources))]
    public void Resource_ThatHoldsOrGuardsData_OutlivesTheStack(string id)
    {
        var resource = SamTemplate.Shipped.Resources[id]!;

        Assert.Equal("Retain", SamTemplate.Text(resource["DeletionPolicy"]));
        Assert.Equal("Retain", SamTemplate.Text(resource["UpdateReplacePolicy"]));
    }

    /// <summary>What is kept must not stand in the way of the next stack of the same name; the bucket's name is the operator's choice.</summary>
    [Theory]
    [MemberData(nameof(KeptResources))]
    public void Resource_ThatOutlivesTheStack_HasNoNameThatTheNextOneWouldTake(string id) =>
        Assert.Null(SamTemplate.Shipped.Properties(id)["Name"]);

    /// <summary>Everything else goes: what is kept by mistake is paid for without a purpose.</summary>
    [Fact]
    public void Resources_OfOtherKinds_GoWithTheStack() => Assert.All(
        SamTemplate.Shipped.Resources.Where(resource => !Kept.Contains(SamTemplate.Shipped.TypeOf(resource.Key))),
        resource => Assert.NotEqual("Retain", SamTemplate.Text(resource.Value!["DeletionPolicy"])));
}
