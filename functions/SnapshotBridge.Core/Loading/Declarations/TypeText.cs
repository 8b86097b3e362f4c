using System.Globalization;
using System.Text;

namespace SnapshotBridge.Loading.Declarations;

/// <summary>
/// The parts of a column type's text: words, what is in the brackets, and the words behind them. Nothing else is let through:
/// no comment, no semicolon, no quoted name.
/// </summary>
/// <param name="Name">The words before the brackets, in lower case, with single spaces: <c>timestamp</c>, <c>double precision</c>.</param>
/// <param name="Numbers">The numbers in the brackets.</param>
/// <param name="Values">The quoted texts in the brackets, without quotes and escapes.</param>
/// <param name="Suffix">The words behind the brackets, in lower case: <c>unsigned</c>, <c>without time zone</c>.</param>
/// <param name="IsArray">Whether it ends in <c>[]</c>.</param>
internal sealed record TypeText(string Name, IReadOnlyList<int> Numbers, IReadOnlyList<string> Values, string Suffix, bool IsArray)
{
    /// <summary>The parts, or null where the text is not of this form; then <paramref name="problem"/> says where it leaves it.</summary>
    public static TypeText? Parse(string text, out string? problem)
    {
        var reader = new Reader(text);
        var name = reader.Words();
        var numbers = new List<int>();
        var values = new List<string>();
        var suffix = "";
        if (name.Length > 0 && reader.TryTake('('))
        {
            do
            {
                if (!reader.TryNumber(numbers) && !reader.TryValue(values))
                {
                    problem = reader.Problem("a number or a text in single quotes");
                    return null;
                }
            }
            while (reader.TryTake(','));

            if (!reader.TryTake(')') || (numbers.Count > 0 && values.Count > 0))
            {
                problem = reader.Problem("',' or ')'");
                return null;
            }

            suffix = reader.Words();
        }

        var isArray = false;
        while (reader.TryTake('['))
        {
            isArray = true;
            if (!reader.TryTake(']'))
            {
                problem = reader.Problem("']'");
                return null;
            }
        }

        problem = name.Length == 0 || !reader.IsAtEnd ? reader.Problem(name.Length == 0 ? "a type's name" : "the end") : null;
        return problem is null ? new TypeText(name, numbers, values, suffix, isArray) : null;
    }

    private ref struct Reader(string text)
    {
        private int _at;

        public bool IsAtEnd
        {
            get
            {
                SkipSpaces();
                return _at == text.Length;
            }
        }

        public string Problem(string expected)
        {
            SkipSpaces();
            return string.Create(CultureInfo.InvariantCulture, $"at character {_at + 1} it should have {expected}");
        }

        public bool TryTake(char character)
        {
            SkipSpaces();
            if (_at == text.Length || text[_at] != character)
            {
                return false;
            }

            _at++;
            return true;
        }

        public string Words()
        {
            var words = new StringBuilder();
            while (true)
            {
                SkipSpaces();
                var start = _at;
                while (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] is '_' or '-') && (_at > start || !char.IsAsciiDigit(text[_at])))
                {
                    _at++;
                }

                if (_at == start)
                {
                    return words.ToString();
                }

                words.Append(words.Length == 0 ? "" : " ").Append(text[start.._at].ToLowerInvariant());
            }
        }

        public bool TryNumber(List<int> numbers)
        {
            SkipSpaces();
            var start = _at;
            while (_at < text.Length && char.IsAsciiDigit(text[_at]))
            {
                _at++;
            }

            if (_at == start || !int.TryParse(text.AsSpan(start, _at - start), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                _at = start;
                return false;
            }

            numbers.Add(number);
            return true;
        }

        /// <summary>A text as SHOW CREATE TABLE prints it: quotes doubled, backslashes before what they stand for.</summary>
        public bool TryValue(List<string> values)
        {
            SkipSpaces();
            var start = _at;
            if (!TryTake('\''))
            {
                return false;
            }

            var value = new StringBuilder();
            while (_at < text.Length)
            {
                var character = text[_at++];
                if (character == '\\' && _at < text.Length)
                {
                    value.Append(text[_at++] switch { 'n' => '\n', 'r' => '\r', 't' => '\t', 'b' => '\b', '0' => '\0', 'Z' => '\x1a', var other => other });
                }
                else if (character != '\'')
                {
                    value.Append(character);
                }
                else if (_at < text.Length && text[_at] == '\'')
                {
                    value.Append('\'');
                    _at++;
                }
                else
                {
                    values.Add(value.ToString());
                    return true;
                }
            }

            _at = start;
            return false;
        }

        private void SkipSpaces()
        {
            while (_at < text.Length && text[_at] is ' ' or '\t' or '\r' or '\n')
            {
                _at++;
            }
        }
    }
}
