namespace SnapshotBridge.Loading;

/// <summary>What a server's error means for the run.</summary>
public enum HeatWaveErrorKind
{
    /// <summary>No connection, or a dead one: the same step may work later.</summary>
    Unavailable,

    /// <summary>User or password refused.</summary>
    AccessDenied,

    /// <summary>A privilege is missing.</summary>
    GrantMissing,

    /// <summary>A deadlock or lock wait: the same statement works when repeated.</summary>
    Contended,

    /// <summary>The statement was interrupted from outside, by KILL QUERY for example.</summary>
    Interrupted,

    /// <summary>The statement's own fault.</summary>
    Statement,
}

/// <summary>The one place that decides what a MySQL error number means (MySQL Error Message Reference, MariaDB error codes).</summary>
public static class HeatWaveErrors
{
    public const int NoSuchProcedure = 1305;
    public const int NoSuchTable = 1146;
    public const int UnknownColumn = 1054;

    /// <summary>The server's number for a missing privilege.</summary>
    public const int GrantNeeded = 1227;

    /// <summary>The task API runs as many tasks as it may.</summary>
    public const int TooManyTasks = 1203;

    /// <summary>The task API is busy; also a lock wait.</summary>
    public const int LockBusy = 1205;

    /// <summary>
    /// Whether the server refuses CREATE EVENT for what it is, and not for the statement: 1577 the event scheduler is disabled
    /// (MariaDB 10.11 says so, MySQL 9.7.4 takes the event and never begins it: measured); 1538 and 1545 its tables cannot be
    /// used (MySQL and MariaDB error message references).
    /// </summary>
    public static bool IsEventRefusal(int number) => number is 1538 or 1545 or 1577;

    public static HeatWaveErrorKind Kind(int number) => number switch
    {
        // 1045 access denied, 1698 (MariaDB) no password given, 3118 account locked, 1820/1862 password expired, 1130 host not allowed.
        1045 or 1698 or 3118 or 1820 or 1862 or 1130 => HeatWaveErrorKind.AccessDenied,
        // 1044 schema, 1142 table, 1143 column, 1227 global privilege, 1370 routine.
        1044 or 1142 or 1143 or 1227 or 1370 => HeatWaveErrorKind.GrantMissing,
        1205 or 1213 => HeatWaveErrorKind.Contended,
        1317 => HeatWaveErrorKind.Interrupted,
        // 1290 (super_read_only), 1836 (read only mode): a DB System with high availability says so while it changes its primary.
        1290 or 1836 => HeatWaveErrorKind.Unavailable,
        // -1, 0: the driver's own timeout and failures without a server error. 1040 too many connections, 1042/1043 connect and
        // handshake, 1053 shutting down, 1129 host blocked, 1152, 1158 to 1161 broken network, 1927 killed (MariaDB),
        // 2002 to 2013 client side, 3032 offline mode, 3169 session killed, 4031 disconnected for inactivity.
        -1 or 0 or 1040 or 1042 or 1043 or 1053 or 1129 or 1152 or (>= 1158 and <= 1161) or 1927 or 2002 or 2003 or 2006 or 2013
            or 3032 or 3169 or 4031 => HeatWaveErrorKind.Unavailable,
        _ => HeatWaveErrorKind.Statement,
    };
}
