namespace SnapshotBridge.Announcing;

/// <summary>Tells other systems that a run has ended.</summary>
public interface IRunAnnouncer
{
    /// <summary>Sends the event; done once the bus has taken it.</summary>
    /// <exception cref="Errors.BridgeException">The bus did not take it, however often it was tried; the message says why.</exception>
    Task AnnounceAsync(RunCompletion completion, CancellationToken cancellationToken);

    /// <summary>Sends an event of another type, which no consumer's rule takes, to find out whether the real one could be sent.</summary>
    /// <param name="id">Tells this rehearsal apart.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.BridgeException">The bus did not take it.</exception>
    Task RehearseAsync(string id, CancellationToken cancellationToken);
}
