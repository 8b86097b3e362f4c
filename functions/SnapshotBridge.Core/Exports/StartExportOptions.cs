using SnapshotBridge.Configuration;
using SnapshotBridge.Requests;

namespace SnapshotBridge.Exports;

/// <summary>StartExport's settings.</summary>
public sealed record StartExportOptions
{
    /// <summary>A week: as far as the polls and waits that the state machine allows its StartExport state reach.</summary>
    public const int MaxDeadlineHours = 24 * 7;

    /// <summary>Where and with which rights RDS writes.</summary>
    public required ExportTarget Target { get; init; }

    /// <summary>What requests are judged against.</summary>
    public required RequestContext Requests { get; init; }

    /// <summary>How long an execution waits for its export; the default is 48 hours.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromHours(48);

    /// <exception cref="InvalidOptionsException">Settings are missing or invalid; all are named.</exception>
    public static StartExportOptions Read(EnvironmentReader environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        var location = ExportLocation.Read(environment);
        var options = new StartExportOptions
        {
            Target = new ExportTarget(
                location.Bucket,
                location.Prefix,
                RoleArn(environment),
                environment.Required("EXPORT_KMS_KEY_ID")),
            Requests = new RequestContext(environment.Required("AWS_REGION"), environment.List("SOURCE_DATABASES")),
            Deadline = TimeSpan.FromHours(environment.Number("EXPORT_DEADLINE_HOURS", 48, 1, MaxDeadlineHours)),
        };
        environment.ThrowIfInvalid("StartExport");
        return options;
    }

    private static string RoleArn(EnvironmentReader environment)
    {
        var role = environment.Required("EXPORT_ROLE_ARN");
        if (role.Length > 0 && !(role.StartsWith("arn:", StringComparison.Ordinal) && role.Contains(":role/", StringComparison.Ordinal)))
        {
            environment.Problem("EXPORT_ROLE_ARN", role, "must be the ARN of a role (arn:aws:iam::<account>:role/<name>)");
        }

        return role;
    }
}
