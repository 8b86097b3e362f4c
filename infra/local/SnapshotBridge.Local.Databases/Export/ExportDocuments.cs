using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using SnapshotBridge.Local.Aws.Rds;

namespace SnapshotBridge.Local.Databases.Export;

/// <summary>What became of one table in an export.</summary>
internal sealed record TableOutcome(
    SourceTable Table, IReadOnlyList<ExportedColumn> Columns, DateTimeOffset Started, DateTimeOffset Ended, int Partitions, string? SkipReason);

/// <summary>The JSON files that RDS writes beside the data.</summary>
internal sealed class ExportDocuments(bool oldDates, TypeMappingForm typeMapping = TypeMappingForm.Numbers)
{
    private static readonly JsonSerializerOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public byte[] ExportInfo(ExportJob job, DateTimeOffset started, DateTimeOffset ended, double gigabytes) => JsonSerializer.SerializeToUtf8Bytes(
        new
        {
            exportTaskIdentifier = job.ExportTaskIdentifier,
            sourceArn = job.SourceArn,
            exportOnly = job.ExportOnly,
            snapshotTime = Date(job.SnapshotTime),
            taskStartTime = Date(started),
            taskEndTime = Date(ended),
            s3Bucket = job.Bucket,
            s3Prefix = job.Prefix,
            exportedFilesPath = ExportNames.TaskFolder(job.Prefix, job.ExportTaskIdentifier).TrimEnd('/'),
            iamRoleArn = job.IamRoleArn,
            kmsKeyId = job.KmsKeyId,
            status = "COMPLETE",
            // RDS writes 0 here although the task is complete.
            percentProgress = 0,
            totalExportedDataInGB = gigabytes,
        },
        Options);

    public byte[] TablesInfo(IEnumerable<TableOutcome> tables) =>
        JsonSerializer.SerializeToUtf8Bytes(new { perTableStatus = tables.Select(Status).ToArray() }, Options);

    /// <summary>The API's WarningMessage: a JSON text, or null where every table was exported.</summary>
    public static string? Warning(IEnumerable<TableOutcome> tables)
    {
        var skipped = tables.Where(table => table.SkipReason is not null)
            .Select(table => new { tableName = table.Table.Target, reason = table.SkipReason }).ToArray();
        return skipped.Length == 0 ? null : JsonSerializer.Serialize(
            new { skippedTables = skipped, skippedObjectives = Array.Empty<object>(), general = Array.Empty<object>() }, Options);
    }

    private object Status(TableOutcome table)
    {
        if (table.SkipReason is not null)
        {
            return new { target = table.Table.Target, warningMessage = JsonSerializer.Serialize(new { reason = table.SkipReason }, Options) };
        }

        return new
        {
            tableStatistics = new
            {
                extractionStartTime = Date(table.Started),
                extractionEndTime = Date(table.Ended),
                partitioningInfo = new { numberOfPartitions = table.Partitions, numberOfCompletedPartitions = table.Partitions },
            },
            schemaMetadata = new
            {
                originalTypeMappings = table.Columns.Select(column => new
                {
                    columnName = column.Source.Name,
                    originalType = column.Source.DataType,
                    expectedExportedType = column.ExpectedExportedType,
                    originalCharMaxLength = Number(column.Source.CharacterLength),
                    originalNumPrecision = Number(column.Source.Precision),
                    originalDateTimePrecision = Number(column.Source.DateTimePrecision),
                }).ToArray(),
            },
            status = "COMPLETE",
            sizeGB = table.Table.DataBytes / (double)(1 << 30),
            target = table.Table.Target,
        };
    }

    private object? Number(long? value) => typeMapping switch
    {
        TypeMappingForm.Numbers => value,
        TypeMappingForm.NumbersAsTexts => value?.ToString(CultureInfo.InvariantCulture),
        _ => null,
    };

    private string Date(DateTimeOffset at) => Date(at, oldDates);

    /// <summary>A time as RDS writes it now, or as it did in 2020.</summary>
    public static string Date(DateTimeOffset at, bool old) => old
        ? at.UtcDateTime.ToString("MMM d, yyyy h:mm:ss tt", CultureInfo.InvariantCulture)
        : at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
