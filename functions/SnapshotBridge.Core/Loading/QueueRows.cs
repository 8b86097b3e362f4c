namespace SnapshotBridge.Loading;

/// <summary>A load that waits or is under way.</summary>
/// <param name="RunId">The run it belongs to.</param>
/// <param name="ExportTaskId">The export it loads.</param>
/// <param name="Schema">Target schema.</param>
/// <param name="Table">Target table.</param>
/// <param name="Quiet">How long nothing has happened in its run.</param>
internal sealed record ActiveLoad(string RunId, string ExportTaskId, string Schema, string Table, TimeSpan Quiet);

/// <summary>One table for the queue.</summary>
internal sealed record QueuedLoad(string LoadId, string RunId, string ExportTaskId, int Sequence, string Schema, string Table, IReadOnlyList<LoadStep> Steps)
{
    /// <summary><c>queued</c>, or <see cref="LoadQueue.Standing"/>.</summary>
    public string State { get; init; } = "queued";
}

/// <summary>One row of the queue.</summary>
internal sealed record LoadRow(
    string LoadId, string Schema, string Table, string State, string? WorkerId, int Starts, int? Errno, string? Message, double? Seconds)
{
    /// <summary>How long before its end its worker was noted, and with it the PAR; null where it has not ended.</summary>
    public TimeSpan? ParAge { get; init; }
}

/// <summary>One who takes tables from the queue.</summary>
/// <param name="Id">The worker's id.</param>
/// <param name="ParName">The PAR that it loads through.</param>
/// <param name="Runs">It holds its lock.</param>
/// <param name="HasBegun">It has held its lock at some time.</param>
/// <param name="Event">The name of its event, while that exists. One that was killed, or ended by a restart, leaves it behind.</param>
/// <param name="Age">Since it was created, by the server's clock.</param>
internal sealed record Worker(string Id, string ParName, bool Runs, bool HasBegun, string? Event, TimeSpan Age)
{
    public bool HasEvent => Event is not null;

    /// <summary>Its event waits to begin.</summary>
    public bool Waits => HasEvent && !HasBegun && !Runs;

    /// <summary>Whether anything is still to be expected of it.</summary>
    /// <param name="eventStart">How long an event may take to begin.</param>
    public bool IsAlive(TimeSpan eventStart) => Runs || (Waits && Age <= eventStart);
}
