using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace SnapshotBridge.Local.StateMachine.Events;

/// <summary>A rule of the bus.</summary>
/// <param name="Name">Unique on the bus.</param>
/// <param name="Pattern">Which events it takes.</param>
/// <param name="Target">Gets each event that matches, as the whole event.</param>
public sealed record EventRule(string Name, EventPattern Pattern, Func<JsonObject, CancellationToken, Task> Target)
{
    /// <param name="name">Unique on the bus.</param>
    /// <param name="patternJson">The pattern as a template or an API call has it.</param>
    /// <param name="target">Gets each event that matches.</param>
    /// <exception cref="EventPatternException">The pattern is not valid.</exception>
    public static EventRule Create(string name, string patternJson, Func<JsonObject, CancellationToken, Task> target) =>
        new(name, EventPattern.Parse(patternJson), target);
}

/// <summary>A bus like EventBridge's default one: each event goes to the target of every rule that it matches.</summary>
public sealed class EventBus
{
    /// <summary>The fields that EventBridge gives every event.</summary>
    private static readonly string[] Envelope = ["version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"];

    private ImmutableList<EventRule> _rules = [];

    /// <summary>The rules in the order of their coming.</summary>
    public IReadOnlyList<EventRule> Rules => _rules;

    /// <summary>Adds a rule, or replaces the one of its name.</summary>
    public void Put(EventRule rule) =>
        ImmutableInterlocked.Update(ref _rules, static (rules, added) => rules.RemoveAll(existing => existing.Name == added.Name).Add(added), rule);

    /// <summary>Takes a rule away; one that is not there is no error.</summary>
    public void Remove(string name) =>
        ImmutableInterlocked.Update(ref _rules, static (rules, removed) => rules.RemoveAll(existing => existing.Name == removed), name);

    /// <summary>Gives the event to the target of every rule that it matches, all at a time, and waits for them.</summary>
    /// <returns>The names of the rules that took it.</returns>
    /// <exception cref="ArgumentException">The event lacks a field that EventBridge gives every event.</exception>
    /// <exception cref="AggregateException">Targets failed; each inner exception is one target's. All have been called.</exception>
    public async Task<IReadOnlyList<string>> PublishAsync(JsonObject published, CancellationToken cancellationToken)
    {
        var missing = Envelope.Where(field => !published.ContainsKey(field)).ToList();
        if (missing.Count > 0)
        {
            throw new ArgumentException($"The event has no {string.Join(", ", missing)}.", nameof(published));
        }

        var taking = _rules.Where(rule => rule.Pattern.Matches(published)).ToList();
        var deliveries = taking.Select(async rule => await rule.Target(published.DeepClone().AsObject(), cancellationToken)).ToList();
        var all = Task.WhenAll(deliveries);
        try
        {
            await all;
        }
        catch (Exception) when (all.Exception is { } failures)
        {
            throw failures;
        }

        return [.. taking.Select(rule => rule.Name)];
    }
}
