using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using SnapshotBridge.Parquet;

namespace SnapshotBridge.Local.Parquet;

/// <summary>
/// Writes a Parquet file as RDS writes it: flat columns, data pages v1, GZIP, converted types, no dictionary offsets.
/// Hand one value per column to <see cref="Columns"/>, then call <see cref="EndRow"/>; <see cref="Finish"/> completes the file.
/// </summary>
public sealed class ParquetWriter : IDisposable
{
    private sealed record WrittenChunk(
        ParquetColumn Column, long Offset, long Values, long Uncompressed, long Compressed, bool Dictionary,
        long NullCount, (byte[] Minimum, byte[] Maximum)? Bounds);

    private sealed record WrittenGroup(long Rows, IReadOnlyList<WrittenChunk> Chunks);

    /// <summary>A dictionary pays while it stays small beside the values.</summary>
    private const int MaximumDictionaryEntries = 16_384;

    private readonly Stream _output;
    private readonly ParquetWriterOptions _options;
    private readonly ColumnWriter[] _columns;
    private readonly List<WrittenGroup> _groups = [];
    private readonly ThriftCompactWriter _thrift = new();
    private readonly ArrayBufferWriter<byte> _page = new(1 << 16);
    private readonly MemoryStream _compressed = new();
    private int _rows;
    private bool _finished;

    /// <summary>Begins a file; <paramref name="output"/> is written forward only and left open.</summary>
    public ParquetWriter(Stream output, IReadOnlyList<ParquetColumn> columns, ParquetWriterOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentOutOfRangeException.ThrowIfZero(columns.Count);
        _output = output;
        _options = options ?? new ParquetWriterOptions();
        _columns = [.. columns.Select(column => new ColumnWriter(column, _options.PageBytes))];
        WriteBytes("PAR1"u8);
    }

    public IReadOnlyList<ColumnWriter> Columns => _columns;

    /// <summary>Rows taken so far.</summary>
    public long Rows { get; private set; }

    /// <summary>Bytes written so far; the open row group is not among them.</summary>
    public long BytesWritten { get; private set; }

    /// <summary>Uncompressed bytes of the open row group.</summary>
    public long OpenBytes
    {
        get
        {
            long sum = 0;
            foreach (var column in _columns)
            {
                sum += column.PlainBytes;
            }

            return sum;
        }
    }

    /// <summary>Completes a row.</summary>
    /// <exception cref="InvalidOperationException">A column got no value or several for this row.</exception>
    public void EndRow()
    {
        _rows++;
        Rows++;
        foreach (var column in _columns)
        {
            if (column.Rows != _rows)
            {
                throw new InvalidOperationException($"Column '{column.Column.Name}' has {column.Rows} values in row {_rows} of its row group.");
            }
        }

        if (_rows >= _options.RowGroupRows || ((_rows & 0xFF) == 0 && OpenBytes >= _options.RowGroupBytes))
        {
            EndRowGroup();
        }
    }

    /// <summary>Ends the open row group, if it has rows.</summary>
    public void EndRowGroup()
    {
        if (_rows == 0)
        {
            return;
        }

        _groups.Add(new WrittenGroup(_rows, [.. _columns.Select(WriteChunk)]));
        _rows = 0;
        foreach (var column in _columns)
        {
            column.BeginRowGroup();
        }
    }

    /// <summary>Writes what is left and the footer.</summary>
    public void Finish()
    {
        if (_finished)
        {
            throw new InvalidOperationException("The file is already complete.");
        }

        EndRowGroup();
        _finished = true;
        WriteFooter();
        _output.Flush();
    }

    /// <summary>Releases the buffers. Without <see cref="Finish"/> before it, the file stays incomplete.</summary>
    public void Dispose() => _compressed.Dispose();

    private WrittenChunk WriteChunk(ColumnWriter column)
    {
        var offset = BytesWritten;
        long uncompressed = 0;
        var isBits = column.Column.PhysicalType == ParquetPhysicalType.Boolean;
        var dictionary = _options.Dictionaries && !isBits ? ColumnDictionary.TryBuild(column, MaximumDictionaryEntries) : null;
        if (dictionary is not null)
        {
            uncompressed += WritePage(dictionary.Plain, header =>
            {
                header.BeginStruct(7);
                header.Int32(1, dictionary.Entries);
                header.Int32(2, ParquetNumbers.EncodingPlainDictionary);
                header.EndStruct();
            }, ParquetNumbers.DictionaryPage);
        }

        foreach (var page in column.Pages())
        {
            _page.ResetWrittenCount();
            if (column.Column.Repetition == ParquetRepetition.Optional)
            {
                WriteLevels(column.Levels(page.FirstRow, page.Rows));
            }

            if (isBits)
            {
                WriteBits(column.Plain.Slice(page.FirstByte, page.Bytes));
            }
            else if (dictionary is null)
            {
                _page.Write(column.Plain.Slice(page.FirstByte, page.Bytes));
            }
            else
            {
                var bitWidth = HybridEncoding.BitWidth(dictionary.Entries - 1);
                _page.GetSpan(1)[0] = (byte)bitWidth;
                _page.Advance(1);
                HybridEncoding.Encode(dictionary.Indices.AsSpan(page.FirstValue, page.Values), bitWidth, _page);
            }

            uncompressed += WritePage(_page.WrittenSpan, header =>
            {
                header.BeginStruct(5);
                header.Int32(1, page.Rows);
                header.Int32(2, dictionary is null ? ParquetNumbers.EncodingPlain : ParquetNumbers.EncodingPlainDictionary);
                header.Int32(3, ParquetNumbers.EncodingRle);
                header.Int32(4, ParquetNumbers.EncodingBitPacked);
                header.EndStruct();
            }, ParquetNumbers.DataPage);
        }

        return new WrittenChunk(
            column.Column, offset, column.Rows, uncompressed, BytesWritten - offset, dictionary is not null,
            column.Statistics.NullCount, column.Statistics.Bounds());
    }

    /// <summary>PLAIN encoding of BOOLEAN: eight values in a byte, the first in its lowest bit.</summary>
    private void WriteBits(ReadOnlySpan<byte> values)
    {
        var bits = _page.GetSpan((values.Length + 7) / 8)[..((values.Length + 7) / 8)];
        bits.Clear();
        for (var i = 0; i < values.Length; i++)
        {
            bits[i >> 3] |= (byte)(values[i] << (i & 7));
        }

        _page.Advance(bits.Length);
    }

    private void WriteLevels(ReadOnlySpan<int> levels)
    {
        var start = _page.WrittenCount;
        _page.GetSpan(4)[..4].Clear();
        _page.Advance(4);
        HybridEncoding.Encode(levels, 1, _page);
        var length = _page.WrittenCount - start - 4;
        // The buffer gives out read-only memory for what is written, and the length is known only now.
        var bytes = MemoryMarshal.AsMemory(_page.WrittenMemory).Span;
        BinaryPrimitives.WriteInt32LittleEndian(bytes[start..], length);
    }

    /// <returns>The page's uncompressed size with its header, as the chunk's total counts it.</returns>
    private long WritePage(ReadOnlySpan<byte> body, Action<ThriftCompactWriter> specific, int pageType)
    {
        var stored = Compress(body);
        _thrift.Clear();
        _thrift.Int32(1, pageType);
        _thrift.Int32(2, body.Length);
        _thrift.Int32(3, stored.Length);
        specific(_thrift);
        _thrift.End();
        var header = _thrift.Written.Length;
        WriteBytes(_thrift.Written);
        WriteBytes(stored);
        return header + body.Length;
    }

    private ReadOnlySpan<byte> Compress(ReadOnlySpan<byte> body)
    {
        if (_options.Compression == CompressionLevel.NoCompression)
        {
            return body;
        }

        _compressed.SetLength(0);
        using (var gzip = new GZipStream(_compressed, _options.Compression, leaveOpen: true))
        {
            gzip.Write(body);
        }

        return _compressed.GetBuffer().AsSpan(0, (int)_compressed.Length);
    }

    private void WriteFooter()
    {
        var thrift = new ThriftCompactWriter();
        thrift.Int32(1, 1);
        thrift.BeginList(2, ThriftType.Struct, _columns.Length + 1);
        thrift.BeginElement();
        thrift.Text(4, "spark_schema");
        thrift.Int32(5, _columns.Length);
        thrift.EndStruct();
        foreach (var column in _columns)
        {
            WriteSchemaElement(thrift, column.Column);
        }

        thrift.Int64(3, Rows);
        thrift.BeginList(4, ThriftType.Struct, _groups.Count);
        foreach (var group in _groups)
        {
            WriteRowGroup(thrift, group);
        }

        thrift.Text(6, _options.CreatedBy);
        // Without the order, readers ignore minimum and maximum.
        thrift.BeginList(7, ThriftType.Struct, _columns.Length);
        foreach (var _ in _columns)
        {
            thrift.BeginElement();
            thrift.BeginStruct(1);
            thrift.EndStruct();
            thrift.EndStruct();
        }

        thrift.End();
        var length = thrift.Written.Length;
        WriteBytes(thrift.Written);
        WriteBytes(BitConverter.GetBytes(length));
        WriteBytes("PAR1"u8);
    }

    private static void WriteSchemaElement(ThriftCompactWriter thrift, ParquetColumn column)
    {
        thrift.BeginElement();
        thrift.Int32(1, (int)column.PhysicalType);
        if (column.TypeLength > 0)
        {
            thrift.Int32(2, column.TypeLength);
        }

        thrift.Int32(3, (int)column.Repetition);
        thrift.Text(4, column.Name);
        if (column.ConvertedType is { } converted)
        {
            thrift.Int32(6, (int)converted);
            if (converted == ParquetConvertedType.Decimal)
            {
                thrift.Int32(7, column.Scale);
                thrift.Int32(8, column.Precision);
            }
        }

        thrift.EndStruct();
    }

    private void WriteRowGroup(ThriftCompactWriter thrift, WrittenGroup group)
    {
        thrift.BeginElement();
        thrift.BeginList(1, ThriftType.Struct, group.Chunks.Count);
        foreach (var chunk in group.Chunks)
        {
            thrift.BeginElement();
            thrift.Int64(2, chunk.Offset);
            thrift.BeginStruct(3);
            WriteChunkMetadata(thrift, chunk);
            thrift.EndStruct();
            thrift.EndStruct();
        }

        thrift.Int64(2, group.Chunks.Sum(chunk => chunk.Uncompressed));
        thrift.Int64(3, group.Rows);
        thrift.EndStruct();
    }

    private void WriteChunkMetadata(ThriftCompactWriter thrift, WrittenChunk chunk)
    {
        thrift.Int32(1, (int)chunk.Column.PhysicalType);
        int[] encodings = chunk.Dictionary
            ? [ParquetNumbers.EncodingPlainDictionary, ParquetNumbers.EncodingRle, ParquetNumbers.EncodingBitPacked]
            : [ParquetNumbers.EncodingPlain, ParquetNumbers.EncodingRle, ParquetNumbers.EncodingBitPacked];
        thrift.BeginList(2, ThriftType.Int32, encodings.Length);
        foreach (var encoding in encodings)
        {
            thrift.Element(encoding);
        }

        thrift.BeginList(3, ThriftType.Binary, 1);
        thrift.Element(chunk.Column.Name);
        thrift.Int32(4, _options.Compression == CompressionLevel.NoCompression ? ParquetNumbers.CodecUncompressed : ParquetNumbers.CodecGzip);
        thrift.Int64(5, chunk.Values);
        thrift.Int64(6, chunk.Uncompressed);
        thrift.Int64(7, chunk.Compressed);
        thrift.Int64(9, chunk.Offset);
        thrift.BeginStruct(12);
        thrift.Int64(3, chunk.NullCount);
        if (chunk.Bounds is var (minimum, maximum))
        {
            thrift.Binary(5, maximum);
            thrift.Binary(6, minimum);
        }

        thrift.EndStruct();
    }

    private void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        _output.Write(bytes);
        BytesWritten += bytes.Length;
    }
}
