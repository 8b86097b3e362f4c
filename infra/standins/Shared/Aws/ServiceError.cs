using System.Net;
using Amazon.Runtime;

namespace SnapshotBridge.StandIns.Aws;

/// <summary>What a service said about a failed request.</summary>
internal sealed record ServiceError(string Message, Exception Inner, ErrorType Type, string Code, string RequestId, HttpStatusCode StatusCode);

/// <summary>Turns a service's error into the exception class that its code has, or the service's base class where it has none.</summary>
internal delegate AmazonServiceException ExceptionFactory(ServiceError error);
