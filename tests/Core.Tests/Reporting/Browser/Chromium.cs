using System.Diagnostics;
using System.Globalization;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SnapshotBridge.Core.Tests.Reporting.Browser;

/// <summary>A headless chromium of its own, driven through the DevTools protocol. It and its profile are gone when it is disposed of.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    private readonly Process _process;
    private readonly string _profile;
    private readonly ClientWebSocket _socket = new();
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly List<JsonNode> _events = [];
    private int _lastId;
    private string? _session;

    private Chromium(Process process, string profile)
    {
        _process = process;
        _profile = profile;
    }

    /// <summary>Where a chromium is, or null.</summary>
    public static string? Path { get; } = Environment.GetEnvironmentVariable("SNAPSHOTBRIDGE_CHROMIUM") is { Length: > 0 } named
        ? named
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator)
            .SelectMany(folder => Names.Select(name => System.IO.Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists);

    /// <summary>Everything that the page told so far: console, exceptions, requests.</summary>
    public IReadOnlyList<JsonNode> Events => _events;

    public static async Task<Chromium> StartAsync(CancellationToken cancellationToken)
    {
        var profile = Directory.CreateTempSubdirectory("snapshotbridge-chromium-").FullName;
        var start = new ProcessStartInfo(Path!)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            ArgumentList =
            {
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
                "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-default-browser-check", "--mute-audio",
                "--remote-debugging-port=0", $"--user-data-dir={profile}", "about:blank",
            },
        };
        // Its crash reporter and caches go nowhere else either.
        start.Environment["XDG_CONFIG_HOME"] = profile;
        start.Environment["XDG_CACHE_HOME"] = profile;
        var process = Process.Start(start)!;
        var browser = new Chromium(process, profile);
        try
        {
            process.OutputDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            await browser._socket.ConnectAsync(await AddressAsync(process).WaitAsync(cancellationToken), cancellationToken);
            var target = await browser.SendAsync("Target.createTarget", new JsonObject { ["url"] = "about:blank" }, cancellationToken);
            var attached = await browser.SendAsync("Target.attachToTarget", new JsonObject { ["targetId"] = (string)target["targetId"]!, ["flatten"] = true }, cancellationToken);
            browser._session = (string)attached["sessionId"]!;
            foreach (var domain in (string[])["Page", "Runtime", "Log", "Network"])
            {
                await browser.SendAsync($"{domain}.enable", [], cancellationToken);
            }

            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a page and waits for its load event.</summary>
    public async Task OpenAsync(string path, CancellationToken cancellationToken)
    {
        _events.Clear();
        await SendAsync("Page.navigate", new JsonObject { ["url"] = new Uri(path).AbsoluteUri }, cancellationToken);
        while (!_events.Exists(item => (string?)item["method"] == "Page.loadEventFired"))
        {
            Take(await ReceiveAsync(cancellationToken));
        }
    }

    /// <summary>The size of the window, the colour scheme and whether scripts run.</summary>
    public async Task SetAsync(int width, int height, bool dark, bool scripts, CancellationToken cancellationToken)
    {
        await SendAsync(
            "Emulation.setDeviceMetricsOverride",
            new JsonObject { ["width"] = width, ["height"] = height, ["deviceScaleFactor"] = 1, ["mobile"] = width < 700 },
            cancellationToken);
        await SendAsync(
            "Emulation.setEmulatedMedia",
            new JsonObject { ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = dark ? "dark" : "light" }) },
            cancellationToken);
        await SendAsync("Emulation.setScriptExecutionDisabled", new JsonObject { ["value"] = !scripts }, cancellationToken);
    }

    /// <summary>The value of an expression, awaited where it is a promise.</summary>
    public async Task<JsonNode?> EvaluateAsync(string expression, CancellationToken cancellationToken)
    {
        var answer = await SendAsync(
            "Runtime.evaluate",
            new JsonObject { ["expression"] = expression, ["returnByValue"] = true, ["awaitPromise"] = true },
            cancellationToken);
        return answer["exceptionDetails"] is { } exception
            ? throw new InvalidOperationException($"{expression}: {exception.ToJsonString()}")
            : answer["result"]?["value"]?.DeepClone();
    }

    public async Task KeyAsync(string key, int code, CancellationToken cancellationToken)
    {
        foreach (var type in (string[])["keyDown", "keyUp"])
        {
            var press = new JsonObject { ["type"] = type, ["key"] = key, ["code"] = key, ["windowsVirtualKeyCode"] = code };
            if (key == "Enter" && type == "keyDown")
            {
                press["text"] = "\r";
            }

            await SendAsync("Input.dispatchKeyEvent", press, cancellationToken);
        }
    }

    public async Task ScreenshotAsync(string path, bool whole, CancellationToken cancellationToken)
    {
        var answer = await SendAsync("Page.captureScreenshot", new JsonObject { ["format"] = "png", ["captureBeyondViewport"] = whole }, cancellationToken);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        await File.WriteAllBytesAsync(path, Convert.FromBase64String((string)answer["data"]!), cancellationToken);
    }

    public async Task<byte[]> PrintAsync(CancellationToken cancellationToken) =>
        Convert.FromBase64String((string)(await SendAsync("Page.printToPDF", new JsonObject { ["printBackground"] = false }, cancellationToken))["data"]!);

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        for (var attempt = 0; Directory.Exists(_profile); attempt++)
        {
            try
            {
                Directory.Delete(_profile, recursive: true);
            }
            catch (IOException) when (attempt < 600)
            {
                // A helper process of the browser writes its last file a moment after it was ended.
                await Task.Delay(100);
            }
        }
    }

    private static Task<Uri> AddressAsync(Process process)
    {
        const string mark = "DevTools listening on ";
        var found = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        var said = new List<string>();
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null)
            {
                found.TrySetException(new InvalidOperationException($"chromium ended: {string.Join('\n', said)}"));
            }
            else if (line.Data.StartsWith(mark, StringComparison.Ordinal))
            {
                found.TrySetResult(new Uri(line.Data[mark.Length..].Trim()));
            }
            else if (!found.Task.IsCompleted)
            {
                said.Add(line.Data);
            }
        };
        process.BeginErrorReadLine();
        return found.Task;
    }

    private async Task<JsonNode> SendAsync(string method, JsonObject parameters, CancellationToken cancellationToken)
    {
        var id = ++_lastId;
        var message = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters };
        if (_session is not null)
        {
            message["sessionId"] = _session;
        }

        await _socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(message), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
        while (true)
        {
            var answer = await ReceiveAsync(cancellationToken);
            if ((int?)answer["id"] == id)
            {
                return answer["error"] is { } error
                    ? throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{method}: {error.ToJsonString()}"))
                    : answer["result"]!;
            }

            Take(answer);
        }
    }

    private void Take(JsonNode message)
    {
        if (message["method"] is not null)
        {
            _events.Add(message);
        }
    }

    private async Task<JsonNode> ReceiveAsync(CancellationToken cancellationToken)
    {
        using var whole = new MemoryStream();
        while (true)
        {
            var part = await _socket.ReceiveAsync(_buffer.AsMemory(), cancellationToken);
            if (part.MessageType == WebSocketMessageType.Close)
            {
                throw new InvalidOperationException("chromium closed the connection.");
            }

            whole.Write(_buffer, 0, part.Count);
            if (part.EndOfMessage)
            {
                return JsonNode.Parse(whole.GetBuffer().AsSpan(0, (int)whole.Length))!;
            }
        }
    }
}
