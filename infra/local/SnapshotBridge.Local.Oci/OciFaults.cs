using System.Collections.Immutable;

namespace SnapshotBridge.Local.Oci;

/// <summary>The cases that scenarios and tests provoke. All rules that match a request act on it, in the order they were added.</summary>
public sealed class OciFaults
{
    private ImmutableList<OciFaultRule> _rules = [];

    public IReadOnlyList<OciFaultRule> Rules => _rules;

    /// <param name="action">What goes wrong.</param>
    /// <param name="when">For which requests; null for all that it can act on.</param>
    /// <param name="times">How many matching requests it hits; <see cref="int.MaxValue"/> for all.</param>
    /// <param name="skip">How many matching requests pass first.</param>
    public OciFaultRule Add(OciFaultAction action, Func<OciRequestInfo, bool>? when = null, int times = 1, int skip = 0)
    {
        var rule = new OciFaultRule(action, when ?? (_ => true), times, skip);
        ImmutableInterlocked.Update(ref _rules, rules => rules.Add(rule));
        return rule;
    }

    public void Remove(OciFaultRule rule) => ImmutableInterlocked.Update(ref _rules, rules => rules.Remove(rule));

    public void Clear() => ImmutableInterlocked.Update(ref _rules, _ => []);

    internal IReadOnlyList<OciFaultAction> For(OciRequestInfo request) => [.. _rules.Where(rule => rule.Hits(request)).Select(rule => rule.Action)];
}

/// <summary>One fault and the requests it hits.</summary>
public sealed class OciFaultRule
{
    private readonly Func<OciRequestInfo, bool> _when;
    private readonly int _times;
    private readonly int _skip;
    private int _seen;

    internal OciFaultRule(OciFaultAction action, Func<OciRequestInfo, bool> when, int times, int skip)
    {
        (Action, _when, _times, _skip) = (action, when, times, skip);
    }

    public OciFaultAction Action { get; }

    /// <summary>How many requests it has hit so far.</summary>
    public int Triggered => Math.Clamp(Volatile.Read(ref _seen) - _skip, 0, _times);

    internal bool Hits(OciRequestInfo request)
    {
        if (!Action.ActsOn(request.Operation) || !_when(request))
        {
            return false;
        }

        var number = Interlocked.Increment(ref _seen);
        return number > _skip && number - _skip <= _times;
    }
}
