namespace SnapshotBridge.Reporting;

/// <summary>What a run is likely to cost: measured quantities times list prices. An estimate, not a bill.</summary>
public sealed record CostEstimate
{
    public string Currency { get; init; } = "USD";

    /// <summary>The sum of the lines' amounts.</summary>
    public required decimal Total { get; init; }

    /// <summary>The month of the list prices.</summary>
    public required string PricesAsOf { get; init; }

    /// <summary>The AWS region whose prices are assumed.</summary>
    public required string Region { get; init; }

    public required IReadOnlyList<CostLine> Lines { get; init; }

    /// <summary>What is not in it, in words.</summary>
    public required IReadOnlyList<string> NotIncluded { get; init; }
}

/// <summary>One line of the estimate.</summary>
/// <param name="Item">What is paid for.</param>
/// <param name="Quantity">How much of it.</param>
/// <param name="Unit">What the quantity counts.</param>
/// <param name="UnitPrice">The price, in the estimate's currency.</param>
/// <param name="PricePer">For how many units that price is.</param>
/// <param name="Amount">Quantity times price, rounded to a millionth of a dollar.</param>
/// <param name="QuantitySource">Where the quantity comes from.</param>
/// <param name="PriceSource">Where the price comes from.</param>
public sealed record CostLine(
    string Item, decimal Quantity, string Unit, decimal UnitPrice, int PricePer, decimal Amount, string QuantitySource, string PriceSource);
