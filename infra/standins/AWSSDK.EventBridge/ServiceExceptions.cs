using Amazon.EventBridge.Model;
using SnapshotBridge.StandIns.Aws;

namespace Amazon.EventBridge;

/// <summary>The exception class of each error code that PutEvents documents.</summary>
internal static class ServiceExceptions
{
    public static AmazonEventBridgeException From(ServiceError e) => e.Code switch
    {
        "InternalException" => new InternalException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        _ => new AmazonEventBridgeException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
    };
}
