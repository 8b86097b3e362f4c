using System.Text.Json.Nodes;
using SnapshotBridge.Deployment.Tests.Kit;

namespace SnapshotBridge.Deployment.Tests.Permissions;

/// <summary>The kinds of things that one action is needed on for different reasons.</summary>
internal static class Targets
{
    public const string Any = "";
    public const string Documents = "our documents";
    public const string Exports = "exported files";
    public const string Bucket = "the bucket";
    public const string ExportKey = "the export's key";
    public const string SecretsKey = "the secrets' key";
}

/// <summary>One action that a role allows, on one resource.</summary>
/// <param name="Action">Such as <c>s3:GetObject</c>.</param>
/// <param name="Resource">As a reader of the template knows it: partition, Region and account left out.</param>
/// <param name="Condition">When it holds, or nothing.</param>
internal sealed record Grant(string Action, string Resource, string Condition)
{
    /// <summary>One of <see cref="Targets"/>.</summary>
    public string Target => this switch
    {
        _ when Action.StartsWith("kms:", StringComparison.Ordinal) => Resource.Contains("Secrets", StringComparison.Ordinal) ? Targets.SecretsKey : Targets.ExportKey,
        _ when !Action.StartsWith("s3:", StringComparison.Ordinal) => Targets.Any,
        _ when Resource.Contains("/bridge/", StringComparison.Ordinal) => Targets.Documents,
        _ when Resource.Contains("/exports/", StringComparison.Ordinal) => Targets.Exports,
        _ when Resource.Contains('/', StringComparison.Ordinal) || Resource == "*" => "everything in the bucket",
        _ => Targets.Bucket,
    };
}

/// <summary>A role of the template and what it allows.</summary>
internal sealed class IamRole
{
    private IamRole(string id, JsonObject properties)
    {
        Id = id;
        Properties = properties;
        Grants =
        [
            .. from policy in SamTemplate.Items(properties["Policies"])
               from statement in StatementsOf(policy["PolicyDocument"])
               from grant in GrantsOf(statement)
               select grant,
        ];
    }

    public static IReadOnlyList<IamRole> All { get; } =
        [.. SamTemplate.Shipped.OfType("AWS::IAM::Role").Select(role => new IamRole(role.Id, role.Properties))];

    public string Id { get; }

    public JsonObject Properties { get; }

    public IReadOnlyList<Grant> Grants { get; }

    /// <summary>The role that a function or the state machine names.</summary>
    public static IamRole Of(string id)
    {
        var reference = SamTemplate.References(SamTemplate.Shipped.Properties(id)["Role"]).SingleOrDefault();
        Assert.True(reference is not null, $"{id} names no role of its own: SAM would make one with rights that nobody listed.");
        return All.Single(role => $"{role.Id}.Arn" == reference);
    }

    /// <summary>The statements of a policy document, whatever conditions stand around them.</summary>
    public static IEnumerable<JsonObject> StatementsOf(JsonNode? document) =>
        SamTemplate.Items(document?["Statement"]).Select(statement => statement.AsObject());

    /// <summary>A resource as a reader of the template knows it.</summary>
    public static string Readable(JsonNode? resource) => resource switch
    {
        JsonObject map when map["Fn::If"] is JsonArray choice =>
            string.Join(" or ", SamTemplate.Branches(choice[1]).Concat(SamTemplate.Branches(choice[2])).Select(Readable).Distinct()),
        JsonObject map when map["Fn::Sub"] is { } text => SamTemplate.Text(text)!
            .Replace("arn:${AWS::Partition}:", "", StringComparison.Ordinal)
            .Replace("${AWS::Region}:${AWS::AccountId}:", "", StringComparison.Ordinal),
        JsonObject => string.Join(' ', SamTemplate.References(resource).Select(name => name.EndsWith(".Arn", StringComparison.Ordinal) ? name[..^4] : name)),
        _ => SamTemplate.Text(resource) ?? "",
    };

    private static IEnumerable<Grant> GrantsOf(JsonObject statement) =>
        from action in SamTemplate.Texts(statement["Action"])
        from resource in SamTemplate.Items(statement["Resource"])
        select new Grant(action, Readable(resource), ConditionOf(statement));

    private static string ConditionOf(JsonObject statement) => string.Join(
        " and ",
        from test in statement["Condition"]?.AsObject() ?? []
        from key in test.Value!.AsObject()
        select $"{key.Key} is {string.Join(" or ", SamTemplate.Items(key.Value).Select(Readable))}");
}
