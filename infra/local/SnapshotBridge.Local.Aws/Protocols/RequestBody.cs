using Microsoft.AspNetCore.Http;

namespace SnapshotBridge.Local.Aws.Protocols;

/// <summary>Reads the bodies of the protocols whose requests are small.</summary>
internal static class RequestBody
{
    /// <summary>Far above every limit of the services played here (Step Functions takes 256 KiB of input, RDS a 200 KB list).</summary>
    private const int MaxBytes = 4 * 1024 * 1024;

    public static async Task<byte[]> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int count;
        while ((count = await request.Body.ReadAsync(buffer, cancellationToken)) > 0)
        {
            body.Write(buffer, 0, count);
            if (body.Length > MaxBytes)
                throw new AwsServiceException("RequestEntityTooLarge", $"The request is longer than {MaxBytes} bytes.", 413);
        }

        return body.ToArray();
    }
}
