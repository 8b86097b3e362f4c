using SnapshotBridge.Local.Aws.Protocols;

namespace SnapshotBridge.Local.Aws.SecretsManager;

/// <summary>What goes wrong on purpose at Secrets Manager.</summary>
public sealed class SecretsFaults
{
    private readonly Lock _lock = new();
    private readonly List<(string? Operation, Func<AwsServiceException> Error, int[] Left)> _errors = [];

    /// <summary>Answers an error to the next requests.</summary>
    /// <param name="error">For example <c>AccessDeniedException</c>, <c>ThrottlingException</c> or <c>InternalServiceError</c> (500).</param>
    /// <param name="operation">The operation; null for any.</param>
    /// <param name="count">How many requests.</param>
    public void Fail(Func<AwsServiceException> error, string? operation = null, int count = 1)
    {
        lock (_lock)
            _errors.Add((operation, error, [count]));
    }

    /// <summary>Ends all faults.</summary>
    public void Clear()
    {
        lock (_lock)
            _errors.Clear();
    }

    internal void ThrowFor(string operation)
    {
        lock (_lock)
        {
            foreach (var (name, error, left) in _errors)
            {
                if (left[0] > 0 && (name is null || name == operation))
                {
                    left[0]--;
                    throw error();
                }
            }
        }
    }
}
