using System.Globalization;
using System.Net;
using System.Text;

namespace SnapshotBridge.CopyTable.Wire;

/// <summary>One request and the head of its answer over a blocking connection.</summary>
internal static class HttpExchange
{
    /// <summary>Sends the request and reads the answer's head; its content reads the body from the connection.</summary>
    /// <param name="connection">The connection; <paramref name="whenDone"/> takes it back.</param>
    /// <param name="request">What to send. Content whose length is not known is not supported.</param>
    /// <param name="expectContinueTimeout">How long to wait for the go-ahead that a request asks for.</param>
    /// <param name="whenDone">Called once the whole answer has been read and the connection can be used again.</param>
    /// <param name="cancellationToken">For the request's content.</param>
    /// <exception cref="IOException">The connection broke, or what came is no HTTP.</exception>
    public static async Task<HttpResponseMessage> RunAsync(
        BlockingConnection connection, HttpRequestMessage request, TimeSpan expectContinueTimeout, Action whenDone, CancellationToken cancellationToken)
    {
        connection.Begin();
        var lengthBytes = request.Content is null ? 0 : request.Content.Headers.ContentLength ?? throw new NotSupportedException("The request's content has no length.");
        var isWholeSent = true;
        string[]? head = null;
        try
        {
            connection.Write(Encoding.Latin1.GetBytes(Head(request, lengthBytes)));
            if (request.Headers.ExpectContinue == true && connection.Awaits(expectContinueTimeout))
            {
                head = connection.ReadHead();
                isWholeSent = IsInterim(head);
            }

            if (isWholeSent && request.Content is { } content)
            {
                await content.CopyToAsync(new RequestBody(connection), cancellationToken);
            }
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException { InnerException: IOException })
        {
            // A service that refuses a request may say so and close before it has read the whole; what it said counts.
            isWholeSent = false;
            head = TryReadHead(connection);
            if (head is null)
            {
                throw;
            }
        }

        while (head is null || IsInterim(head))
        {
            head = connection.ReadHead();
        }

        return Answer(connection, request, head, isWholeSent, whenDone);
    }

    private static bool IsInterim(string[] head) => (int)Status(head) is >= 100 and < 200;

    private static string[]? TryReadHead(BlockingConnection connection)
    {
        try
        {
            return connection.ReadHead();
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static string Head(HttpRequestMessage request, long lengthBytes)
    {
        var uri = request.RequestUri!;
        var text = new StringBuilder(1024)
            .Append(request.Method.Method).Append(' ').Append(uri.PathAndQuery).Append(" HTTP/1.1\r\n")
            .Append("Host: ").Append(request.Headers.Host ?? uri.Authority).Append("\r\n");
        foreach (var (name, values) in request.Headers.NonValidated)
        {
            if (!name.Equals("Host", StringComparison.OrdinalIgnoreCase))
            {
                text.Append(name).Append(": ").Append(Checked(name, values.ToString())).Append("\r\n");
            }
        }

        if (request.Content is { } content)
        {
            foreach (var (name, values) in content.Headers.NonValidated)
            {
                if (!name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
                {
                    text.Append(name).Append(": ").Append(Checked(name, values.ToString())).Append("\r\n");
                }
            }
        }

        if (request.Content is not null || request.Method == HttpMethod.Put || request.Method == HttpMethod.Post)
        {
            text.Append("Content-Length: ").Append(lengthBytes.ToString(CultureInfo.InvariantCulture)).Append("\r\n");
        }

        return text.Append("\r\n").ToString();
    }

    /// <exception cref="HttpRequestException">It holds what would end the line, or is no text that a head may hold.</exception>
    private static string Checked(string name, string value) => value.AsSpan().ContainsAnyExceptInRange(' ', '~')
        ? throw new HttpRequestException($"The header {name} holds a character that cannot be sent.")
        : value;

    /// <exception cref="HttpIOException">It is no status line.</exception>
    private static HttpStatusCode Status(string[] head) =>
        head[0].Split(' ', 3) is [var version, { Length: 3 } code, ..] && version.StartsWith("HTTP/1.", StringComparison.Ordinal)
        && int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var status)
            ? (HttpStatusCode)status
            : throw new HttpIOException(HttpRequestError.InvalidResponse, "The answer does not begin with an HTTP/1.1 status line.");

    private static HttpResponseMessage Answer(BlockingConnection connection, HttpRequestMessage request, string[] head, bool isWholeSent, Action whenDone)
    {
        var status = Status(head);
        var response = new HttpResponseMessage(status) { RequestMessage = request, ReasonPhrase = head[0].Split(' ', 3) is [_, _, var reason] ? reason : "" };
        var body = new AnswerBody(connection);
        response.Content = new StreamContent(body);
        foreach (var line in head.AsSpan(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0)
            {
                throw new HttpIOException(HttpRequestError.InvalidResponse, "A header of the answer has no name.");
            }

            var (name, value) = (line[..colon], line[(colon + 1)..].Trim());
            if (!response.Headers.TryAddWithoutValidation(name, value))
            {
                response.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        var isKept = isWholeSent && head[0].StartsWith("HTTP/1.1", StringComparison.Ordinal) && response.Headers.ConnectionClose != true;
        body.Begin(Framing(request, response, status), isKept ? whenDone : connection.Dispose);
        return response;
    }

    /// <summary>How the body ends (RFC 9112, 6.3): after so many bytes, null for chunks, a negative number for the connection's end.</summary>
    private static long? Framing(HttpRequestMessage request, HttpResponseMessage response, HttpStatusCode status)
    {
        if (request.Method == HttpMethod.Head || status is HttpStatusCode.NoContent or HttpStatusCode.NotModified)
        {
            return 0;
        }

        return response.Headers.TransferEncodingChunked == true ? null : response.Content.Headers.ContentLength ?? -1;
    }

    /// <summary>Where a request's content is written to.</summary>
    private sealed class RequestBody(BlockingConnection connection) : BlockingStream
    {
        public override bool CanWrite => true;

        public override void Write(ReadOnlySpan<byte> buffer) => connection.Write(buffer);
    }
}
