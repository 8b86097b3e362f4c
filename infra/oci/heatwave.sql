-- The user with which SnapshotBridge loads, and exactly what it may do. The same file for MySQL HeatWave 8.4 and 9.x:
-- nothing below differs between them. Run it once as the DB System's administrator, and again for every further target
-- schema (granting twice does no harm).
--
-- How the file is read, by people and by the local run, which gives its own loading user exactly these grants:
--   {{user}}            the loading user, such as snapshotbridge_loader; the secret's "username"
--   {{host}}            from where it may connect, such as 10.0.% or, behind a network load balancer, its subnet
--   {{target_schema}}   a schema to load into; a statement with it stands for one statement per target schema.
--                       In a GRANT "_" and "%" are wildcards: write shop\_eu for the schema shop_eu, unless the server
--                       has partial_revokes=ON, where they are ordinary characters.
--   {{version_stem}}    the first 41 characters of the target schema, written in the same way: with "publish": "swap" the
--                       schemas that versions are loaded into are named shop__20261121080000_1f0c9a
--   -- heatwave-only    the next statement is for HeatWave alone and is skipped on the local stand-in
--   -- task-api         the next statement is for servers with the task API, from 9.3.1 on
-- A target schema has the source database's name unless a request renames it in targetSchemas. All of them are created
-- by SnapshotBridge; a table that it did not create is never replaced.

-- The server makes the password and shows it this once, so it stands in no file and in no shell history: put it into the
-- secret right away. Without TLS nobody logs in with it.
-- heatwave-only
CREATE USER IF NOT EXISTS '{{user}}'@'{{host}}' IDENTIFIED BY RANDOM PASSWORD REQUIRE SSL;

-- For sys.heatwave_load (HeatWave User Guide, "About Lakehouse Auto Parallel Load", privileges). The guide writes
-- PROCESS ON database_name.*, which the server refuses (error 1221): PROCESS is global.
GRANT PROCESS ON *.* TO '{{user}}'@'{{host}}';

-- CALL sys.heatwave_load, and the helpers that it calls with the caller's rights. Its report,
-- sys.heatwave_autopilot_report, is a temporary table of the session and needs no grant.
GRANT EXECUTE ON `sys`.* TO '{{user}}'@'{{host}}';

-- heatwave_load reads it (same page), and so do we: rpd_tables and rpd_table_id (is the table loaded, with how many
-- rows), rpd_column_id (which columns), and rpd_nodes (does the cluster's memory suffice).
GRANT SELECT ON `performance_schema`.* TO '{{user}}'@'{{host}}';

-- From 9.3.1 on the server can run a load as a task of its own (mysql_tasks), which outlives a Lambda. It needs this role,
-- active at login. Leave both statements out on an earlier server, which has no such role (error 3523), or with
-- LoadMode=connection; loads then run as events, or on the function's connection.
-- task-api
GRANT `mysql_task_user`@`%` TO '{{user}}'@'{{host}}';
-- task-api
SET DEFAULT ROLE `mysql_task_user`@`%` TO '{{user}}'@'{{host}}';

-- Our bookkeeping, in one schema: which tables are ours (tables), the queue of loads, its statements, workers and
-- messages (queue, queue_steps, queue_workers, messages), and what "publish": "swap" made (versions, views). CREATE makes
-- schema and tables, the next four keep them, and EVENT is for the tasks and events that carry loads which outlive a
-- Lambda (with LoadMode=connection it may be left out). No DROP, no ALTER: no table of it is ever dropped or changed.
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, EVENT ON `snapshotbridge`.* TO '{{user}}'@'{{host}}';

-- The target schemas: CREATE DATABASE IF NOT EXISTS and CREATE TABLE, ours or heatwave_load's (CREATE), ALTER TABLE …
-- SECONDARY_LOAD (ALTER, which MySQL allows only with CREATE and INSERT beside it), the replacing of an earlier load's
-- table (DROP), and COUNT(*), nulls and bounds against the export (SELECT).
GRANT SELECT, INSERT, CREATE, ALTER, DROP ON `{{target_schema}}`.* TO '{{user}}'@'{{host}}';

-- For "publish": "swap". With publish replace alone the two statements below may be left out.
-- The views in the target schema: CREATE VIEW, and SHOW VIEW to know them again before one is replaced. The switch
-- replaces views (DROP) and renames them, which needs ALTER, DROP, CREATE and INSERT: granted above.
GRANT CREATE VIEW, SHOW VIEW ON `{{target_schema}}`.* TO '{{user}}'@'{{host}}';

-- The versions, created, loaded, read by the views and dropped by SnapshotBridge; % stands for the rest of their names.
-- The views have this user as their definer: readers need SELECT on the target schema and nothing else, and the user must
-- stay as long as its views do.
-- On a server with partial_revokes=ON (SELECT @@partial_revokes) no % stands for anything, and a user that may create
-- schemas with names that are not known yet needs the privileges everywhere, less where you take them away:
--   GRANT SELECT, INSERT, CREATE, ALTER, DROP ON *.* TO '{{user}}'@'{{host}}';
--   REVOKE SELECT, INSERT, CREATE, ALTER, DROP ON `private_schema`.* FROM '{{user}}'@'{{host}}';
GRANT SELECT, INSERT, CREATE, ALTER, DROP ON `{{version_stem}}\_\_%`.* TO '{{user}}'@'{{host}}';
