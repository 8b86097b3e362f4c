namespace SnapshotBridge.Loading;

/// <summary>The schemas on the server that tables go into.</summary>
internal sealed class TargetSchemas(IHeatWaveSession session, StringComparer names)
{
    /// <summary>
    /// Creates those that do not exist: once for an attempt, before its first table. CREATE DATABASE waits for every transaction
    /// that reads the schema, and lets all new readers wait behind it, even with IF NOT EXISTS (measured on MySQL 9.7).
    /// </summary>
    public async Task CreateMissingAsync(IEnumerable<string> schemas, CancellationToken cancellationToken)
    {
        var wanted = schemas.Distinct(names).ToList();
        if (wanted.Count == 0)
        {
            return;
        }

        var there = (await session.QueryAsync(new Sql("SELECT SCHEMA_NAME FROM information_schema.SCHEMATA"), "list the schemas", cancellationToken))
            .Select(row => row.Text(0)!).ToHashSet(names);
        foreach (var schema in wanted.Where(schema => !there.Contains(schema)))
        {
            // Somebody else may have created it in between.
            await session.ExecuteAsync(new Sql($"CREATE DATABASE IF NOT EXISTS {SqlText.Identifier(schema)} CHARACTER SET utf8mb4"), $"create the schema {schema}", cancellationToken);
        }
    }
}
