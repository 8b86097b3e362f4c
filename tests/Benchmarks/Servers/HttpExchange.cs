using System.Globalization;
using System.Text;
using SnapshotBridge.Copying;

namespace SnapshotBridge.Benchmarks.Servers;

/// <summary>One request on one connection, and its answer.</summary>
internal sealed class HttpExchange(HttpConnection connection, HttpRequestHead head)
{
    private static readonly byte[] Continue = "HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray();

    private bool _bodyRead;

    public HttpRequestHead Head => head;

    /// <summary>Reads the body to its end and keeps nothing but its CRC32C: the same work for every client's upload.</summary>
    public uint DrainBody()
    {
        AcceptBody();
        var crc = 0u;
        for (var left = head.ContentLength; left > 0;)
        {
            var piece = connection.ReadSome(left);
            crc = Crc32C.Append(crc, piece);
            left -= piece.Length;
        }

        return crc;
    }

    /// <summary>Reads a document.</summary>
    public byte[] ReadDocument()
    {
        AcceptBody();
        var document = new byte[head.ContentLength];
        for (var offset = 0; offset < document.Length;)
        {
            var piece = connection.ReadSome(document.Length - offset);
            piece.CopyTo(document.AsSpan(offset));
            offset += piece.Length;
        }

        return document;
    }

    /// <summary>Answers with a document, or with nothing but headers.</summary>
    public void Answer(int status, string? body = null, string contentType = "application/xml", params ReadOnlySpan<(string Name, string Value)> headers) =>
        AnswerBytes(status, body is null ? [] : Encoding.UTF8.GetBytes(body), contentType, headers);

    public void AnswerBytes(int status, ReadOnlySpan<byte> body, string contentType, params ReadOnlySpan<(string Name, string Value)> headers)
    {
        AnswerHead(status, body.Length, contentType, headers);
        if (head.Method != "HEAD")
        {
            connection.Write(body);
        }

        connection.Flush();
    }

    /// <summary>Answers with part of an object.</summary>
    public void AnswerContent(int status, ObjectContent content, long offset, long length, params ReadOnlySpan<(string Name, string Value)> headers)
    {
        AnswerHead(status, length, "application/octet-stream", headers);
        if (head.Method != "HEAD")
        {
            while (length > 0)
            {
                var piece = content.At(offset, length);
                connection.Write(piece);
                offset += piece.Length;
                length -= piece.Length;
            }
        }

        connection.Flush();
    }

    /// <summary>Answers a HEAD.</summary>
    public void AnswerContentHead(long length, params ReadOnlySpan<(string Name, string Value)> headers)
    {
        AnswerHead(200, length, "application/octet-stream", headers);
        connection.Flush();
    }

    /// <summary>Reads what the handler did not want, so that the next request is found.</summary>
    public void Finish()
    {
        if (!_bodyRead && head.ContentLength > 0)
        {
            DrainBody();
        }
    }

    private void AnswerHead(int status, long length, string contentType, ReadOnlySpan<(string Name, string Value)> headers)
    {
        Finish();
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} {Reason(status)}\r\nDate: {TimeProvider.System.GetUtcNow():R}\r\nx-amz-request-id: 1\r\nopc-request-id: 1\r\n");
        foreach (var (name, value) in headers)
        {
            text.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        if (status != 204)
        {
            text.Append(CultureInfo.InvariantCulture, $"Content-Type: {contentType}\r\nContent-Length: {length}\r\n");
        }

        connection.Write(Encoding.Latin1.GetBytes(text.Append("\r\n").ToString()));
    }

    private void AcceptBody()
    {
        _bodyRead = true;
        if (head.Header("Transfer-Encoding") is { } encoding)
        {
            throw new NotSupportedException($"A body in Transfer-Encoding {encoding}: these servers take plain bodies with a Content-Length only.");
        }

        if (head.ExpectsContinue)
        {
            connection.Write(Continue);
            connection.Flush();
        }
    }

    private static string Reason(int status) => status switch
    {
        200 => "OK",
        204 => "No Content",
        206 => "Partial Content",
        400 => "Bad Request",
        404 => "Not Found",
        412 => "Precondition Failed",
        501 => "Not Implemented",
        _ => "Answer",
    };
}
