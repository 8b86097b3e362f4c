namespace Amazon.Lambda.Core;

/// <summary>The logger that needs no invocation. The runtime redirects it; here it writes to standard output.</summary>
public static class LambdaLogger
{
    public static void Log(string message) => Console.WriteLine(message);

    public static void Log(string level, string message, params object[] args)
    {
        var suffix = args is { Length: > 0 } ? " Arguments: " + string.Join(' ', args.Select(a => $"\"{a}\"")) : "";
        Console.WriteLine($"{level}: {message}{suffix}");
    }

    public static void Log(LogLevel level, string message, params object[] args) => Log(level.ToString(), message, args);

    public static void Log(string level, Exception exception, string message, params object[] args)
    {
        Log(level, message, args);
        Console.WriteLine(exception);
    }

    public static void Log(LogLevel level, Exception exception, string message, params object[] args) =>
        Log(level.ToString(), exception, message, args);
}
