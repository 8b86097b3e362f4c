using System.Globalization;
using SnapshotBridge.Errors;

namespace SnapshotBridge.Loading;

/// <summary>The server's clock is off: what stands under a name would be taken for older or newer than it is. Nothing was changed.</summary>
public sealed class HeatWaveClockSkewedException(string server, DateTimeOffset serverTime, DateTimeOffset ourTime)
    : BridgeException(string.Create(
        CultureInfo.InvariantCulture,
        $"The clock of HeatWave at {server} says {serverTime.UtcDateTime:u} where this function's says {ourTime.UtcDateTime:u}: more than five minutes apart. Nothing was changed. Correct the server's clock (in a DB System that is for Oracle's support), then redrive."));
