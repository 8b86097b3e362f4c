namespace SnapshotBridge.Local.Databases.Servers;

/// <summary>A private server is not there or did not start. The message says what to do.</summary>
public sealed class DatabaseServerException(string message, Exception? innerException = null) : Exception(message, innerException);
