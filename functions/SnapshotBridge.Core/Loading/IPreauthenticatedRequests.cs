using SnapshotBridge.Copying;

namespace SnapshotBridge.Loading;

/// <summary>
/// Pre-authenticated requests (PARs) of the destination bucket. Passing failures come as
/// <see cref="TransferThrottledException"/> and <see cref="TransferInterruptedException"/>; no exception holds a PAR's address.
/// </summary>
public interface IPreauthenticatedRequests
{
    /// <summary>Creates a PAR that reads and lists everything below a prefix and nothing else. Its address is shown this once.</summary>
    Task<LoadPar> CreateAsync(string name, string prefix, DateTimeOffset expires, CancellationToken cancellationToken);

    /// <summary>All PARs whose name begins so.</summary>
    Task<IReadOnlyList<ParSummary>> FindAsync(string namePrefix, CancellationToken cancellationToken);

    /// <summary>Revokes a PAR; one that is already gone is no error.</summary>
    Task DeleteAsync(string id, CancellationToken cancellationToken);

    /// <summary>All objects below a prefix as somebody who has only the PAR sees them.</summary>
    /// <exception cref="Errors.ParRejectedException">The PAR is not honoured.</exception>
    Task<IReadOnlyList<SinkListing>> ListThroughAsync(LoadPar par, string prefix, CancellationToken cancellationToken);
}

/// <param name="Id">The id to delete it by; it is not the token.</param>
/// <param name="Name">The name that it was created with.</param>
public sealed record ParSummary(string Id, string Name);
