namespace SnapshotBridge.Local.Parquet;

/// <summary>Numbers of parquet.thrift that reader and writer share.</summary>
internal static class ParquetNumbers
{
    public const int CodecUncompressed = 0;
    public const int CodecGzip = 2;

    public const int DataPage = 0;
    public const int IndexPage = 1;
    public const int DictionaryPage = 2;
    public const int DataPageV2 = 3;

    public const int EncodingPlain = 0;
    public const int EncodingPlainDictionary = 2;
    public const int EncodingRle = 3;
    public const int EncodingBitPacked = 4;
    public const int EncodingRleDictionary = 8;
}
