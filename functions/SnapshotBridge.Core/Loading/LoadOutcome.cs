using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace SnapshotBridge.Loading;

/// <summary>What a load left: an entry of HeatWave's own report, or a condition of a statement.</summary>
/// <param name="Type"><c>error</c>, <c>warn</c>, or <see cref="Condition"/>.</param>
/// <param name="Log">The report's JSON, without PAR tokens.</param>
public sealed record LoadMessage(string Type, string Log)
{
    /// <summary>The type of what a statement left: the server does not say whether it is a warning or the error.</summary>
    public const string Condition = "condition";

    // One message may quote a whole row of the data.
    private const int LongestText = 500;

    public bool IsCondition => Type == Condition;

    /// <summary>MySQL's number, where the log tells it: a condition's always does.</summary>
    public int? Number
    {
        get
        {
            try
            {
                using var document = JsonDocument.Parse(Log);
                return document.RootElement.ValueKind == JsonValueKind.Object
                    && (document.RootElement.TryGetProperty("number", out var value) || document.RootElement.TryGetProperty("error_number", out value))
                    && int.TryParse(value.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                    ? number
                    : null;
            }
            catch (JsonException)
            {
                return null;
            }
        }
    }

    /// <summary>The log of a condition.</summary>
    public static string ConditionLog(long number, string message) =>
        string.Create(CultureInfo.InvariantCulture, $"{{\"number\":{number},\"message\":\"{JsonEncodedText.Encode(message, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"}}");

    /// <summary>The log of a warning of ours.</summary>
    public static string WarningLog(string message) => $"{{\"warn\":\"{JsonEncodedText.Encode(message, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"}}";

    public bool IsError => string.Equals(Type, "error", StringComparison.OrdinalIgnoreCase);

    /// <summary>The text for people: a condition's with its number.</summary>
    public string Text => IsCondition ? string.Create(CultureInfo.InvariantCulture, $"{Number}: {PlainText}") : PlainText;

    /// <summary>The text inside the JSON, whatever its key in this server's version, or the JSON itself.</summary>
    public string PlainText
    {
        get
        {
            var text = Log;
            try
            {
                using var document = JsonDocument.Parse(Log);
                if (document.RootElement.ValueKind == JsonValueKind.Object)
                {
                    foreach (var key in (ReadOnlySpan<string>)["error", "warn", "message"])
                    {
                        if (document.RootElement.TryGetProperty(key, out var value))
                        {
                            text = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
                            break;
                        }
                    }
                }
            }
            catch (JsonException)
            {
                // Not JSON: the text is the message.
            }

            text = SecretMask.Mask(text);
            return text.Length <= LongestText ? text : $"{text[..LongestText]}…";
        }
    }
}

/// <summary>How one load ended.</summary>
/// <param name="Errno">The failed statement's error number, null where none failed: that alone does not mean that the table is loaded.</param>
/// <param name="Message">The error's text.</param>
/// <param name="Messages">What the load left.</param>
public sealed record CallOutcome(int? Errno, string? Message, IReadOnlyList<LoadMessage> Messages)
{
    /// <summary>Why the load failed, with every number; null where nothing says that it did.</summary>
    public string? Failure
    {
        get
        {
            var errors = Texts(Messages.Where(message => message.IsError));
            if (Error is { } error)
            {
                var others = Texts(Messages.Where(message => message.IsCondition && message.Number != error.Number).Concat(Messages.Where(message => message.IsError)));
                return string.Create(CultureInfo.InvariantCulture, $"the load failed with error {error.Number}: {error.Text}{(others.Count > 0 ? $" ({Few.Of(others, 3)})" : "")}");
            }

            return errors.Count > 0 ? $"HeatWave reported: {Few.Of(errors, 3)}" : null;
        }
    }

    /// <summary>What the load said without failing. Values that it altered are named first.</summary>
    public IReadOnlyList<string> Warnings => Texts(Messages
        .Where(message => Errno is null && !message.IsError)
        .OrderBy(message => message.Number is { } number && LoadConditions.IsAltered(number) ? 0 : 1));

    /// <summary>Whether it failed for a value or a type that another column type could take.</summary>
    public bool IsConversionFailure =>
        (Error is { } error && (LoadConditions.IsConversion(error.Number, error.Text) || Messages.Any(message => message.IsCondition && IsConversion(message))))
        || Messages.Any(message => message.IsError && IsConversion(message));

    /// <summary>Whether it failed for files that could not be reached or were not found: so it is when a PAR has ended.</summary>
    public bool IsAccessFailure =>
        (Error is { } error && !IsConversionFailure && LoadConditions.IsAccess(error.Number))
        || Messages.Any(message => message.IsError && (message.Number is not { } number || LoadConditions.IsAccess(number)) && !IsConversion(message));

    /// <summary>The number of the error that ended the load; null where none did.</summary>
    public int? ErrorNumber => Error?.Number;

    private (int Number, string Text)? Error
    {
        get
        {
            if (Errno is not { } last)
            {
                return null;
            }

            var conditions = Messages.Where(message => message.IsCondition).ToList();
            var number = LoadConditions.ErrorOf(last, conditions.Select(message => message.Number ?? 0));
            var text = number == last ? Message : conditions.FindLast(message => message.Number == number)?.PlainText;
            return (number, SecretMask.Mask(text ?? ""));
        }
    }

    private static bool IsConversion(LoadMessage message) => LoadConditions.IsConversion(message.Number ?? 0, message.PlainText);

    private static List<string> Texts(IEnumerable<LoadMessage> messages) => messages.Select(message => message.Text).Distinct(StringComparer.Ordinal).ToList();
}
