namespace SnapshotBridge.Requests;

/// <summary>What an execution's input turned out to be.</summary>
public abstract record RequestOutcome
{
    private RequestOutcome()
    {
    }

    /// <summary>A snapshot to bridge.</summary>
    public sealed record Accepted(BridgeRequest Request) : RequestOutcome;

    /// <summary>An event that is not for us, with the reason in words. A manual request is never ignored.</summary>
    public sealed record Ignored(string Reason) : RequestOutcome;
}
