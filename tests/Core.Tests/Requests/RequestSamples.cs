using System.Text.Json;
using SnapshotBridge.Requests;
using Xunit;

namespace SnapshotBridge.Core.Tests.Requests;

internal static class RequestSamples
{
    public const string Arn = "arn:aws:rds:eu-central-1:123456789012:snapshot:shop-2025";

    public static readonly RequestContext Everyone = new("eu-central-1", []);

    public static RequestOutcome Parse(string json, RequestContext? context = null)
    {
        using var document = JsonDocument.Parse(json);
        return BridgeRequest.Parse(document.RootElement, context ?? Everyone);
    }

    public static BridgeRequest Accept(string json, RequestContext? context = null) =>
        Assert.IsType<RequestOutcome.Accepted>(Parse(json, context)).Request;

    public static string Ignore(string json, RequestContext? context = null) =>
        Assert.IsType<RequestOutcome.Ignored>(Parse(json, context)).Reason;

    public static RequestInvalidException Reject(string json, RequestContext? context = null) =>
        Assert.Throws<RequestInvalidException>(() => Parse(json, context));
}
