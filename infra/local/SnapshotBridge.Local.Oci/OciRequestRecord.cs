namespace SnapshotBridge.Local.Oci;

/// <summary>What is known about a request before it is carried out; faults choose by it.</summary>
/// <param name="Number">Counts all requests from 1.</param>
/// <param name="Operation">What it asks for.</param>
/// <param name="Bucket">The bucket, if it names one.</param>
/// <param name="ObjectName">The object, if it names one in its path.</param>
/// <param name="UploadId">The multipart upload, if it names one.</param>
/// <param name="PartNumber">The part, for UploadPart.</param>
/// <param name="ThroughPar">True when it comes through a PAR.</param>
/// <param name="Prefix">The names that are asked for, for ListObjects.</param>
public sealed record OciRequestInfo(
    long Number, OciOperation Operation, string? Bucket, string? ObjectName, string? UploadId, int? PartNumber, bool ThroughPar, string? Prefix);

/// <summary>One request after it ended. Holds no PAR token and no signature.</summary>
/// <param name="Request">What it asked for.</param>
/// <param name="Time">When it arrived.</param>
/// <param name="User">The user whose signature was accepted; null for PARs and refused signatures.</param>
/// <param name="BodyBytesReceived">How many bytes of its body arrived: what a client spent on it.</param>
/// <param name="BodyBytesSent">How many bytes of a body went back.</param>
/// <param name="Status">The status it got; 0 where the connection was cut before one was sent.</param>
/// <param name="Code">The error code it got.</param>
/// <param name="Detail">Why it was refused, in more words than the answer had.</param>
/// <param name="AnswerLost">True when it was carried out and the connection was then cut.</param>
/// <param name="RequestId">The <c>opc-request-id</c> that it got.</param>
public sealed record OciRequestRecord(
    OciRequestInfo Request, DateTimeOffset Time, string? User, long BodyBytesReceived, long BodyBytesSent, int Status, string? Code, string? Detail,
    bool AnswerLost, string RequestId);
