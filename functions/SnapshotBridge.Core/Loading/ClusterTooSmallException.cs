using System.Globalization;
using SnapshotBridge.Errors;

namespace SnapshotBridge.Loading;

/// <summary>The tables cannot fit into the HeatWave cluster, were it empty. Nothing was changed.</summary>
public sealed class ClusterTooSmallException(string server, long bytes, long memoryBytes)
    : BridgeException(string.Create(
        CultureInfo.InvariantCulture,
        $"The HeatWave cluster of {server} has {memoryBytes} bytes of memory, and the Parquet files of the tables to load already have {bytes}. Nothing was changed. Add nodes to the cluster, or load fewer tables with exportOnly."));
