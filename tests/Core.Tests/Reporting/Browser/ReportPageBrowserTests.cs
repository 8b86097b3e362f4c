using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SnapshotBridge.Reporting;
using SnapshotBridge.Reporting.Page;
using SnapshotBridge.TestKit;
using Xunit;

namespace SnapshotBridge.Core.Tests.Reporting.Browser;

/// <summary>The report's page in a real browser. Screenshots are kept under <c>artifacts/report/</c>.</summary>
public sealed class ReportPageBrowserTests(ITestOutputHelper output) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("snapshotbridge-report-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("ten", 10, true, false)]
    [InlineData("good", 9, false, false)]
    [InlineData("ten-thousand", 10_000, true, false)]
    [InlineData("ten-thousand-noisy", 10_000, true, true)]
    public async Task Page_AnySize_RunsWithoutErrorsAndAsksNobody(string name, int tables, bool failing, bool longNames)
    {
        var report = ReportSamples.Of(tables, failing, longNames);
        await using var browser = await OpenAsync(report);

        foreach (var (width, height, dark) in new[] { (1280, 900, false), (1280, 900, true), (390, 844, false), (390, 844, true) })
        {
            await browser.SetAsync(width, height, dark, scripts: true, Cancellation);
            Assert.True((bool)(await browser.EvaluateAsync("document.documentElement.scrollWidth <= innerWidth", Cancellation))!, $"the page is wider than {width} pixels");
            await browser.ScreenshotAsync(Screenshot($"{name}-{width}-{(dark ? "dark" : "light")}.png"), whole: tables < 100, Cancellation);
        }

        Assert.Empty(Troubles(browser));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(10_000)]
    public async Task Page_EveryNumber_IsTheReports(int tables)
    {
        var report = ReportSamples.Of(tables);
        await using var browser = await OpenAsync(report);

        var shown = await AllRowsAsync(browser);

        var lines = report.Tables.Select(Line).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(lines, shown.Order(StringComparer.Ordinal));
        var figures = (await browser.EvaluateAsync("Object.fromEntries([...document.querySelectorAll('[data-figure]')].map(node => [node.dataset.figure, node.textContent]))", Cancellation))!;
        Assert.Contains(Number(report.Totals.Loaded), (string)figures["loaded"]!, StringComparison.Ordinal);
        Assert.Contains(Number(report.Totals.Failed), (string)figures["failed"]!, StringComparison.Ordinal);
        Assert.Contains(Number(report.Totals.Rows), (string)figures["rows"]!, StringComparison.Ordinal);
        Assert.Contains(Number(report.Totals.Bytes), (string)figures["bytes"]!, StringComparison.Ordinal);
        Assert.Contains(Number(report.Totals.Objects), (string)figures["objects"]!, StringComparison.Ordinal);
        await AssertStagesAsync(browser, report);
        await AssertCostAsync(browser, report);
        Assert.Empty(Troubles(browser));
    }

    [Fact]
    public async Task Search_PartOfAName_ShowsExactlyThose()
    {
        var report = ReportSamples.Of(10_000);
        await using var browser = await OpenAsync(report);

        await TypeAsync(browser, "invoices_0");

        var names = await NamesAsync(browser);
        var wanted = report.Tables.Where(table => table.Table.Contains("invoices_0", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(names);
        Assert.All(names, name => Assert.Contains("invoices_0", name, StringComparison.Ordinal));
        Assert.Equal(wanted.Count, (await AllRowsAsync(browser)).Count);
        Assert.Equal($"{Number(wanted.Count)} of {Number(report.Tables.Count)} tables match", (string?)await browser.EvaluateAsync("document.getElementById('shown').textContent", Cancellation));

        await TypeAsync(browser, "no such table anywhere");
        Assert.Equal("No table matches", (string?)await browser.EvaluateAsync("document.getElementById('shown').textContent", Cancellation));
        Assert.Empty(Troubles(browser));
    }

    [Theory]
    [InlineData("failed", TableStatus.Failed)]
    [InlineData("skipped", TableStatus.Skipped)]
    [InlineData("empty", TableStatus.Empty)]
    [InlineData("loaded", TableStatus.Loaded)]
    public async Task Filter_Status_ShowsExactlyThose(string filter, TableStatus status)
    {
        var report = ReportSamples.Of(500);
        await using var browser = await OpenAsync(report);

        await browser.EvaluateAsync($"document.querySelector('[data-filter={filter}]').click()", Cancellation);

        var shown = await AllRowsAsync(browser);
        Assert.Equal(report.Tables.Where(table => table.Status == status).Select(Line).Order(StringComparer.Ordinal), shown.Order(StringComparer.Ordinal));
        Assert.Equal("true", (string?)await browser.EvaluateAsync($"document.querySelector('[data-filter={filter}]').getAttribute('aria-pressed')", Cancellation));
    }

    [Theory]
    [InlineData("exported")]
    [InlineData("loaded")]
    [InlineData("files")]
    [InlineData("bytes")]
    [InlineData("seconds")]
    [InlineData("name")]
    [InlineData("status")]
    [InlineData("evidence")]
    public async Task Sort_EveryColumn_OrdersBothWaysWithWhatHasNoFigureLast(string column)
    {
        var report = ReportSamples.Of(60);
        await using var browser = await OpenAsync(report);
        var first = $"document.querySelector('[data-focus=\"sort-shop-{column}\"]')";

        await browser.EvaluateAsync($"{first}.focus(); {first}.click()", Cancellation);
        var once = await RowsAsync(browser, "shop");
        Assert.Equal($"sort-shop-{column}", (string?)await browser.EvaluateAsync("document.activeElement.dataset.focus", Cancellation));
        await browser.EvaluateAsync($"{first}.click()", Cancellation);
        var twice = await RowsAsync(browser, "shop");

        var index = Array.IndexOf(["name", "status", "exported", "loaded", "files", "bytes", "evidence", "seconds"], column);
        var isNumber = column is "exported" or "loaded" or "files" or "bytes" or "seconds";
        foreach (var (rows, down) in new[] { (once, (string?)null), (twice, null) })
        {
            var direction = rows == once ? isNumber || column == "status" : !(isNumber || column == "status");
            var values = rows.Select(row => row.Split('|')[index]).Where(value => value != "–").ToList();
            Assert.Null(down);
            if (isNumber)
            {
                var numbers = values.Select(value => double.Parse(value, NumberStyles.Number, CultureInfo.InvariantCulture)).ToList();
                Assert.Equal(direction ? numbers.OrderDescending() : numbers.Order(), numbers);
                Assert.True(rows.Select(row => row.Split('|')[index]).SkipWhile(value => value != "–").All(value => value == "–"));
            }
        }

        Assert.NotEqual(once, twice);
        Assert.Equal(once.Order(StringComparer.Ordinal), twice.Order(StringComparer.Ordinal));
    }

    /// <summary>How long the browser takes for each is in the test's output.</summary>
    [Theory]
    [InlineData(100)]
    [InlineData(10_000)]
    public async Task Actions_AnySize_ShowNoMoreThanAPageOfEachSchema(int tables)
    {
        await using var browser = await OpenAsync(ReportSamples.Of(tables));
        foreach (var (name, action) in ((string, string)[])
        [
            ("search", "const box = document.querySelector('input[type=search]'); box.value = 'inv'; box.dispatchEvent(new Event('input')); await new Promise(done => setTimeout(done, 130));"),
            ("clear the search", "const box = document.querySelector('input[type=search]'); box.value = ''; box.dispatchEvent(new Event('input')); await new Promise(done => setTimeout(done, 130));"),
            ("sort", "const select = document.querySelector('select'); select.value = 'bytes-'; select.dispatchEvent(new Event('change'));"),
            ("filter", "document.querySelector('[data-filter=failed]').click();"),
            ("all", "document.querySelector('[data-filter=all]').click();"),
            ("next page", "[...document.querySelectorAll('.pager button')].find(node => node.textContent === 'Next')?.click();"),
            ("details", "document.querySelector('[data-row] .open').click();"),
        ])
        {
            // Reading the height makes the browser lay the page out.
            var took = (double)(await browser.EvaluateAsync($"(async () => {{ const began = performance.now(); {action}; document.body.offsetHeight; return performance.now() - began; }})()", Cancellation))!;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{tables} tables, {name}: {took:F0} ms"));
            var most = (double)(await browser.EvaluateAsync("Math.max(0, ...[...document.querySelectorAll('[data-schema]')].map(node => node.querySelectorAll('[data-row]').length))", Cancellation))!;
            Assert.InRange(most, 1, 100);
        }

        var load = await browser.EvaluateAsync("(() => { const [entry] = performance.getEntriesByType('navigation'); return Math.round(entry.domContentLoadedEventEnd); })()", Cancellation);
        output.WriteLine($"{tables} tables, until the page stands: {load} ms");
        Assert.Empty(Troubles(browser));
    }

    [Fact]
    public async Task Details_ByKeyboard_OpenAndSayWhy()
    {
        var report = ReportSamples.Of(10);
        await using var browser = await OpenAsync(report);
        var failed = report.Tables.Single(table => table.Status == TableStatus.Failed);
        var row = report.Tables.ToList().IndexOf(failed);

        await browser.EvaluateAsync($"document.querySelector('[data-focus=row-{row}]').focus()", Cancellation);
        await browser.KeyAsync("Enter", 13, Cancellation);

        var details = (string?)await browser.EvaluateAsync($"document.getElementById('detail-{row}')?.textContent", Cancellation);
        Assert.Contains(failed.Reason!, details, StringComparison.Ordinal);
        Assert.Contains(failed.NextStep!, details, StringComparison.Ordinal);
        Assert.Equal("true", (string?)await browser.EvaluateAsync($"document.querySelector('[data-focus=row-{row}]').getAttribute('aria-expanded')", Cancellation));
        await browser.ScreenshotAsync(Screenshot("details-1280-light.png"), whole: true, Cancellation);

        await browser.KeyAsync("Enter", 13, Cancellation);
        Assert.Null(await browser.EvaluateAsync($"document.getElementById('detail-{row}')?.textContent ?? null", Cancellation));
    }

    [Fact]
    public async Task Page_WithoutScript_ShowsVerdictFailuresAndSums()
    {
        var report = ReportSamples.Of(200);
        var path = Write(report);
        await using var browser = await StartAsync();
        await browser.SetAsync(1280, 900, dark: false, scripts: false, Cancellation);
        await browser.OpenAsync(path, Cancellation);

        await browser.ScreenshotAsync(Screenshot("no-script-1280-light.png"), whole: true, Cancellation);
        // The protocol's own evaluation runs all the same.
        var text = (string)(await browser.EvaluateAsync("document.querySelector('main').innerText", Cancellation))!;

        Assert.Contains(report.Verdict!, text, StringComparison.Ordinal);
        foreach (var failed in report.Tables.Where(table => table.Status == TableStatus.Failed))
        {
            Assert.Contains($"{failed.Schema}.{failed.Table}", text, StringComparison.Ordinal);
            Assert.Contains(failed.NextStep!, text, StringComparison.Ordinal);
        }

        foreach (var schema in report.Tables.GroupBy(table => table.Schema, StringComparer.Ordinal))
        {
            Assert.Contains(Number(schema.Sum(table => table.RowsLoaded ?? 0)), text, StringComparison.Ordinal);
        }

        Assert.Contains("need JavaScript", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Print_SmallReport_HoldsEveryTable()
    {
        var report = ReportSamples.Of(250);
        await using var browser = await OpenAsync(report);

        await browser.EvaluateAsync("dispatchEvent(new Event('beforeprint'))", Cancellation);
        var printed = await browser.EvaluateAsync("document.querySelectorAll('[data-row]').length", Cancellation);
        await browser.EvaluateAsync("dispatchEvent(new Event('afterprint'))", Cancellation);

        Assert.Equal(report.Tables.Count, (int)printed!);
        Assert.NotEmpty(await browser.PrintAsync(Cancellation));
        Assert.Empty(Troubles(browser));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Text_EveryColour_HasTheContrastThatWcagAaAsksFor(bool dark)
    {
        await using var browser = await OpenAsync(ReportSamples.Of(40));
        await browser.SetAsync(1280, 900, dark, scripts: true, Cancellation);

        var low = (JsonArray)(await browser.EvaluateAsync(ContrastScript, Cancellation))!;

        Assert.Empty(low.Select(item => (string)item!));
    }

    // WCAG 2.1, 1.4.3: 4.5 to 1, large text 3 to 1. The ground of a text is that of its nearest ancestor that has one.
    private const string ContrastScript = """
        (() => {
          const rgb = text => text.match(/[\d.]+/g).map(Number);
          const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
          const ground = node => { for (; node; node = node.parentElement) { const c = rgb(getComputedStyle(node).backgroundColor); if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
          const low = new Set();
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const node = walker.currentNode.parentElement;
            if (!walker.currentNode.data.trim() || !node.checkVisibility() || ["SCRIPT", "STYLE", "NOSCRIPT"].includes(node.tagName) || node.disabled) continue;
            const style = getComputedStyle(node), [a, b] = [light(rgb(style.color)), light(ground(node))].sort((x, y) => y - x);
            const ratio = (a + 0.05) / (b + 0.05), large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
            if (ratio < (large ? 3 : 4.5)) low.add(`${node.tagName}.${node.className} ${style.color}: ${ratio.toFixed(2)}`);
          }
          return [...low];
        })()
        """;

    private static async Task AssertStagesAsync(Chromium browser, RunReport report)
    {
        foreach (var stage in report.Stages)
        {
            var text = (string)(await browser.EvaluateAsync($"document.querySelector('[data-stage={stage.Stage}]').textContent", Cancellation))!;
            foreach (var wanted in new[]
            {
                stage.Bytes is { } bytes ? $"{Number(bytes)} bytes" : null,
                stage.Rows is { } rows ? $"{Number(rows)} row" : null,
                stage.MegabytesPerSecond is { } speed ? $"{PageText.Exact(speed)} MB/s" : null,
                stage.RowsPerSecond is { } rowSpeed ? $"{PageText.Exact(rowSpeed)} rows/s" : null,
                stage.Seconds is { } seconds and >= 60 ? $"{PageText.Exact(seconds)} s" : null,
            })
            {
                Assert.Contains(wanted ?? "", text, StringComparison.Ordinal);
            }
        }
    }

    private static async Task AssertCostAsync(Chromium browser, RunReport report)
    {
        var text = (string)(await browser.EvaluateAsync("document.getElementById('cost').textContent", Cancellation))!;
        Assert.Contains($"${report.Cost!.Total.ToString("#,##0.000000", CultureInfo.InvariantCulture)}", text, StringComparison.Ordinal);
        foreach (var line in report.Cost.Lines)
        {
            Assert.Contains($"${line.Amount.ToString("#,##0.000000", CultureInfo.InvariantCulture)}", text, StringComparison.Ordinal);
            Assert.Contains(PageText.Exact(line.Quantity), text, StringComparison.Ordinal);
        }
    }

    private async Task<Chromium> OpenAsync(RunReport report)
    {
        var path = Write(report);
        var browser = await StartAsync();
        await browser.SetAsync(1280, 900, dark: false, scripts: true, Cancellation);
        await browser.OpenAsync(path, Cancellation);
        return browser;
    }

    private static async Task<Chromium> StartAsync()
    {
        Assert.SkipWhen(Chromium.Path is null, "no chromium is installed (apt-get install chromium, or name one in SNAPSHOTBRIDGE_CHROMIUM)");
        return await Chromium.StartAsync(Cancellation);
    }

    private string Write(RunReport report)
    {
        // As it is read back from the document in S3.
        var json = JsonSerializer.Serialize(report, ReportingJson.Default.RunReport);
        var path = Path.Combine(_folder, "report.html");
        File.WriteAllText(path, ReportPage.Render(JsonSerializer.Deserialize(json, ReportingJson.Default.RunReport)!));
        return path;
    }

    private static async Task TypeAsync(Chromium browser, string text) => await browser.EvaluateAsync(
        $"(async () => {{ const box = document.querySelector('input[type=search]'); box.value = {JsonSerializer.Serialize(text)}; box.dispatchEvent(new Event('input')); await new Promise(done => setTimeout(done, 400)); }})()",
        Cancellation);

    private static async Task<List<string>> NamesAsync(Chromium browser) => Texts(await browser.EvaluateAsync("[...document.querySelectorAll('[data-row] .open')].map(node => node.textContent)", Cancellation));

    // Every cell's first text, page after page, schema after schema.
    private const string ReadRows = """
        const cell = node => node.querySelector('.open')?.textContent ?? [...node.childNodes].find(child => child.nodeName !== 'SMALL')?.textContent ?? '';
        const read = place => [...place.querySelectorAll('[data-row]')].map(row => [...row.children].map(cell).join('|'));
        """;

    private static async Task<List<string>> AllRowsAsync(Chromium browser) => Texts(await browser.EvaluateAsync(
        $$"""
        (() => {
          {{ReadRows}}
          const all = [];
          for (const name of [...document.querySelectorAll('[data-schema]')].map(node => node.dataset.schema)) {
            const place = () => document.querySelector(`[data-schema="${CSS.escape(name)}"]`);
            if (!place().querySelector('table')) place().querySelector('h3 button').click();
            for (;;) {
              all.push(...read(place()).map(row => `${name}|${row}`));
              const next = [...place().querySelectorAll('.pager button')].find(node => node.textContent === 'Next');
              if (!next || next.disabled) break;
              next.click();
            }
          }
          return all;
        })()
        """,
        Cancellation));

    private static async Task<List<string>> RowsAsync(Chromium browser, string schema) =>
        Texts(await browser.EvaluateAsync($$"""(() => { {{ReadRows}} return read(document.querySelector('[data-schema="{{schema}}"]')); })()""", Cancellation));

    private static List<string> Texts(JsonNode? array) => [.. ((JsonArray)array!).Select(item => (string)item!)];

    private static string Line(TableReport table) => string.Join('|',
        table.Schema,
        PageText.Name(table),
        PageText.Name(table.Status),
        Optional(table.RowsExported),
        Optional(table.RowsLoaded),
        Number(table.Objects),
        Number(table.Bytes),
        PageText.Name(table.Evidence) ?? "–",
        table.LoadSeconds is { } seconds ? PageText.Exact(seconds) : "–");

    private static string Optional(long? value) => value is { } number ? Number(number) : "–";

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Exceptions, console output, log entries, and requests for anything but the page itself.</summary>
    private static List<string> Troubles(Chromium browser) =>
    [
        .. browser.Events
            .Where(item => (string?)item["method"] switch
            {
                "Runtime.exceptionThrown" or "Runtime.consoleAPICalled" or "Log.entryAdded" => true,
                "Network.requestWillBeSent" => !((string)item["params"]!["request"]!["url"]!).EndsWith("/report.html", StringComparison.Ordinal)
                    && !((string)item["params"]!["request"]!["url"]!).StartsWith("data:", StringComparison.Ordinal),
                _ => false,
            })
            .Select(item => item.ToJsonString()),
    ];

    private static string Screenshot(string name) => Path.Combine(Repository.Root, "artifacts", "report", name);
}
