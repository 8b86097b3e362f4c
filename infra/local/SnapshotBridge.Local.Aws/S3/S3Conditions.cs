using System.Globalization;

namespace SnapshotBridge.Local.Aws.S3;

/// <summary>The conditions of a read, or of the source of a copy, with S3's precedence: If-Match before If-Unmodified-Since, If-None-Match before If-Modified-Since.</summary>
internal static class S3Conditions
{
    /// <param name="entry">The object as it is.</param>
    /// <param name="header">The value of a condition, empty where it was not sent.</param>
    /// <param name="isRead">Whether a condition on what the reader has already means 304 (a read) or 412 (a copy).</param>
    /// <returns>False where the answer is 304.</returns>
    /// <exception cref="S3Exception">PreconditionFailed.</exception>
    public static bool Check(S3Object entry, Func<string, string> header, bool isRead)
    {
        var match = header("if-match");
        if (match.Length > 0 ? !Any(entry, match) : Time(header("if-unmodified-since")) < entry.LastModified)
            throw S3Exception.PreconditionFailed(match.Length > 0 ? "If-Match" : "If-Unmodified-Since");

        var noneMatch = header("if-none-match");
        if (noneMatch.Length > 0 ? !Any(entry, noneMatch) : !(Time(header("if-modified-since")) >= entry.LastModified))
            return true;
        return isRead ? false : throw S3Exception.PreconditionFailed(noneMatch.Length > 0 ? "If-None-Match" : "If-Modified-Since");
    }

    private static bool Any(S3Object entry, string etags) => etags.Split(',').Any(etag => S3Store.SameETag(entry.ETag, etag));

    private static DateTimeOffset? Time(string header)
        => DateTimeOffset.TryParse(header, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
}
