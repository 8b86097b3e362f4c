using Microsoft.Extensions.Logging;
using SnapshotBridge.Planning;
using SnapshotBridge.Storage;

namespace SnapshotBridge.Copying;

/// <summary>What the steps of one invocation's copy share.</summary>
internal sealed record CopyContext(
    CopyBatch Batch,
    IObjectSource Source,
    IObjectSink Sink,
    IDocumentStore Documents,
    CopyLimits Limits,
    TransferGate Gate,
    AdaptiveConcurrency Concurrency,
    CheckpointWriter Checkpoint,
    CopyTotals Totals,
    TaskScheduler Transfers,
    ILogger Logger)
{
    public string ExportTaskId => Batch.ExportTaskId;

    public PlannedObject Planned(int index) => Batch.Objects[index];

    /// <summary>Runs one transfer where transfers run, which may block: never on the thread that granted its turn.</summary>
    public Task<T> TransferAsync<T>(Func<Task<T>> transfer) =>
        Task.Factory.StartNew(transfer, CancellationToken.None, TaskCreationOptions.DenyChildAttach, Transfers).Unwrap();

    /// <summary>The same for a transfer that returns nothing.</summary>
    public Task TransferAsync(Func<Task> transfer) =>
        Task.Factory.StartNew(transfer, CancellationToken.None, TaskCreationOptions.DenyChildAttach, Transfers).Unwrap();

    /// <summary>How the object's bytes can be compared with what the source keeps, which is asked for it.</summary>
    /// <exception cref="SourceObjectChangedException">The object is not the one that was planned.</exception>
    public async Task<SourceCheck> DescribeAsync(PlannedObject planned, CancellationToken cancellationToken)
    {
        var found = await Source.DescribeAsync(planned.Key, cancellationToken);
        return found.SizeBytes == planned.SizeBytes && found.ETag.Trim('"') == planned.ETag.Trim('"')
            ? await SourceCheck.ForAsync(Source, planned, found.Checksum, cancellationToken)
            : throw new SourceObjectChangedException(
                planned.Key, $"{planned.SizeBytes} bytes, ETag {planned.ETag}", $"{found.SizeBytes} bytes, ETag {found.ETag}");
    }

    /// <summary>The object is where it should be.</summary>
    public CopiedObject Proof(PlannedObject planned, SourceProof proof, PartChecksums checksums, string eTag, ObjectFacts facts)
    {
        Logger.ObjectCopied(planned.DestinationName, planned.SizeBytes, facts.Rows, proof.Evidence);
        return new CopiedObject
        {
            Key = planned.Key,
            DestinationName = planned.DestinationName,
            Table = planned.Table,
            SizeBytes = planned.SizeBytes,
            Evidence = proof.Evidence,
            EvidenceReason = proof.Reason,
            Crc32C = Crc32C.ToBase64(checksums.Crc32C),
            Crc64Nvme = Crc64Nvme.ToBase64(checksums.Crc64Nvme),
            SourceETag = planned.ETag,
            DestinationETag = eTag,
            Rows = facts.Rows,
            Columns = facts.Columns,
            Statistics = facts.Statistics,
        };
    }

    /// <summary>The bytes read are not those that the source stored: worth one more reading.</summary>
    /// <exception cref="ObjectCorruptedException">They had been read a second time.</exception>
    public void SourceMismatch(PlannedObject planned, SourceProof proof, bool isSecond)
    {
        if (isSecond)
        {
            throw new ObjectCorruptedException(planned.Key, TransferLeg.Source, proof.Algorithm, proof.Expected, proof.Actual);
        }

        Logger.SourceMismatch(planned.Key, proof.Algorithm, proof.Expected, proof.Actual);
    }

    /// <summary>The destination has or received other bytes than were sent: worth sending once more.</summary>
    /// <exception cref="ObjectCorruptedException">They had been sent a second time.</exception>
    public void DestinationMismatch(PlannedObject planned, PartChecksums checksums, string? found, bool isSecond)
    {
        var (expected, actual) = (Crc32C.ToBase64(checksums.Crc32C), found ?? "nothing");
        if (isSecond)
        {
            throw new ObjectCorruptedException(planned.DestinationName, TransferLeg.Destination, "CRC32C", expected, actual);
        }

        Logger.DestinationMismatch(planned.DestinationName, expected, actual);
    }

    /// <summary>Gives an upload up without letting that hide the failure for which it is given up. False where it may still be open.</summary>
    public Task<bool> AbortQuietlyAsync(string destinationName, string uploadId, CancellationToken cancellationToken) =>
        Sink.AbortQuietlyAsync(destinationName, uploadId, Logger, cancellationToken);
}
