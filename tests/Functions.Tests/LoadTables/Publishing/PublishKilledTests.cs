using Xunit;

namespace SnapshotBridge.Functions.Tests.LoadTables.Publishing;

/// <summary>Publishing that dies around each of its statements in turn: readers find one version or the other, and the next invocation ends it.</summary>
public sealed class PublishKilledTests(PublishServer server) : IClassFixture<PublishServer>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Publish_KilledAroundEachStatement_GoesOnAndLeavesNothingBehind(bool afterwards)
    {
        var deaths = new List<string>();
        for (var statement = 1; ; statement++)
        {
            var lab = new PublishLab(server);
            lab.Choices = lab.Choices with { KeepVersions = 0 };
            await lab.ReplacedTableAsync("orders");
            await lab.BringAsync(1, "gone", "items");
            var before = "gone=1 items=1 orders=0";
            Assert.Equal(before, await lab.ServedAsync());
            var loaded = await lab.LoadAsync(2, "items", "orders", "fresh");

            KilledSession? killed = null;
            try
            {
                await lab.PublishAsync(loaded, session => killed = new KilledSession(session, statement, afterwards));
                break;
            }
            catch (KilledException)
            {
                deaths.Add(killed!.KilledAt!);
                var served = string.Join(' ', (await lab.ServedAsync()).Split(' ').Where(name => !name.StartsWith("__snapshotbridge_", StringComparison.Ordinal)));
                Assert.True(served == before || served == "fresh=2 items=2 orders=2", $"killed around '{killed.KilledAt}': readers find {served}");
            }

            var (state, isDone) = await lab.PublishAsync(loaded);

            Assert.True(isDone, $"killed around '{killed.KilledAt}'");
            Assert.Equal(lab.Version(2), Assert.Single(state.Published).Version);
            Assert.Null(state.Published[0].NotSwitchedBecause);
            Assert.NotNull(state.Published[0].SwitchedAt);
            Assert.Equal($"fresh=2 items=2 orders=2 after {killed.KilledAt}", $"{await lab.ServedAsync()} after {killed.KilledAt}");
            Assert.Equal("2", await lab.StandingAsync(2));
            Assert.Equal(["fresh", "items", "orders"], await server.ColumnAsync($"SELECT view_name FROM snapshotbridge.views WHERE public_schema = '{lab.Schema}' ORDER BY view_name"));
            Assert.Equal(
                [lab.Version(2)], await server.ColumnAsync($"SELECT DISTINCT target_schema FROM snapshotbridge.tables WHERE LEFT(target_schema, {lab.Schema.Length}) = '{lab.Schema}'"));
        }

        // The statements that change something are all among them.
        Assert.Contains(deaths, death => death.StartsWith("create the view", StringComparison.Ordinal));
        Assert.Contains(deaths, death => death.StartsWith("switch the views", StringComparison.Ordinal));
        Assert.Contains(deaths, death => death.StartsWith("drop the replaced views", StringComparison.Ordinal));
        Assert.Contains(deaths, death => death.StartsWith("drop table", StringComparison.Ordinal));
        Assert.Contains(deaths, death => death.StartsWith("drop the version", StringComparison.Ordinal));
        Assert.Contains("note a switch", deaths);
    }
}
