using System.Text.Json;
using SnapshotBridge.Loading;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading;

public sealed class SecretMaskTests
{
    private const string Token = "aB3_x-Yz09_TokenOfSomeLength";

    [Theory]
    [InlineData($"cannot open https://h/p/{Token}/n/ns/b/bk/o/run/x.parquet", "cannot open https://h/p/***/n/ns/b/bk/o/run/x.parquet")]
    [InlineData($"{{\"par\":\"https:\\/\\/h\\/p\\/{Token}\\/n\\/ns\"}}", "{\"par\":\"https:\\/\\/h\\/p\\/***\\/n\\/ns\"}")]
    [InlineData($"https%3A%2F%2Fh%2Fp%2F{Token}", "https%3A%2F%2Fh%2Fp%2F***")]
    [InlineData($"near 'https://h/p/{Token}", "near 'https://h/p/***")]
    [InlineData($"near '{Token}/n/ns/b/bk/o/'", "near '***/n/ns/b/bk/o/'")]
    [InlineData($"/p/{Token}/n/a/b/c/o/ and /p/{Token}/n/a/b/c/o/", "/p/***/n/a/b/c/o/ and /p/***/n/a/b/c/o/")]
    public void Mask_TextWithToken_LosesIt(string text, string masked)
    {
        Assert.Equal(masked, SecretMask.Mask(text));
        Assert.DoesNotContain(Token, SecretMask.Mask(text), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Col 2 of row starting at {object: run1/world/world.city/part-0.parquet}: Data was truncated")]
    [InlineData("https://objectstorage.eu-frankfurt-1.oraclecloud.com/n/ns/b/bucket/o/x")]
    [InlineData("")]
    public void Mask_TextWithoutToken_StaysAsItIs(string text) => Assert.Equal(text, SecretMask.Mask(text));

    [Fact]
    public void LoadPar_PrintedOrSerialized_ShowsNoToken()
    {
        var par = new LoadPar($"https://h/p/{Token}/n/ns/b/bk/o/");

        Assert.Equal($"https://h/p/{Token}/n/ns/b/bk/o/", par.Reveal());
        Assert.Equal("https://h/p/***/n/ns/b/bk/o/", par.ToString());
        Assert.Equal("https://h/p/***/n/ns/b/bk/o/", $"{par}");
        Assert.DoesNotContain(Token, JsonSerializer.Serialize(par), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://h/n/ns/b/bk/o/")]
    [InlineData($"https://h/p/{Token}/n/ns/b/bk/o/one.parquet")]
    [InlineData($"/p/{Token}/n/ns/b/bk/o/")]
    [InlineData("https://h/p//n/ns/b/bk/o/")]
    public void LoadPar_AnotherAddress_IsRefusedWithoutRepeatingIt(string url)
    {
        var exception = Assert.Throws<ArgumentException>(() => new LoadPar(url));

        Assert.DoesNotContain(Token, exception.ToString(), StringComparison.Ordinal);
    }
}
