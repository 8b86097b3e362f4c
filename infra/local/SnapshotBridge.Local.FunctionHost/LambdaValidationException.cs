namespace SnapshotBridge.Local.FunctionHost;

/// <summary>The function is not what its handler string says. The name is the managed runtime's.</summary>
internal sealed class LambdaValidationException(string message, Exception? innerException = null) : Exception(message, innerException);
