using SnapshotBridge.Errors;
using SnapshotBridge.Loading;

namespace SnapshotBridge.Preflight;

/// <summary>
/// Runs one function's checks one after another and keeps a line for each. A check that fails ends none of the others, and
/// one that hangs is ended by its time.
/// </summary>
public sealed class Checklist(TimeProvider time, CancellationToken cancellationToken)
{
    /// <summary>Longer than connecting and a few retries take, and short enough for all checks to fit into one invocation.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(45);

    private readonly List<PreflightCheck> _checks = [];

    public IReadOnlyList<PreflightCheck> Checks => _checks;

    /// <summary>Runs a check.</summary>
    /// <param name="name">The line's name.</param>
    /// <param name="target">What is checked.</param>
    /// <param name="remedy">What helps where the failure itself names nothing better.</param>
    /// <param name="check">The check; a <see cref="BridgeException"/> is a failure.</param>
    /// <returns>True where the checks that build on it make sense: it is ok, or a warning.</returns>
    public async Task<bool> RunAsync(string name, string target, string remedy, Func<CancellationToken, Task<Finding>> check)
    {
        ArgumentNullException.ThrowIfNull(check);
        var finding = await FindAsync(check, remedy);
        _checks.Add(new PreflightCheck(name, target, finding.Result, SecretMask.Mask(finding.Detail), finding.Remedy));
        return finding.Result is PreflightResult.Ok or PreflightResult.Warning;
    }

    /// <summary>Notes a check that cannot be made because an earlier one failed.</summary>
    public void Skip(string name, string target, string reason) => _checks.Add(new PreflightCheck(name, target, PreflightResult.Skipped, reason));

    /// <summary>
    /// Removes what a check created, whatever happened before: it has its own time, also when the check's was over. It
    /// leaves a line only where it could not, naming what is left.
    /// </summary>
    public async Task RemoveAsync(string name, string what, Func<CancellationToken, Task> remove)
    {
        ArgumentNullException.ThrowIfNull(remove);
        var finding = await FindAsync(
            async token =>
            {
                await remove(token);
                return Finding.Ok("removed");
            },
            "");
        if (finding.Result != PreflightResult.Ok)
        {
            _checks.Add(new PreflightCheck(
                $"{name}.removed", what, PreflightResult.Failed, $"could not be removed: {SecretMask.Mask(finding.Detail)}",
                $"Remove {what} by hand; nothing reads it. A run may need the permission to delete, too."));
        }
    }

    private async Task<Finding> FindAsync(Func<CancellationToken, Task<Finding>> check, string remedy)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await check(both.Token);
        }
        catch (BridgeException failure)
        {
            return Finding.Failed(failure.Message, Remedies.For(failure) ?? remedy);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return Finding.Failed($"no answer within {Patience.TotalSeconds:F0} s", remedy);
        }
    }
}
