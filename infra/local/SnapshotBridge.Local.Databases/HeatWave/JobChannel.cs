using System.Text.Json;
using MySqlConnector;
using SnapshotBridge.Local.Databases.Sql;

namespace SnapshotBridge.Local.Databases.HeatWave;

/// <summary>
/// The worker's way to the server: one connection, which also holds the worker's lock. What is written here therefore comes
/// from the one worker that lives, and ends when the connection breaks.
/// </summary>
internal sealed class JobChannel(MySqlConnection connection, bool isMariaDb) : IDisposable
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly SemaphoreSlim _gate = new(1, 1);

    /// <summary>Takes the worker's place; false where another worker has it.</summary>
    public async Task<bool> TryLockAsync(CancellationToken cancellationToken) =>
        Convert.ToInt64(await ScalarAsync("SELECT GET_LOCK(@p0, 0)", cancellationToken, HeatWaveSchema.WorkerLock) ?? 0, null) == 1;

    /// <summary>Ends jobs that an earlier worker left half done, and those whose caller is gone.</summary>
    public async Task FailOrphansAsync(CancellationToken cancellationToken)
    {
        const string lost = "error_number=3889, error_text='Secondary engine operation failed. The HeatWave node restarted.', input_list=NULL, options=NULL";
        await ExecuteAsync($"UPDATE sys.sb_heatwave_jobs SET state='failed', {lost} WHERE state='running'", cancellationToken);
        await ExecuteAsync(
            $"UPDATE sys.sb_heatwave_jobs SET state='failed', {lost} WHERE state='ready' AND connection_id NOT IN (SELECT ID FROM information_schema.PROCESSLIST)", cancellationToken);
    }

    /// <summary>Takes the oldest job, or null where there is none.</summary>
    /// <param name="withLoads">Whether a load may be taken; other jobs take no time.</param>
    /// <param name="cancellationToken">Ends everything.</param>
    public async Task<Job?> TakeAsync(bool withLoads, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var jobs = await connection.QueryAsync(
                $"SELECT id, kind, CAST(connection_id AS SIGNED), input_list, options FROM sys.sb_heatwave_jobs WHERE state='ready'{(withLoads ? "" : $" AND kind NOT IN ('{Job.Call}', '{JobProcedures.Load}')")} ORDER BY id LIMIT 1",
                reader => new Job(reader.GetInt64(0), reader.GetString(1), reader.GetInt64(2), reader.IsDBNull(3) ? null : reader.GetString(3), reader.IsDBNull(4) ? null : reader.GetString(4)),
                cancellationToken);
            // The arguments hold the PAR: they leave the table with the job.
            return jobs.Count > 0 && await connection.ExecuteAsync(
                "UPDATE sys.sb_heatwave_jobs SET state='running', input_list=NULL, options=NULL WHERE id=@p0 AND state='ready'", cancellationToken, jobs[0].Id) == 1
                ? jobs[0]
                : null;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>False when the caller has gone or was interrupted.</summary>
    public async Task<bool> IsWantedAsync(long job, long connectionId, CancellationToken cancellationToken) =>
        await ScalarAsync(
            "SELECT 1 FROM sys.sb_heatwave_jobs WHERE id=@p0 AND state='running' AND EXISTS (SELECT 1 FROM information_schema.PROCESSLIST WHERE ID=@p1)",
            cancellationToken, job, connectionId) is not null;

    public Task KillAsync(long connectionId, CancellationToken cancellationToken) => ExecuteAsync($"KILL {connectionId}", cancellationToken);

    /// <summary>Writes a box; the procedure hands it to the caller as a result set.</summary>
    public async Task BoxAsync(long job, int box, string name, IReadOnlyList<string> lines, CancellationToken cancellationToken)
    {
        foreach (var line in lines)
        {
            await ExecuteAsync("INSERT INTO sys.sb_heatwave_lines (job_id, box, name, line) VALUES (@p0, @p1, @p2, @p3)", cancellationToken, job, box, name, line);
        }

        await ExecuteAsync("UPDATE sys.sb_heatwave_jobs SET boxes=@p1 WHERE id=@p0", cancellationToken, job, box);
    }

    public Task ReportAsync(long job, string stage, string type, object log, CancellationToken cancellationToken) =>
        ExecuteAsync(
            "INSERT INTO sys.sb_heatwave_reports (job_id, stage, type, log) VALUES (@p0, @p1, @p2, @p3)", cancellationToken, job, stage, type, JsonSerializer.Serialize(log, Relaxed));

    public Task EndAsync(long job, CancellationToken cancellationToken) =>
        ExecuteAsync("UPDATE sys.sb_heatwave_jobs SET state='done' WHERE id=@p0 AND state='running'", cancellationToken, job);

    public Task AbandonAsync(long job, CancellationToken cancellationToken) =>
        ExecuteAsync("UPDATE sys.sb_heatwave_jobs SET state='abandoned' WHERE id=@p0 AND state='running'", cancellationToken, job);

    /// <summary>Ends the job with what it gives back and what it warns of.</summary>
    public async Task EndAsync(long job, string? output, IReadOnlyList<LoadWarning> warnings, CancellationToken cancellationToken)
    {
        for (var i = 0; i < warnings.Count; i++)
        {
            await ExecuteAsync(
                "INSERT INTO sys.sb_heatwave_warnings (job_id, seq, number, text) VALUES (@p0, @p1, @p2, @p3)", cancellationToken, job, i + 1, warnings[i].Number, Short(warnings[i].Message));
        }

        await ExecuteAsync(
            "UPDATE sys.sb_heatwave_jobs SET state='done', output=@p1, warnings=@p2 WHERE id=@p0 AND state='running'", cancellationToken, job, output, warnings.Count);
    }

    /// <summary>Ends the call with an SQL error.</summary>
    public Task FailAsync(long job, int number, string text, CancellationToken cancellationToken) =>
        ExecuteAsync(
            "UPDATE sys.sb_heatwave_jobs SET state='failed', error_number=@p1, error_text=@p2 WHERE id=@p0 AND state='running'",
            cancellationToken, job, number, Short(text));

    /// <summary>MySQL refuses a signalled text of more than 128 characters, MariaDB cuts it at 512 bytes.</summary>
    private string Short(string text)
    {
        var longest = isMariaDb ? 400 : 128;
        return text.Length <= longest ? text : text[..(longest - 1)] + "…";
    }

    public async Task<int> ExecuteAsync(string sql, CancellationToken cancellationToken, params object?[] values)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            return await connection.ExecuteAsync(sql, cancellationToken, values);
        }
        finally
        {
            _gate.Release();
        }
    }

    public async Task<object?> ScalarAsync(string sql, CancellationToken cancellationToken, params object?[] values)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            return await connection.ScalarAsync(sql, cancellationToken, values);
        }
        finally
        {
            _gate.Release();
        }
    }

    public async Task<List<T>> QueryAsync<T>(string sql, Func<MySqlDataReader, T> row, CancellationToken cancellationToken, params object?[] values)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            return await connection.QueryAsync(sql, row, cancellationToken, values);
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();
}

/// <summary>What a procedure wants done.</summary>
internal sealed record Job(long Id, string Kind, long ConnectionId, string? Input, string? Options)
{
    /// <summary>A call of <c>heatwave_load</c>; the other kinds are named in <see cref="JobProcedures"/>.</summary>
    public const string Call = "call";

    public bool IsLoad => Kind is Call or JobProcedures.Load;
}

/// <summary>Something that a load did to the data, by HeatWave's number.</summary>
internal sealed record LoadWarning(int Number, string Message);
