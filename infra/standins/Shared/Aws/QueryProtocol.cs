using System.Globalization;
using System.Net;
using System.Xml;
using System.Xml.Linq;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;

namespace SnapshotBridge.StandIns.Aws;

/// <summary>The AWS Query protocol: a form out, XML back.</summary>
internal sealed class QueryProtocol(string serviceName, string apiVersion, ExceptionFactory exceptions)
{
    public InvokeOptions Options<TRequest, TResponse>(
        string operation, Action<TRequest, QueryForm> write, Action<XElement, TResponse> read)
        where TRequest : AmazonWebServiceRequest
        where TResponse : AmazonWebServiceResponse, new() => new()
        {
            RequestMarshaller = new Marshaller(request =>
            {
                var wire = new DefaultRequest(request, serviceName) { HttpMethod = "POST", ResourcePath = "/" };
                wire.Parameters["Action"] = operation;
                wire.Parameters["Version"] = apiVersion;
                write((TRequest)request, new QueryForm(wire.Parameters));
                return wire;
            }),
            ResponseUnmarshaller = new Unmarshaller<TResponse>(operation, read, exceptions),
        };

    private sealed class Marshaller(Func<AmazonWebServiceRequest, IRequest> marshall) : IMarshaller<IRequest, AmazonWebServiceRequest>
    {
        public IRequest Marshall(AmazonWebServiceRequest input) => marshall(input);
    }

    private sealed class Unmarshaller<TResponse>(string operation, Action<XElement, TResponse> read, ExceptionFactory exceptions)
        : XmlResponseUnmarshaller
        where TResponse : AmazonWebServiceResponse, new()
    {
        public override AmazonWebServiceResponse Unmarshall(XmlUnmarshallerContext context)
        {
            var root = XDocument.Load(context.Stream).Root;
            var response = new TResponse
            {
                ResponseMetadata = new ResponseMetadata { RequestId = root.Child("ResponseMetadata").Text("RequestId") },
            };
            if (root.Child(operation + "Result") is { } result)
                read(result, response);
            return response;
        }

        public override AmazonServiceException UnmarshallException(
            XmlUnmarshallerContext context, Exception innerException, HttpStatusCode statusCode)
        {
            XElement root = null;
            var readError = innerException;
            try
            {
                root = XDocument.Load(context.Stream).Root;
            }
            catch (XmlException e)
            {
                // A proxy's page, or nothing at all: the status code still says what happened.
                readError ??= e;
            }

            var error = root.Child("Error");
            return exceptions(new ServiceError(
                error.Text("Message") ?? $"The service answered with HTTP status {(int)statusCode}.",
                readError,
                error.Text("Type") switch { "Sender" => ErrorType.Sender, "Receiver" => ErrorType.Receiver, _ => ErrorType.Unknown },
                error.Text("Code"),
                root.Text("RequestId"),
                statusCode));
        }
    }
}

/// <summary>The form of a request; what is not set is not sent.</summary>
internal sealed class QueryForm(IDictionary<string, string> parameters)
{
    public QueryForm Add(string name, string value)
    {
        if (value is not null)
            parameters[name] = value;
        return this;
    }

    public QueryForm Add(string name, int? value) => Add(name, value?.ToString(CultureInfo.InvariantCulture));

    public QueryForm Add(string name, bool? value) => Add(name, value is null ? null : value.Value ? "true" : "false");

    /// <summary>A list as <c>name.member.1</c>; an empty one as the bare name.</summary>
    public QueryForm AddList(string name, string member, IReadOnlyList<string> values)
    {
        if (values is { Count: 0 })
            parameters[name] = "";
        for (var i = 0; i < values?.Count; i++)
            Add(string.Create(CultureInfo.InvariantCulture, $"{name}.{member}.{i + 1}"), values[i]);
        return this;
    }
}

/// <summary>Reading of answers: by local name, null where something is absent.</summary>
internal static class XmlReading
{
    public static XElement Child(this XElement element, string name) =>
        element?.Elements().FirstOrDefault(e => e.Name.LocalName == name);

    public static string Text(this XElement element, string name) => element.Child(name)?.Value;

    public static int? Int(this XElement element, string name) =>
        element.Text(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;

    public static bool? Bool(this XElement element, string name) =>
        element.Text(name) is { Length: > 0 } text ? bool.Parse(text) : null;

    public static DateTime? Date(this XElement element, string name) =>
        element.Text(name) is { Length: > 0 } text
            ? DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal)
            : null;

    /// <summary>The list, or null when there is no such element or it is empty: the SDK does not tell the two apart.</summary>
    public static List<T> List<T>(this XElement element, string name, Func<XElement, T> read) =>
        element.Child(name)?.Elements().Select(read).ToList() is { Count: > 0 } items ? items : null;
}
