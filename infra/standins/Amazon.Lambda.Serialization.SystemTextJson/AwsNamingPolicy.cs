using System.Text.Json;

namespace Amazon.Lambda.Serialization.SystemTextJson;

/// <summary>Names as declared, or as another policy says, but for the two header names that S3 events carry.</summary>
public class AwsNamingPolicy : JsonNamingPolicy
{
    private readonly JsonNamingPolicy _fallbackNamingPolicy;

    public AwsNamingPolicy()
    {
    }

    public AwsNamingPolicy(JsonNamingPolicy fallbackNamingPolicy) => _fallbackNamingPolicy = fallbackNamingPolicy;

    public override string ConvertName(string name) => name switch
    {
        "XAmzId2" => "x-amz-id-2",
        "XAmzRequestId" => "x-amz-request-id",
        _ => _fallbackNamingPolicy?.ConvertName(name) ?? name,
    };
}
