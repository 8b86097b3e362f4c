namespace Amazon.Lambda.Core;

/// <summary>Severity of a log line.</summary>
public enum LogLevel
{
    Trace,
    Debug,
    Information,
    Warning,
    Error,
    Critical,
}
