using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using SnapshotBridge.Errors;
using SnapshotBridge.Planning;
using SnapshotBridge.Storage;

namespace SnapshotBridge.Copying;

/// <summary>
/// Copies a batch with proof: memory bounded by a fixed set of buffers, downloads and uploads overlapping, every byte
/// checked on both legs, nothing overwritten, nothing half under its final name. Stops before the deadline and
/// continues from its checkpoint in the next invocation; what a killed invocation had finished is not sent again.
/// </summary>
/// <param name="source">Where objects come from.</param>
/// <param name="sink">Where they go.</param>
/// <param name="documents">Where batches, checkpoints and proofs are.</param>
/// <param name="limits">How much of the function a copy may take.</param>
/// <param name="buffers">What the bytes pass through.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told of what operators want to know.</param>
/// <param name="transfers">Where transfers run: <see cref="TransferThreads"/> where source and sink block there; null for the thread pool.</param>
public sealed class CopyEngine(
    IObjectSource source,
    IObjectSink sink,
    IDocumentStore documents,
    CopyLimits limits,
    PartBuffers buffers,
    TimeProvider time,
    ILogger logger,
    TaskScheduler? transfers = null)
{
    /// <summary>Invocations in a row without a finished part before the copy gives up.</summary>
    public const int MostInvocationsWithoutProgress = 3;

    /// <summary>Objects that may be under way beyond those that transfer: their uploads are opened meanwhile.</summary>
    private const int ObjectsAhead = 2;

    private AdaptiveConcurrency? _concurrency;
    private volatile bool _throttledBefore;

    /// <summary>To be called by source and sink whenever a service throttles, also when a retry then succeeds.</summary>
    public void ReportThrottled()
    {
        if (_concurrency is not { } concurrency)
        {
            // While the destination is listed: transfers then begin with fewer.
            _throttledBefore = true;
            return;
        }

        var before = concurrency.Current;
        concurrency.Throttled();
        if (concurrency.Current < before)
        {
            logger.Throttled(concurrency.Current);
        }
    }

    /// <summary>Copies what is left of the batch, as far as the invocation's time goes.</summary>
    /// <exception cref="ObjectCorruptedException">Bytes differed twice on one leg.</exception>
    /// <exception cref="SourceObjectChangedException">An object is not the one that was planned.</exception>
    /// <exception cref="SourceObjectMissingException">An object is not there any more.</exception>
    /// <exception cref="DestinationConflictException">Another object stands at a destination name.</exception>
    /// <exception cref="Parquet.ParquetFileInvalidException">An object is no readable Parquet file.</exception>
    /// <exception cref="ObjectTooLargeException">An object's parts do not fit into the memory.</exception>
    /// <exception cref="CopyStalledException">Several invocations in a row finished nothing.</exception>
    /// <exception cref="TransferThrottledException">Transient: the next invocation continues.</exception>
    /// <exception cref="TransferInterruptedException">Transient: the next invocation continues.</exception>
    /// <exception cref="AwsServiceUnavailableException">Transient: the next invocation continues.</exception>
    public async Task<CopyBatchResult> CopyAsync(CopyBatch batch, InvocationTime invocation, CancellationToken cancellationToken)
    {
        var startedAt = time.GetTimestamp();
        var startedAtUtc = time.GetUtcNow();
        var totals = new CopyTotals();
        var earlier = await EarlierWork.ReadAsync(batch, documents, sink, logger, cancellationToken);
        var stalledBefore = earlier.Checkpoint?.InvocationsWithoutProgress ?? 0;
        using var checkpoint = new CheckpointWriter(
            documents, batch.ExportTaskId, batch.Batch, stalledBefore, limits.CheckpointInterval, Work, time);
        foreach (var useless in earlier.RestoreTo(checkpoint, totals))
        {
            await sink.AbortQuietlyAsync(useless.DestinationName, useless.UploadId, logger, cancellationToken);
        }

        var sentSlices = new ConcurrentBag<int>();
        if (checkpoint.Done.Count < batch.Objects.Count)
        {
            await CopyObjectsAsync(batch, invocation, earlier, checkpoint, sentSlices, totals, cancellationToken);
        }

        var done = checkpoint.Done;
        int[] finished = [.. done.Keys, .. sentSlices];
        var result = new CopyBatchResult
        {
            Done = finished.Length == batch.Objects.Count,
            Objects = finished.Length,
            Bytes = finished.Sum(index => batch.Objects[index].BytesToCopy),
            SkippedObjects = totals.SkippedObjects,
            RemainingObjects = batch.Objects.Count - finished.Length,
            SentBytes = totals.SentBytes,
            Elapsed = time.GetElapsedTime(startedAt),
        };
        if (!result.Done)
        {
            await InterruptAsync(batch, checkpoint, totals.Steps > 0 ? 0 : stalledBefore + 1, result, cancellationToken);
            return result;
        }

        // A plan made with other batch sizes leaves proofs under this number that hold other objects than this batch.
        if (earlier.Copied is null || !IsSame(earlier.Copied.Objects, [.. done.Values]))
        {
            var proofs = new CopiedBatch
            {
                ExportTaskId = batch.ExportTaskId,
                Batch = batch.Batch,
                Objects = [.. done.Values],
                Statistics = checkpoint.Statistics,
                Work = Work(),
            };
            await documents.WriteAsync(
                BridgeLayout.Copied(batch.ExportTaskId, batch.Batch), proofs, CopyingJson.Default.CopiedBatch, cancellationToken);
            result = result with
            {
                NewlyProven = new ProvenBatch(
                    proofs.Objects.Count,
                    proofs.Objects.Sum(proof => proof.SizeBytes),
                    proofs.Objects.Count(proof => proof.Evidence != CopyEvidence.EndToEnd)),
            };
        }

        await checkpoint.DeleteAsync(cancellationToken);
        logger.BatchDone(
            batch.Batch, batch.ExportTaskId, result.Objects, result.Bytes, result.SkippedObjects,
            result.SentBytes, result.Elapsed.TotalSeconds, result.MegabytesPerSecond);
        return result;

        CopyWork Work()
        {
            var seconds = time.GetElapsedTime(startedAt).TotalSeconds;
            var work = new CopyWork
            {
                StartedAt = startedAtUtc,
                EndedAt = time.GetUtcNow(),
                Invocations = 1,
                Seconds = seconds,
                GibibyteSeconds = seconds * limits.MemoryBytes / (1L << 30),
                SentBytes = totals.SentBytes,
                SentObjects = totals.SentObjects,
                SentParts = totals.Parts,
            };
            return earlier.Checkpoint?.Work is { } before ? before.Then(work) : work;
        }
    }

    private static bool IsSame(IReadOnlyList<CopiedObject> written, IReadOnlyList<CopiedObject> done) =>
        written.Select(proof => (proof.Key, proof.Table, proof.DestinationName, proof.DestinationETag))
            .SequenceEqual(done.Select(proof => (proof.Key, proof.Table, proof.DestinationName, proof.DestinationETag)));

    private async Task CopyObjectsAsync(
        CopyBatch batch,
        InvocationTime invocation,
        EarlierWork earlier,
        CheckpointWriter checkpoint,
        ConcurrentBag<int> sentSlices,
        CopyTotals totals,
        CancellationToken cancellationToken)
    {
        var open = checkpoint.Open.ToDictionary(upload => upload.Index);

        var (workers, bufferBytes) = PrepareBuffers(batch, checkpoint.Open);
        var concurrency = new AdaptiveConcurrency(workers, time);
        _concurrency = concurrency;
        logger.BatchStarted(
            batch.Batch, batch.ExportTaskId, batch.Objects.Count, batch.Objects.Sum(planned => planned.BytesToCopy),
            checkpoint.Done.Count, checkpoint.Open.Count, workers, bufferBytes);
        if (_throttledBefore)
        {
            ReportThrottled();
        }

        var gate = new TransferGate(buffers, concurrency, invocation, time);
        var context = new CopyContext(batch, source, sink, documents, limits, gate, concurrency, checkpoint, totals, transfers ?? TaskScheduler.Default, logger);
        var copier = new ObjectCopier(context);
        var failures = new ConcurrentQueue<Exception>();
        var left = invocation.Remaining() - invocation.Closing;
        using var closing = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(closing.Token, cancellationToken);
        using var places = new SemaphoreSlim(workers + ObjectsAhead);
        var copies = new List<Task>();
        var finished = checkpoint.Done;
        for (var index = 0; index < batch.Objects.Count; index++)
        {
            if (finished.ContainsKey(index))
            {
                continue;
            }

            await places.WaitAsync(CancellationToken.None);
            if (gate.IsStopped)
            {
                break;
            }

            copies.Add(CopyOneAsync(index));
        }

        await Task.WhenAll(copies);
        cancellationToken.ThrowIfCancellationRequested();
        if (failures.FirstOrDefault(failure => !IsTransient(failure)) is { } final)
        {
            // Nobody continues these uploads by themselves: what they hold would be paid for without end.
            foreach (var upload in checkpoint.Open.Where(upload => !upload.IsShared))
            {
                // One that could not be given up, as with a key that OCI refuses, stays known: whoever comes after the remedy,
                // or at once with the new key, continues it.
                if (await context.AbortQuietlyAsync(upload.DestinationName, upload.UploadId, cancellationToken))
                {
                    checkpoint.Closed(upload.Index);
                }
            }

            await FailAsync(batch, checkpoint, final, cancellationToken);
        }

        if (failures.TryDequeue(out var transient))
        {
            await FailAsync(batch, checkpoint, transient, cancellationToken);
        }

        async Task CopyOneAsync(int index)
        {
            try
            {
                var planned = batch.Objects[index];
                if (await copier.CopyAsync(index, open.GetValueOrDefault(index), earlier.IsThere(planned.DestinationName), ending.Token) is not { } outcome)
                {
                    return;
                }

                totals.ObjectFinished();
                if (!outcome.IsNew)
                {
                    totals.Found();
                }

                if (outcome.Proof is { } proof)
                {
                    await checkpoint.FinishedAsync(index, proof, planned.Slice is not null, ending.Token);
                }
                else
                {
                    sentSlices.Add(index);
                }
            }
            catch (OperationCanceledException) when (ending.IsCancellationRequested)
            {
                // The deadline: what was under way is not counted as sent, and the next invocation does it.
                gate.Stop();
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                failures.Enqueue(failure);
                gate.Stop();
            }
            finally
            {
                places.Release();
            }
        }
    }

    private (int Workers, int BufferBytes) PrepareBuffers(CopyBatch batch, IReadOnlyList<UploadState> open)
    {
        var largest = batch.Objects.MaxBy(planned => planned.SizeBytes)!;
        var bufferBytes = limits.BufferBytesFor(largest.Key, largest.SizeBytes);

        // The part size of a slice was fixed by the plan, that of an open upload when the function may have had other settings.
        var parts = batch.Objects.Where(planned => planned.Slice is not null).Select(planned => (planned.DestinationName, planned.SizeBytes, planned.Slice!.PartSizeBytes))
            .Concat(open.Select(upload => (upload.DestinationName, upload.Plan.SizeBytes, upload.Plan.PartSizeBytes)));
        foreach (var (name, sizeBytes, partSizeBytes) in parts)
        {
            if (partSizeBytes > limits.BufferBudgetBytes || partSizeBytes > Array.MaxLength)
            {
                throw new ObjectTooLargeException(name, sizeBytes, partSizeBytes, limits.BufferBudgetBytes);
            }

            bufferBytes = Math.Max(bufferBytes, (int)partSizeBytes);
        }

        var workers = limits.WorkersFor(bufferBytes);
        buffers.Prepare(bufferBytes, workers);
        return (workers, bufferBytes);
    }

    private async Task InterruptAsync(
        CopyBatch batch, CheckpointWriter checkpoint, int stalled, CopyBatchResult result, CancellationToken cancellationToken)
    {
        var givesUp = stalled >= MostInvocationsWithoutProgress;

        // A redrive after the remedy begins to count anew.
        await checkpoint.CloseAsync(givesUp ? 0 : stalled, cancellationToken);
        logger.BatchInterrupted(
            batch.Batch, batch.ExportTaskId, result.Objects, result.RemainingObjects, result.SentBytes,
            result.Elapsed.TotalSeconds, result.MegabytesPerSecond);
        if (givesUp)
        {
            throw new CopyStalledException(batch.ExportTaskId, batch.Batch, stalled, result.RemainingObjects, limits.PartSizeBytes);
        }
    }

    private async Task FailAsync(CopyBatch batch, CheckpointWriter checkpoint, Exception failure, CancellationToken cancellationToken)
    {
        try
        {
            await checkpoint.FlushAsync(cancellationToken);
        }
        catch (BridgeException unwritten)
        {
            // The failure that ends the batch is the one to report.
            logger.CheckpointFailed(batch.Batch, batch.ExportTaskId, unwritten.Message);
        }

        logger.BatchFailed(batch.Batch, batch.ExportTaskId, checkpoint.Done.Count, failure.Message);
        ExceptionDispatchInfo.Throw(failure);
    }

    private static bool IsTransient(Exception failure) =>
        failure is TransferThrottledException or TransferInterruptedException or AwsServiceUnavailableException;
}
