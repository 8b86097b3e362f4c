using SnapshotBridge.Configuration;

namespace SnapshotBridge.Exports;

/// <summary>The settings of ExportMarker and ExportEnded.</summary>
public sealed record ExportMarkerOptions(ExportLocation Location)
{
    /// <exception cref="InvalidOptionsException">Settings are missing or invalid; all are named.</exception>
    public static ExportMarkerOptions Read(EnvironmentReader environment, string function)
    {
        ArgumentNullException.ThrowIfNull(environment);
        var location = ExportLocation.Read(environment);
        environment.ThrowIfInvalid(function);
        return new ExportMarkerOptions(location);
    }
}
