using SnapshotBridge.Loading;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading;

public sealed class SqlTextTests
{
    [Theory]
    [InlineData("world", "`world`")]
    [InlineData("a`b", "`a``b`")]
    [InlineData("``", "``````")]
    [InlineData("it's \"größe\" 表", "`it's \"größe\" 表`")]
    public void Identifier_AnyName_IsQuoted(string name, string quoted) => Assert.Equal(quoted, SqlText.Identifier(name));

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    public void Identifier_NoName_IsRefused(string name) => Assert.Throws<ArgumentException>(() => SqlText.Identifier(name));

    [Theory]
    [InlineData("plain", "'plain'")]
    [InlineData("it's", "'it''s'")]
    [InlineData("back\\slash", "'back\\\\slash'")]
    [InlineData("\\'; DROP TABLE x; -- ", "'\\\\''; DROP TABLE x; -- '")]
    public void Literal_AnyText_CannotEndTheLiteral(string text, string literal) => Assert.Equal(literal, SqlText.Literal(text));
}
