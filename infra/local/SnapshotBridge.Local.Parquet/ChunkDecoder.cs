using System.Buffers.Binary;
using SnapshotBridge.Parquet;

namespace SnapshotBridge.Local.Parquet;

/// <summary>Puts the pages of one column chunk together.</summary>
internal sealed class ChunkDecoder
{
    private readonly ParquetColumn _column;
    private readonly string _objectName;
    private readonly int _rows;
    private readonly bool[]? _nulls;
    private readonly long[] _integers = [];
    private readonly double[] _doubles = [];
    private readonly ReadOnlyMemory<byte>[] _bytes = [];
    private PlainValues? _dictionary;
    private int _dictionaryEntries;
    private int[] _scratch = [];

    public ChunkDecoder(ParquetColumn column, int rows, string objectName)
    {
        _column = column;
        _rows = rows;
        _objectName = objectName;
        _nulls = column.Repetition == ParquetRepetition.Optional ? new bool[rows] : null;
        switch (column.PhysicalType)
        {
            case ParquetPhysicalType.Boolean or ParquetPhysicalType.Int32 or ParquetPhysicalType.Int64:
                _integers = new long[rows];
                break;
            case ParquetPhysicalType.Float or ParquetPhysicalType.Double:
                _doubles = new double[rows];
                break;
            default:
                _bytes = new ReadOnlyMemory<byte>[rows];
                break;
        }
    }

    public int RowsRead { get; private set; }

    public void AddDictionary(PageHeader header, ReadOnlyMemory<byte> data)
    {
        if (header.Encoding is not (ParquetNumbers.EncodingPlain or ParquetNumbers.EncodingPlainDictionary))
        {
            throw new ParquetFeatureNotSupportedException(_objectName, $"column '{_column.Name}' has a dictionary in encoding {header.Encoding}");
        }

        if (_dictionary is not null)
        {
            throw Damaged("it has two dictionaries");
        }

        _dictionary = PlainValues.Decode(_column, data, header.Values, _objectName);
        _dictionaryEntries = header.Values;
    }

    public void AddPage(PageHeader header, ReadOnlyMemory<byte> data)
    {
        var rows = header.Values;
        if (rows == 0 || rows > _rows - RowsRead)
        {
            throw Damaged($"a page has {rows} values where {_rows - RowsRead} are missing");
        }

        var values = rows;
        if (_nulls is not null)
        {
            values = ReadLevels(header, ref data, rows);
        }

        switch (header.Encoding)
        {
            case ParquetNumbers.EncodingPlain:
                Place(PlainValues.Decode(_column, data, values, _objectName), null, rows);
                break;
            case ParquetNumbers.EncodingPlainDictionary or ParquetNumbers.EncodingRleDictionary:
                Place(_dictionary ?? throw Damaged("a page uses a dictionary that is not there"), ReadIndices(data.Span, values), rows);
                break;
            default:
                throw new ParquetFeatureNotSupportedException(_objectName, $"column '{_column.Name}' has a page in encoding {header.Encoding}");
        }

        RowsRead += rows;
    }

    public ParquetColumnValues Finish() => new(_column, _rows, _nulls, _integers, _doubles, _bytes);

    private int ReadLevels(PageHeader header, ref ReadOnlyMemory<byte> data, int rows)
    {
        if (header.LevelEncoding != ParquetNumbers.EncodingRle)
        {
            throw new ParquetFeatureNotSupportedException(_objectName, $"column '{_column.Name}' has levels in encoding {header.LevelEncoding}");
        }

        var length = data.Length >= 4 ? BinaryPrimitives.ReadInt32LittleEndian(data.Span) : -1;
        if (length < 0 || length > data.Length - 4)
        {
            throw Damaged("a page's definition levels are longer than the page");
        }

        var levels = Scratch(rows);
        HybridEncoding.Decode(data.Span.Slice(4, length), 1, levels, _objectName, $"definition levels of column '{_column.Name}'");
        data = data[(4 + length)..];
        var nulls = _nulls.AsSpan(RowsRead, rows);
        var values = 0;
        for (var i = 0; i < rows; i++)
        {
            nulls[i] = levels[i] == 0;
            values += levels[i] & 1;
        }

        return values;
    }

    private int[] ReadIndices(ReadOnlySpan<byte> data, int count)
    {
        var indices = new int[count];
        if (count == 0)
        {
            return indices;
        }

        if (data.IsEmpty || data[0] > 32)
        {
            throw Damaged("a page's dictionary indices have no sensible width");
        }

        HybridEncoding.Decode(data[1..], data[0], indices, _objectName, $"dictionary indices of column '{_column.Name}'");
        foreach (var index in indices)
        {
            if ((uint)index >= (uint)_dictionaryEntries)
            {
                throw Damaged($"a page refers to entry {index} of a dictionary of {_dictionaryEntries}");
            }
        }

        return indices;
    }

    private void Place(PlainValues values, int[]? indices, int rows)
    {
        var next = 0;
        for (var row = RowsRead; row < RowsRead + rows; row++)
        {
            if (_nulls is not null && _nulls[row])
            {
                continue;
            }

            var at = indices is null ? next : indices[next];
            next++;
            if (_integers.Length > 0)
            {
                _integers[row] = values.Integers[at];
            }
            else if (_doubles.Length > 0)
            {
                _doubles[row] = values.Doubles[at];
            }
            else
            {
                _bytes[row] = values.Bytes[at];
            }
        }
    }

    private Span<int> Scratch(int length)
    {
        if (_scratch.Length < length)
        {
            _scratch = new int[length];
        }

        return _scratch.AsSpan(0, length);
    }

    private ParquetFileInvalidException Damaged(string problem) => new(_objectName, $"column '{_column.Name}': {problem}");
}
