using Amazon.Lambda.Core;
using Microsoft.Extensions.Logging;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace SnapshotBridge.Aws;

/// <summary>
/// Lets Core log through Lambda's logger, which adds time, level and request id. Only the two-argument form of
/// <see cref="ILambdaLogger"/> is used: the default implementation of the form with arguments calls itself without end.
/// </summary>
public sealed class LambdaLog(ILambdaLogger logger) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    // The runtime filters by AWS_LAMBDA_LOG_LEVEL.
    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
        {
            return;
        }

        var message = formatter(state, exception);
        logger.Log(Name(logLevel), exception is null ? message : $"{message}{Environment.NewLine}{exception}");
    }

    private static string Name(LogLevel level) => level switch
    {
        LogLevel.Trace => "Trace",
        LogLevel.Debug => "Debug",
        LogLevel.Warning => "Warning",
        LogLevel.Error => "Error",
        LogLevel.Critical => "Critical",
        _ => "Information",
    };
}
