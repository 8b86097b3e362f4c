namespace SnapshotBridge.Loading.Declarations;

/// <summary>A column while the limits of the whole table are looked at.</summary>
internal sealed class ColumnDraft(string fileName, string name, string sourceText, TypeChoice choice)
{
    private const string WideRow = "the table's columns other than TEXT would be wider than the 65,535 bytes of a MySQL row, and this is one of the widest";

    private TypeChoice _choice = choice;

    public bool IsLoadable => _choice.IsLoadable;

    /// <summary>The wider of the two types decides, so that both variants of the table fit.</summary>
    public int RowBytes => Math.Max(ColumnLimits.RowBytes(_choice.Type), _choice.CompatibleType is { } other ? ColumnLimits.RowBytes(other) : 0);

    public bool CanBeText => IsWide(_choice.Type) || (_choice.CompatibleType is { } other && IsWide(other));

    public void MakeText() => _choice = _choice with
    {
        Type = IsWide(_choice.Type) ? "TEXT" : _choice.Type,
        Reason = IsWide(_choice.Type) ? WideRow : _choice.Reason,
        CompatibleType = _choice.CompatibleType is { } other && IsWide(other) ? "TEXT" : _choice.CompatibleType,
    };

    public void LeaveOut(string reason) => _choice = _choice with { IsLoadable = false, Reason = reason, CompatibleReason = _choice.CompatibleType is null ? null : reason };

    public DeclaredColumn Column() => new(name, _choice.Type)
    {
        FileName = fileName,
        IsLoadable = _choice.IsLoadable,
        Change = Change(_choice.Type, _choice.Reason),
        CompatibleType = _choice.CompatibleType,
        CompatibleChange = _choice.CompatibleType is { } other ? Change(other, _choice.CompatibleReason ?? _choice.Reason) : null,
    };

    private TypeChange? Change(string type, string? reason)
    {
        var renamed = name == fileName ? null : $"MySQL takes no column named '{fileName}' here; it is '{name}'";
        var why = (reason, renamed) switch
        {
            (null, null) => null,
            (null, _) => renamed,
            (_, null) => reason,
            _ => $"{reason}; {renamed}",
        };
        return why is null ? null : new TypeChange(fileName, sourceText, _choice.IsLoadable ? type : TypeChange.NotLoaded, why);
    }

    // A TEXT takes ten bytes of the row.
    private static bool IsWide(string type) =>
        (type.StartsWith("CHAR(", StringComparison.Ordinal) || type.StartsWith("VARCHAR(", StringComparison.Ordinal)) && ColumnLimits.RowBytes(type) > 10;
}
