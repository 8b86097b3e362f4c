using Microsoft.Extensions.Logging;

namespace SnapshotBridge.Copying;

/// <summary>Giving uploads up where that must not fail what it is a part of.</summary>
internal static class UploadAbort
{
    /// <summary>Gives an upload up; where that fails, only says so. False where it may still be open.</summary>
    public static async Task<bool> AbortQuietlyAsync(
        this IObjectSink sink, string destinationName, string uploadId, ILogger logger, CancellationToken cancellationToken)
    {
        try
        {
            await sink.AbortAsync(destinationName, uploadId, cancellationToken);
            return true;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            logger.AbortFailed(destinationName, exception.Message);
            return false;
        }
    }
}
