using System.Globalization;

namespace SnapshotBridge.Parquet;

/// <summary>The schema of parquet.thrift: a tree written depth first, whose leaves are the columns.</summary>
internal static class ParquetSchemaParser
{
    /// <summary>MySQL allows 4,096 columns, PostgreSQL 1,600: what has more is damaged, and must not cost memory.</summary>
    private const int MaximumSchemaElements = 10_000;

    private readonly record struct SchemaElement(ParquetColumn? Leaf, string Name, ParquetRepetition Repetition, int Children);

    public static List<ParquetColumn> Read(ref ThriftCompactReader reader, ThriftType type)
    {
        var elements = ReadElements(ref reader, type);
        return Leaves(reader, elements);
    }

    /// <summary>The physical type of a column or of a column chunk, by its number.</summary>
    public static ParquetPhysicalType PhysicalTypeOf(ref ThriftCompactReader reader, ThriftType type) =>
        reader.ReadInt32(type) is var number and >= 0 and <= (int)ParquetPhysicalType.FixedLenByteArray
            ? (ParquetPhysicalType)number
            : throw reader.Invalid("a column's physical type is unknown");

    private static List<SchemaElement> ReadElements(ref ThriftCompactReader reader, ThriftType type)
    {
        var count = reader.ReadListHeader(type, out var elementType);
        if (count is < 1 or > MaximumSchemaElements)
        {
            throw reader.Invalid($"the schema has {count} elements where 1 to {MaximumSchemaElements} are allowed");
        }

        var elements = new List<SchemaElement>(count);
        for (var i = 0; i < count; i++)
        {
            reader.ExpectStruct(elementType);
            elements.Add(ReadSchemaElement(ref reader));
        }

        return elements;
    }

    private static SchemaElement ReadSchemaElement(ref ThriftCompactReader reader)
    {
        ParquetPhysicalType? physical = null;
        ParquetConvertedType? converted = null;
        LogicalType logical = default;
        string? name = null;
        var repetition = ParquetRepetition.Required;
        int typeLength = 0, children = 0, scale = 0, precision = 0;

        var id = 0;
        while (reader.NextField(ref id, out var type))
        {
            switch (id)
            {
                case 1:
                    physical = PhysicalTypeOf(ref reader, type);
                    break;
                case 2:
                    typeLength = reader.ReadInt32(type);
                    break;
                case 3:
                    repetition = reader.ReadInt32(type) is var r and >= 0 and <= 2
                        ? (ParquetRepetition)r
                        : throw reader.Invalid("a column's repetition is unknown");
                    break;
                case 4:
                    name = reader.ReadString(type);
                    break;
                case 5:
                    children = reader.ReadInt32(type);
                    break;
                case 6:
                    converted = reader.ReadInt32(type) is var c and >= 0 and <= (int)ParquetConvertedType.Interval
                        ? (ParquetConvertedType)c
                        : throw reader.Invalid("a column's converted type is unknown");
                    break;
                case 7:
                    scale = reader.ReadInt32(type);
                    break;
                case 8:
                    precision = reader.ReadInt32(type);
                    break;
                case 10:
                    logical = ReadLogicalType(ref reader, type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        if (name is null || children < 0 || (physical is null && children == 0))
        {
            // An empty root is how a table without columns would look; RDS has no such table.
            throw reader.Invalid("a schema element has no name, or is neither a column nor a group");
        }

        if (physical is null || children > 0)
        {
            return new SchemaElement(null, name, repetition, children);
        }

        if (physical == ParquetPhysicalType.FixedLenByteArray && typeLength <= 0)
        {
            throw reader.Invalid($"the fixed-length column '{name}' has a length of {typeLength}");
        }

        var column = new ParquetColumn(name, physical.Value)
        {
            TypeLength = physical == ParquetPhysicalType.FixedLenByteArray ? typeLength : 0,
            ConvertedType = converted,
            LogicalType = logical.Text,
            Precision = precision != 0 ? precision : logical.Precision,
            Scale = scale != 0 ? scale : logical.Scale,
            Repetition = repetition,
        };
        return new SchemaElement(column, name, repetition, 0);
    }

    private readonly record struct LogicalType(string? Text, int Precision, int Scale);

    /// <summary>A union: one field, whose number is the type.</summary>
    private static LogicalType ReadLogicalType(ref ThriftCompactReader reader, ThriftType type)
    {
        reader.ExpectStruct(type);
        var result = default(LogicalType);
        var id = 0;
        while (reader.NextField(ref id, out var fieldType))
        {
            switch (id)
            {
                case 5:
                    var (scale, precision) = ReadTwo(ref reader, fieldType);
                    result = new LogicalType(string.Create(CultureInfo.InvariantCulture, $"DECIMAL({precision},{scale})"), (int)precision, (int)scale);
                    break;
                case 7 or 8:
                    var (utc, unit) = ReadTwo(ref reader, fieldType);
                    var unitText = unit switch { 1 => "MILLIS", 2 => "MICROS", 3 => "NANOS", _ => "?" };
                    result = new LogicalType($"{(id == 7 ? "TIME" : "TIMESTAMP")}({unitText},{(utc == 1 ? "UTC" : "local")})", 0, 0);
                    break;
                case 10:
                    var (width, signed) = ReadTwo(ref reader, fieldType);
                    result = new LogicalType(string.Create(CultureInfo.InvariantCulture, $"INTEGER({width},{(signed == 1 ? "signed" : "unsigned")})"), 0, 0);
                    break;
                default:
                    result = new LogicalType(
                        id switch
                        {
                            1 => "STRING",
                            2 => "MAP",
                            3 => "LIST",
                            4 => "ENUM",
                            6 => "DATE",
                            11 => "UNKNOWN",
                            12 => "JSON",
                            13 => "BSON",
                            14 => "UUID",
                            15 => "FLOAT16",
                            _ => string.Create(CultureInfo.InvariantCulture, $"LOGICAL_{id}"),
                        },
                        0,
                        0);
                    reader.Skip(fieldType);
                    break;
            }
        }

        return result;
    }

    /// <summary>The fields 1 and 2 of a small struct: whole numbers, truth values as 0 and 1, a union as its field's number.</summary>
    private static (long First, long Second) ReadTwo(ref ThriftCompactReader reader, ThriftType type)
    {
        reader.ExpectStruct(type);
        long first = 0, second = 0;
        var id = 0;
        while (reader.NextField(ref id, out var fieldType))
        {
            long value = 0;
            switch (fieldType)
            {
                case ThriftType.True or ThriftType.False:
                    value = reader.ReadBoolean(fieldType) ? 1 : 0;
                    break;
                case ThriftType.Byte:
                    value = reader.ReadInteger(fieldType);
                    break;
                case ThriftType.Int16 or ThriftType.Int32 or ThriftType.Int64:
                    value = reader.ReadInt32(fieldType);
                    break;
                case ThriftType.Struct:
                    var inner = 0;
                    while (reader.NextField(ref inner, out var innerType))
                    {
                        value = inner;
                        reader.Skip(innerType);
                    }

                    break;
                default:
                    reader.Skip(fieldType);
                    break;
            }

            if (id == 1)
            {
                first = value;
            }
            else if (id == 2)
            {
                second = value;
            }
        }

        return (first, second);
    }

    /// <summary>The schema is a tree written depth first; a frame holds a group's name and how many of its children are still to come.</summary>
    private static List<ParquetColumn> Leaves(ThriftCompactReader reader, List<SchemaElement> elements)
    {
        if (elements[0].Leaf is not null)
        {
            throw reader.Invalid("the schema's root is a column");
        }

        var columns = new List<ParquetColumn>(elements.Count - 1);
        var open = new Stack<(string Path, bool Nested, int Left)>();
        open.Push(("", false, elements[0].Children));
        foreach (var element in elements.Skip(1))
        {
            while (open.TryPeek(out var done) && done.Left == 0)
            {
                open.Pop();
            }

            if (!open.TryPop(out var parent))
            {
                throw reader.Invalid("the schema has more elements than its groups announce");
            }

            open.Push(parent with { Left = parent.Left - 1 });
            var path = parent.Path + element.Name;
            if (path.Length > short.MaxValue)
            {
                throw reader.Invalid($"a column's path is longer than {short.MaxValue} characters");
            }

            if (element.Leaf is { } leaf)
            {
                columns.Add(leaf with { Name = path, IsNested = parent.Nested || element.Repetition == ParquetRepetition.Repeated });
            }
            else
            {
                open.Push((path + ".", true, element.Children));
            }
        }

        if (open.Any(group => group.Left != 0))
        {
            throw reader.Invalid("the schema has fewer elements than its groups announce");
        }

        return columns;
    }
}
