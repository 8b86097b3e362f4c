namespace SnapshotBridge.Local.Databases.Export;

/// <summary>How much <c>originalTypeMappings</c> tells of a column; RDS has written more of it over the years.</summary>
public enum TypeMappingForm
{
    /// <summary>Names of types only, as in 2020: <c>varchar</c>, <c>decimal</c>.</summary>
    NamesOnly,

    /// <summary>Length, precision and digits of a second in fields of their own, as numbers.</summary>
    Numbers,

    /// <summary>The same as texts.</summary>
    NumbersAsTexts,
}
