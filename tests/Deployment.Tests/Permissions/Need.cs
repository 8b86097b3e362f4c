namespace SnapshotBridge.Deployment.Tests.Permissions;

/// <summary>A permission that something needs, and what needs it.</summary>
/// <param name="Action">The IAM action.</param>
/// <param name="Target">One of <see cref="Targets"/>.</param>
/// <param name="Reason">Which call, from where, or which service on its behalf.</param>
/// <param name="Optional">Needed with some parameters only, so that a role may lack it.</param>
internal sealed record Need(string Action, string Target, string Reason, bool Optional = false);
