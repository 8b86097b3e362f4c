using SnapshotBridge.Copying;
using Xunit;

namespace SnapshotBridge.Functions.Tests.CopyTable;

/// <summary>
/// A sink that is used as the function uses it: on the threads for transfers. What succeeds has to have completed there when the
/// call comes back; otherwise it was not sent by blocking calls, and what is tested is another way.
/// </summary>
internal sealed class SinkOnTransferThreads(IObjectSink sink, TransferThreads threads) : IObjectSink
{
    public Task<SinkResult> PutAsync(
        string name, ReadOnlyMemory<byte> content, uint crc32C, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellationToken) =>
        threads.BlockingAsync(() => sink.PutAsync(name, content, crc32C, metadata, cancellationToken));

    public Task<string?> CreateUploadAsync(string name, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellationToken) =>
        threads.BlockingAsync(() => sink.CreateUploadAsync(name, metadata, cancellationToken));

    public Task<SinkResult> PutPartAsync(
        string name, string uploadId, int number, ReadOnlyMemory<byte> content, uint crc32C, CancellationToken cancellationToken) =>
        threads.BlockingAsync(() => sink.PutPartAsync(name, uploadId, number, content, crc32C, cancellationToken));

    public Task<IReadOnlyList<SinkPart>?> ListPartsAsync(string name, string uploadId, CancellationToken cancellationToken) =>
        threads.BlockingAsync(() => sink.ListPartsAsync(name, uploadId, cancellationToken));

    public Task<SinkResult> CommitAsync(string name, string uploadId, IReadOnlyList<SinkPart> parts, CancellationToken cancellationToken) =>
        threads.BlockingAsync(() => sink.CommitAsync(name, uploadId, parts, cancellationToken));

    public Task AbortAsync(string name, string uploadId, CancellationToken cancellationToken) => threads.BlockingAsync(async () =>
    {
        await sink.AbortAsync(name, uploadId, cancellationToken);
        return true;
    });

    public Task<SinkObject?> HeadAsync(string name, CancellationToken cancellationToken) => threads.BlockingAsync(() => sink.HeadAsync(name, cancellationToken));

    public Task<bool> DeleteAsync(string name, string eTag, CancellationToken cancellationToken) =>
        threads.BlockingAsync(() => sink.DeleteAsync(name, eTag, cancellationToken));

    public async IAsyncEnumerable<SinkListing> ListAsync(
        string prefix, string first, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var items = sink.ListAsync(prefix, first, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await threads.BlockingAsync(() => items.MoveNextAsync().AsTask()))
        {
            yield return items.Current;
        }
    }
}

/// <summary>The same for a source; what it says about objects it may ask in any way, their bytes come by blocking calls.</summary>
internal sealed class SourceOnTransferThreads(IObjectSource source, TransferThreads threads) : IObjectSource
{
    public Task<SourceObject> DescribeAsync(string key, CancellationToken cancellationToken) =>
        threads.RunAsync(() => source.DescribeAsync(key, cancellationToken));

    public Task<SourcePart?> DescribePartAsync(string key, string eTag, int number, CancellationToken cancellationToken) =>
        threads.RunAsync(() => source.DescribePartAsync(key, eTag, number, cancellationToken));

    public Task<StoredChecksum?> ReadAsync(
        string key, string eTag, long sizeBytes, long offset, Memory<byte> buffer, CancellationToken cancellationToken) =>
        threads.BlockingAsync(() => source.ReadAsync(key, eTag, sizeBytes, offset, buffer, cancellationToken));

    public Task<StoredChecksum?> ReadAsync(
        string key, string eTag, long sizeBytes, long offset, Memory<byte> buffer, Action<int> received, CancellationToken cancellationToken) =>
        threads.BlockingAsync(() => source.ReadAsync(key, eTag, sizeBytes, offset, buffer, received, cancellationToken));
}

internal static class BlockingCalls
{
    /// <summary>Runs a call on a thread for transfers; one that succeeds must not have left it.</summary>
    public static Task<T> BlockingAsync<T>(this TransferThreads threads, Func<Task<T>> call) => threads.RunAsync(async () =>
    {
        var calling = call();
        var hasBlocked = calling.IsCompleted;
        var result = await calling;
        Assert.True(hasBlocked, "The call came back before it had its answer.");
        return result;
    });
}
