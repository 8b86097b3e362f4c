namespace SnapshotBridge.Local.StateMachine.Running;

/// <summary>What a Distributed Map's ItemReader needs of S3.</summary>
public interface IObjectReader
{
    /// <summary>The whole object.</summary>
    /// <exception cref="Exception">Any exception fails the Map with States.ItemReaderFailed and its message.</exception>
    Task<ReadOnlyMemory<byte>> ReadAsync(string bucket, string key, CancellationToken cancellationToken);
}
