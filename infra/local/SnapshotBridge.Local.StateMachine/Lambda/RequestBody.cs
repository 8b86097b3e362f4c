using Microsoft.AspNetCore.Http;

namespace SnapshotBridge.Local.StateMachine.Lambda;

internal static class RequestBody
{
    /// <summary>The whole body, or its first bytes beyond the limit: what is too long is not kept.</summary>
    public static async Task<byte[]> ReadAsync(HttpRequest request, int limit)
    {
        using var body = new MemoryStream();
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted)) > 0)
        {
            if (body.Length <= limit)
            {
                body.Write(buffer, 0, read);
            }
        }

        return body.ToArray();
    }
}
