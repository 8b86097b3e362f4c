using System.Diagnostics;
using System.Text.Json;
using SnapshotBridge.Local.Parquet;
using Xunit;

namespace SnapshotBridge.Core.Tests.Parquet;

/// <summary>What the writer writes, read by npm's hyparquet, which shares nothing with it.</summary>
public sealed class IndependentReaderTests
{
    private const string Script = """
        import { readFileSync } from 'node:fs'
        import { gunzipSync } from 'node:zlib'
        import { parquetMetadata, parquetReadObjects } from 'hyparquet'
        const bytes = readFileSync(process.argv[2])
        const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
        const metadata = parquetMetadata(file)
        const rows = await parquetReadObjects({ file, utf8: false, compressors: { GZIP: x => new Uint8Array(gunzipSync(x)) } })
        const text = value => value === null || value === undefined ? null
          : value instanceof Date ? String(value.getTime())
          : value instanceof Uint8Array ? Buffer.from(value).toString('hex')
          : String(value)
        console.log(JSON.stringify({ rows: Number(metadata.num_rows), created: metadata.created_by,
          values: rows.map(row => Object.fromEntries(Object.entries(row).map(([k, v]) => [k, text(v)]))) }))
        """;

    [Fact]
    public async Task Write_EveryType_IsReadByHyparquet()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var folder = Directory.CreateTempSubdirectory("snapshotbridge-hyparquet-");
        try
        {
            await InstallAsync(folder.FullName, cancellationToken);
            var rows = Enumerable.Range(0, 2500).Select(ParquetRoundTripTests.Row).ToList();
            var path = Path.Combine(folder.FullName, "file.parquet");
            await File.WriteAllBytesAsync(path, ParquetRoundTripTests.Write(rows, new ParquetWriterOptions { RowGroupRows = 1000, PageBytes = 3000 }), cancellationToken);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "read.mjs"), Script, cancellationToken);

            var (code, output, error) = await RunAsync("node", ["read.mjs", path], folder.FullName, cancellationToken);

            Assert.True(code == 0, error);
            var document = JsonDocument.Parse(output).RootElement;
            Assert.Equal(2500, document.GetProperty("rows").GetInt32());
            Assert.StartsWith("snapshotbridge-local", document.GetProperty("created").GetString(), StringComparison.Ordinal);
            for (var i = 0; i < rows.Count; i++)
            {
                var read = document.GetProperty("values")[i];
                Assert.Equal(rows[i][0]?.ToString(), read.GetProperty("i32").GetString());
                Assert.Equal(rows[i][1]?.ToString(), read.GetProperty("i16").GetString());
                Assert.Equal(rows[i][2]?.ToString(), read.GetProperty("i64").GetString());
                Assert.Equal(rows[i][9], read.GetProperty("text").GetString());
                Assert.Equal(rows[i][10] is byte[] raw ? Convert.ToHexStringLower(raw) : null, read.GetProperty("raw").GetString());
                if (rows[i][3] is double real)
                {
                    Assert.Equal(real, double.Parse(read.GetProperty("real").GetString()!, System.Globalization.CultureInfo.InvariantCulture));
                }

                if (rows[i][6] is string money)
                {
                    Assert.Equal(
                        double.Parse(money, System.Globalization.CultureInfo.InvariantCulture),
                        double.Parse(read.GetProperty("d12").GetString()!, System.Globalization.CultureInfo.InvariantCulture), 3);
                }

                Assert.Equal(rows[i][7] is null, read.GetProperty("d20").GetString() is null);
                Assert.Equal(
                    rows[i][4] is DateTime at ? ((at - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMillisecond).ToString(System.Globalization.CultureInfo.InvariantCulture) : null,
                    read.GetProperty("at").GetString());
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task InstallAsync(string folder, CancellationToken cancellationToken)
    {
        try
        {
            var (code, _, error) = await RunAsync(
                "npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=0", "--fetch-timeout=20000", "--prefix", folder, "hyparquet@1"], folder, cancellationToken);
            Assert.SkipWhen(code != 0, $"npm could not install hyparquet, the independent reader: {error.Split('\n', 2)[0]}");
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            Assert.Skip($"npm, which installs the independent reader, cannot be started: {e.Message}");
        }
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(
        string program, string[] arguments, string folder, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, await output, await error);
    }
}
