namespace SnapshotBridge.Loading.Publishing;

/// <summary>The part of the bookkeeping on the server that is about versions and views: which of them are ours.</summary>
internal static class PublishLedgerSql
{
    public static IReadOnlyList<string> Tables { get; } = ["versions", "views"];

    public static IReadOnlyList<string> Create { get; } =
    [
        """
        CREATE TABLE IF NOT EXISTS `snapshotbridge`.`versions` (
          version_schema VARCHAR(64) NOT NULL,
          public_schema VARCHAR(64) NOT NULL,
          export_task_id VARCHAR(64) NOT NULL,
          taken_at BIGINT NOT NULL COMMENT 'when the snapshot was taken, seconds since 1970',
          touched_at DATETIME(6) NOT NULL COMMENT 'when a run last worked on it',
          switched_at BIGINT NULL COMMENT 'when views began to serve it, seconds since 1970',
          PRIMARY KEY (version_schema),
          KEY by_public (public_schema)
        ) ENGINE=InnoDB COMMENT='Schemas that SnapshotBridge loaded a version into and may drop'
        """,
        """
        CREATE TABLE IF NOT EXISTS `snapshotbridge`.`views` (
          public_schema VARCHAR(64) NOT NULL,
          view_name VARCHAR(64) NOT NULL,
          version_schema VARCHAR(64) NOT NULL,
          digest CHAR(64) CHARACTER SET ascii NOT NULL COMMENT 'SHA-256 of the query as we wrote it',
          source VARCHAR(160) NOT NULL COMMENT 'database and schema at the source',
          definition LONGTEXT NULL COMMENT 'the query as the server told it afterwards',
          PRIMARY KEY (public_schema, view_name, version_schema, digest)
        ) ENGINE=InnoDB COMMENT='Views that SnapshotBridge created and may replace'
        """,
    ];
}
