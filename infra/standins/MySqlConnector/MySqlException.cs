using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace MySqlConnector;

/// <summary>An error of the server or of the connection. As in the package it cannot be created by a caller.</summary>
[SuppressMessage("Design", "CA1064", Justification = "The shape is the package's.")]
public sealed class MySqlException : DbException
{
    internal MySqlException(MySqlErrorCode errorCode, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        ErrorCode = errorCode;
        Number = (int)errorCode;
        SqlState = SqlStates.Of(Number);
    }

    /// <summary>The server's error number.</summary>
    public int Number { get; }

    public new MySqlErrorCode ErrorCode { get; }

    public override string? SqlState { get; }

    public override bool IsTransient => ErrorCode is MySqlErrorCode.ConnectionCountError or MySqlErrorCode.LockDeadlock
        or MySqlErrorCode.LockWaitTimeout or MySqlErrorCode.UnableToConnectToHost or MySqlErrorCode.XARBDeadlock;

    internal static MySqlException ForTimeout(Exception? innerException) => new(
        MySqlErrorCode.CommandTimeoutExpired, "The Command Timeout expired before the operation completed.", innerException);
}

/// <summary>A warning or note of the server.</summary>
public sealed class MySqlError
{
    internal MySqlError(string level, int code, string message)
    {
        Level = level;
        ErrorCode = (MySqlErrorCode)code;
        Message = message;
    }

    public string Level { get; }

    public MySqlErrorCode ErrorCode { get; }

    public string Message { get; }
}

/// <summary>Warnings that came with a result.</summary>
public sealed class MySqlInfoMessageEventArgs : EventArgs
{
    internal MySqlInfoMessageEventArgs(IReadOnlyList<MySqlError> errors) => Errors = errors;

    public IReadOnlyList<MySqlError> Errors { get; }
}

public delegate void MySqlInfoMessageEventHandler(object sender, MySqlInfoMessageEventArgs args);
