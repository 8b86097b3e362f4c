using SnapshotBridge.Loading.Declarations;
using SnapshotBridge.Requests;
using Xunit;
using static SnapshotBridge.Core.Tests.Loading.Declarations.DeclarationSamples;

namespace SnapshotBridge.Core.Tests.Loading.Declarations;

public sealed class ColumnTypeChecksTests
{
    [Fact]
    public void Check_KnownNames_Passes() => Check("shop.orders", "STATUS", "ENUM('new')");

    [Theory]
    [InlineData("shop.order", "status", "INT", "columnTypes names table 'shop.order', which the export does not hold (did you mean 'shop.orders'?)")]
    [InlineData("nothing.alike", "status", "INT", "columnTypes names table 'nothing.alike', which the export does not hold")]
    [InlineData("shop.orders", "statu", "INT", "columnTypes names column 'statu' of shop.orders, which has none of that name (did you mean 'status'?)")]
    [InlineData("shop.orders", "status", "INT; DROP TABLE x", "columnTypes gives shop.orders.status a type that is none: at character 4 it should have the end")]
    public void Check_WhatTheExportHasNot_IsRefusedWithTheNearestName(string table, string column, string type, string expected) =>
        Assert.Equal(expected, Assert.Single(Assert.Throws<RequestInvalidException>(() => Check(table, column, type)).Problems));

    private static void Check(string table, string column, string type)
    {
        var request = new BridgeRequest
        {
            Snapshot = SnapshotArn.Parse("arn:aws:rds:eu-central-1:123456789012:cluster-snapshot:s", "snapshotArn", [])!,
            ColumnTypes = new Dictionary<string, IReadOnlyDictionary<string, string>>(StringComparer.Ordinal)
            {
                [table] = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { [column] = type },
            },
        };
        ColumnTypeChecks.Check(LoadSamples.PlanOf([MySql(Column("id", "int"), Column("status", "enum"))]), request);
    }
}
