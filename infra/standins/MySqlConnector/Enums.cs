namespace MySqlConnector;

/// <summary>How the connection is encrypted. Preferred and Required accept any certificate.</summary>
public enum MySqlSslMode
{
    None,
    Disabled = 0,
    Preferred,
    Required,
    VerifyCA,
    VerifyFull,
}

/// <summary>Which column type, if any, is read as a <see cref="Guid"/>.</summary>
public enum MySqlGuidFormat
{
    Default,
    None,
    Char36,
    Char32,
    Binary16,
    TimeSwapBinary16,
    LittleEndianBinary16,
}

/// <summary>What kind of time DATETIME values are.</summary>
public enum MySqlDateTimeKind
{
    Unspecified = DateTimeKind.Unspecified,
    Utc = DateTimeKind.Utc,
    Local = DateTimeKind.Local,
}

/// <summary>What a bulk load does with rows whose key exists.</summary>
public enum MySqlBulkLoaderConflictOption
{
    None,
    Replace,
    Ignore,
}

/// <summary>Column types.</summary>
public enum MySqlDbType
{
    Bool = -1,
    Decimal,
    Byte,
    Int16,
    Int32,
    Float,
    Double,
    Null,
    Timestamp,
    Int64,
    Int24,
    Date,
    Time,
    DateTime,
    Year,
    Newdate,
    VarString,
    Bit,
    JSON = 245,
    NewDecimal,
    Enum,
    Set,
    TinyBlob,
    MediumBlob,
    LongBlob,
    Blob,
    VarChar,
    String,
    Geometry,
    UByte = 501,
    UInt16,
    UInt32,
    UInt64 = 508,
    UInt24,
    Binary = 600,
    VarBinary,
    TinyText = 749,
    MediumText,
    LongText,
    Text,
    Guid = 800,
}
