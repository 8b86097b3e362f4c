using System.IO.Compression;
using SnapshotBridge.Parquet;

namespace SnapshotBridge.Local.Parquet;

/// <summary>Reads a Parquet file that is wholly in memory: what RDS writes, and what <see cref="ParquetWriter"/> writes.</summary>
public sealed class ParquetReader
{
    /// <summary>A row group's rows are decoded at once; RDS's have about 100,000.</summary>
    private const int MaximumRowGroupRows = 20_000_000;

    /// <summary>DEFLATE cannot shrink further than 1,032 to 1: a page that claims more is damaged.</summary>
    private const long MaximumDeflateRatio = 1_032;

    private readonly string _objectName;
    private readonly ReadOnlyMemory<byte> _file;

    /// <exception cref="ParquetFileInvalidException">The file is no Parquet file, truncated, encrypted or damaged.</exception>
    /// <exception cref="ParquetFeatureNotSupportedException">It has nested columns or a type that RDS does not write.</exception>
    public ParquetReader(string objectName, ReadOnlyMemory<byte> file)
    {
        _objectName = objectName;
        _file = file;
        Footer = ParquetFooter.Read(objectName, file.Span, withColumnChunks: true);
        foreach (var column in Footer.Columns)
        {
            if (column.IsNested || column.Repetition == ParquetRepetition.Repeated)
            {
                throw new ParquetFeatureNotSupportedException(objectName, $"column '{column.Name}' is nested");
            }

            if (column.PhysicalType == ParquetPhysicalType.Int96)
            {
                throw new ParquetFeatureNotSupportedException(objectName, $"column '{column.Name}' is of type INT96");
            }
        }
    }

    public ParquetFooter Footer { get; }

    /// <summary>Decodes all columns of one row group.</summary>
    /// <exception cref="ParquetFileInvalidException">Pages are damaged.</exception>
    /// <exception cref="ParquetFeatureNotSupportedException">Pages have a form, encoding or codec that RDS does not write.</exception>
    public IReadOnlyList<ParquetColumnValues> ReadRowGroup(int index)
    {
        var group = Footer.RowGroups[index];
        if (group.Rows > MaximumRowGroupRows)
        {
            throw new ParquetFeatureNotSupportedException(
                _objectName, $"row group {index} has {group.Rows} rows, more than the {MaximumRowGroupRows} that are decoded at once");
        }

        var columns = new ParquetColumnValues[Footer.Columns.Count];
        for (var i = 0; i < columns.Length; i++)
        {
            columns[i] = ReadChunk(Footer.Columns[i], group.Chunks[i], (int)group.Rows);
        }

        return columns;
    }

    private ParquetColumnValues ReadChunk(ParquetColumn column, ParquetColumnChunk chunk, int rows)
    {
        if (chunk.FilePath is not null)
        {
            throw new ParquetFeatureNotSupportedException(_objectName, $"column '{column.Name}' lies in another file, '{chunk.FilePath}'");
        }

        if (chunk.Codec is not (ParquetNumbers.CodecUncompressed or ParquetNumbers.CodecGzip))
        {
            throw new ParquetFeatureNotSupportedException(_objectName, $"column '{column.Name}' is compressed with {CodecName(chunk.Codec)}");
        }

        if (chunk.Values != rows || chunk.PhysicalType != column.PhysicalType)
        {
            throw Damaged(column, $"its chunk has {chunk.Values} values of type {chunk.PhysicalType} where the schema says {rows} of {column.PhysicalType}");
        }

        if (chunk.FirstPageOffset < 4 || chunk.FirstPageOffset + chunk.CompressedBytes > _file.Length)
        {
            throw Damaged(column, $"its chunk claims bytes {chunk.FirstPageOffset} to {chunk.FirstPageOffset + chunk.CompressedBytes} of {_file.Length}");
        }

        var bytes = _file.Slice((int)chunk.FirstPageOffset, (int)chunk.CompressedBytes);
        var decoder = new ChunkDecoder(column, rows, _objectName);
        while (decoder.RowsRead < rows)
        {
            var header = PageHeader.Read(bytes.Span, _objectName);
            if (header.CompressedBytes > bytes.Length - header.HeaderBytes)
            {
                throw Damaged(column, $"a page claims {header.CompressedBytes} bytes where {bytes.Length - header.HeaderBytes} are left");
            }

            var stored = bytes.Slice(header.HeaderBytes, header.CompressedBytes);
            bytes = bytes[(header.HeaderBytes + header.CompressedBytes)..];
            switch (header.PageType)
            {
                case ParquetNumbers.DictionaryPage:
                    decoder.AddDictionary(header, Decompress(column, chunk.Codec, stored, header.UncompressedBytes));
                    break;
                case ParquetNumbers.DataPage:
                    decoder.AddPage(header, Decompress(column, chunk.Codec, stored, header.UncompressedBytes));
                    break;
                case ParquetNumbers.DataPageV2:
                    throw new ParquetFeatureNotSupportedException(_objectName, $"column '{column.Name}' has data pages v2");
                case ParquetNumbers.IndexPage:
                    break;
                default:
                    throw Damaged(column, $"a page is of type {header.PageType}");
            }
        }

        return decoder.Finish();
    }

    private ReadOnlyMemory<byte> Decompress(ParquetColumn column, int codec, ReadOnlyMemory<byte> stored, int size)
    {
        if (codec == ParquetNumbers.CodecUncompressed)
        {
            return stored.Length == size ? stored : throw Damaged(column, $"an uncompressed page has {stored.Length} bytes and claims {size}");
        }

        if (size > (stored.Length + 1) * MaximumDeflateRatio)
        {
            throw Damaged(column, $"a page of {stored.Length} bytes claims to hold {size}");
        }

        var page = new byte[size];
        try
        {
            using var gzip = new GZipStream(new MemoryReadStream(stored), CompressionMode.Decompress);
            var read = gzip.ReadAtLeast(page, size, throwOnEndOfStream: false);
            if (read != size || gzip.ReadByte() >= 0)
            {
                throw Damaged(column, $"a page does not inflate to the {size} bytes that it claims");
            }
        }
        catch (InvalidDataException e)
        {
            throw Damaged(column, $"a page is no GZIP ({e.Message})");
        }

        return page;
    }

    private static string CodecName(int codec) => codec switch
    {
        1 => "SNAPPY",
        3 => "LZO",
        4 => "BROTLI",
        5 => "LZ4",
        6 => "ZSTD",
        7 => "LZ4_RAW",
        _ => $"codec {codec}",
    };

    private ParquetFileInvalidException Damaged(ParquetColumn column, string problem) => new(_objectName, $"column '{column.Name}': {problem}");
}
