using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace SnapshotBridge.Local.StateMachine.Running;

/// <summary>How a callback ended a waiting task.</summary>
internal sealed record CallbackOutcome(string? Output, string? Error, string? Cause)
{
    internal bool Succeeded => Output is not null;
}

/// <summary>One attempt of a task that waits for its token.</summary>
internal sealed class CallbackTask(string token, TimeProvider timeProvider)
{
    private readonly TaskCompletionSource<CallbackOutcome> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _lastHeartbeat = timeProvider.GetTimestamp();

    internal string Token { get; } = token;

    internal Task<CallbackOutcome> Completion => _completion.Task;

    /// <summary>Not longer than it was: the present is read first, so that a heartbeat that comes meanwhile is never taken for a missed one.</summary>
    internal TimeSpan SinceHeartbeat
    {
        get
        {
            var now = timeProvider.GetTimestamp();
            return timeProvider.GetElapsedTime(Interlocked.Read(ref _lastHeartbeat), now);
        }
    }

    internal void Beat() => Interlocked.Exchange(ref _lastHeartbeat, timeProvider.GetTimestamp());

    internal void Complete(CallbackOutcome outcome) => _completion.TrySetResult(outcome);
}

/// <summary>All task tokens. A token is opaque, belongs to one attempt of one task, and is good for one callback.</summary>
internal sealed class CallbackTasks(TimeProvider timeProvider)
{
    private const int TokenBytes = 180;

    private readonly ConcurrentDictionary<string, CallbackTask> _open = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _closed = new(StringComparer.Ordinal);

    internal CallbackTask Open()
    {
        var task = new CallbackTask(Convert.ToBase64String(RandomNumberGenerator.GetBytes(TokenBytes)), timeProvider);
        _open[task.Token] = task;
        return task;
    }

    /// <summary>Every token ever handed out.</summary>
    internal IReadOnlyList<string> Issued => [.. _open.Keys.Concat(_closed.Keys).Distinct()];

    /// <summary>Ends the token's life. False when a callback was quicker: the task's completion is then set.</summary>
    internal bool TryClose(CallbackTask task)
    {
        _closed[task.Token] = 0;
        return _open.TryRemove(task.Token, out _);
    }

    /// <exception cref="StatesServiceException">InvalidToken, TaskTimedOut or TaskDoesNotExist.</exception>
    internal void Complete(string token, CallbackOutcome outcome)
    {
        if (string.IsNullOrEmpty(token) || !_open.TryRemove(token, out var task))
        {
            throw Refusal(token);
        }

        _closed[token] = 0;
        task.Complete(outcome);
    }

    /// <exception cref="StatesServiceException">InvalidToken, TaskTimedOut or TaskDoesNotExist.</exception>
    internal void Beat(string token)
    {
        if (string.IsNullOrEmpty(token) || !_open.TryGetValue(token, out var task))
        {
            throw Refusal(token);
        }

        task.Beat();
    }

    private StatesServiceException Refusal(string token)
    {
        if (string.IsNullOrEmpty(token) || !IsWellFormed(token))
        {
            return new StatesServiceException("InvalidToken", "Invalid Token: 'Invalid token'");
        }

        return _closed.ContainsKey(token)
            ? new StatesServiceException("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
            : new StatesServiceException("TaskDoesNotExist", "Task does not exist: no task of this service has this token");
    }

    private static bool IsWellFormed(string token)
    {
        Span<byte> bytes = stackalloc byte[TokenBytes + 3];
        return token.Length == TokenBytes / 3 * 4 && Convert.TryFromBase64String(token, bytes, out var written) && written == TokenBytes;
    }
}
