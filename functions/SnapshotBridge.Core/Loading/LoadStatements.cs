using System.Text.Encodings.Web;
using SnapshotBridge.Loading.Declarations;

namespace SnapshotBridge.Loading;

/// <summary>What a worker does after a step.</summary>
public enum LoadStepKind
{
    /// <summary>Nothing.</summary>
    Run,

    /// <summary>It keeps the statement's warnings, which the next statement would clear.</summary>
    Load,

    /// <summary>It keeps the report of <c>sys.heatwave_load</c>, which the next call on the connection would clear.</summary>
    Call,

    /// <summary>It ends the load where <see cref="DropGuard.Variable"/> is not 0.</summary>
    Guard,
}

/// <summary>
/// One statement of a load, with the PAR's place left open: the queue on the server holds it without the secret. The
/// place stands inside a literal in single quotes; an address that a <see cref="LoadPar"/> takes needs no escaping there.
/// </summary>
/// <param name="Kind">What is kept after it.</param>
/// <param name="Head">The statement up to the PAR's address, or all of it.</param>
/// <param name="Tail">The rest; null where no PAR is in it.</param>
public sealed record LoadStep(LoadStepKind Kind, string Head, string? Tail)
{
    /// <summary>A statement without a PAR.</summary>
    public LoadStep(string text)
        : this(LoadStepKind.Run, text, null)
    {
    }

    /// <summary>The statement as the server gets it. It may hold the PAR: never log it.</summary>
    public string With(LoadPar par) => Tail is null ? Head : Head + par.Reveal() + Tail;
}

/// <summary>The statements that make and load one table, in the forms that a server's version takes.</summary>
public static class LoadStatements
{
    // Nothing but the format belongs into the dialect: keys for CSV are an error with Parquet (HeatWave User Guide, "Lakehouse Auto Parallel Load syntax").
    private const string Dialect = "\"dialect\":{\"format\":\"parquet\"}";

    /// <summary>
    /// Declares a table over its files. Strict: a value that does not fit fails the load instead of being changed. Files and
    /// columns that are missing are never allowed. Columns match by name where the version and the names allow it,
    /// else by their order.
    /// </summary>
    /// <param name="version">The server's.</param>
    /// <param name="schema">The target schema.</param>
    /// <param name="table">The target table.</param>
    /// <param name="declaration">Its columns.</param>
    /// <param name="prefix">The table's folder in the bucket, with a trailing slash.</param>
    public static LoadStep Create(ServerVersion version, string schema, string table, TableDeclaration declaration, string prefix)
    {
        ArgumentNullException.ThrowIfNull(version);
        ArgumentNullException.ThrowIfNull(declaration);
        CheckPrefix(prefix);
        var matching = version.MatchesColumnsByName && declaration.MatchesByName ? ",\"match_columns_by\":\"name_case_sensitive\"" : "";
        var missing = version.HasMissingColumnsOption ? ",\"allow_missing_columns\":false" : "";
        var open = "{\"file\":[{\"par\":\"";
        var close = $"\",\"prefix\":{Json(prefix)},\"is_strict_mode\":true,\"allow_missing_files\":false}}],{Dialect}{matching}{missing}}}";
        var (verb, engines) = version.HasExternalTables ? ("CREATE EXTERNAL TABLE", "") : ("CREATE TABLE", " ENGINE=lakehouse SECONDARY_ENGINE=rapid");
        return Around($"{verb} {SqlText.Table(schema, table)} ({DeclarationSql.Columns(declaration)}){engines} ENGINE_ATTRIBUTE=", open, close, "", LoadStepKind.Run);
    }

    /// <summary>Loads a declared table as it is declared.</summary>
    public static LoadStep SecondaryLoad(ServerVersion version, string schema, string table)
    {
        ArgumentNullException.ThrowIfNull(version);
        var name = SqlText.Table(schema, table);
        return new LoadStep(
            LoadStepKind.Load,
            version.LoadForm switch
            {
                SecondaryLoadForm.GuidedOff => $"ALTER TABLE {name} SECONDARY_LOAD GUIDED OFF",
                SecondaryLoadForm.Hint => $"ALTER TABLE /*+ AUTOPILOT_DISABLE_CHECK */ {name} SECONDARY_LOAD",
                _ => $"ALTER TABLE {name} SECONDARY_LOAD",
            },
            null);
    }

    /// <summary>
    /// Makes and loads a table with the columns that HeatWave infers. One table per call: the tables of one call load one
    /// after another anyway, and a call that breaks takes only its own table along.
    /// </summary>
    public static LoadStep Call(ServerVersion version, string schema, string table, string prefix)
    {
        ArgumentNullException.ThrowIfNull(version);
        CheckPrefix(prefix);
        var (db, name, files) = (Json(schema), Json(table), Json(prefix));
        const string Verb = "CALL sys.heatwave_load(";
        return version.CallForm switch
        {
            LoadCallForm.InputList => Around(
                Verb,
                $"[{{\"db_name\":{db},\"tables\":[{{\"table_name\":{name},\"engine_attribute\":{{{Dialect},\"file\":[{{\"par\":\"",
                $"\",\"prefix\":{files}}}]}}}}]}}]",
                $", {SqlText.Literal("{\"mode\":\"normal\"}")})",
                LoadStepKind.Call),
            _ => Around(
                $"{Verb}{SqlText.Literal($"[{db}]")}, ",
                $"{{\"mode\":\"normal\",\"external_tables\":[{{\"db_name\":{db},\"tables\":[{{\"table_name\":{name},{Dialect},\"file\":[{{\"par\":\"",
                $"\",\"prefix\":{files}}}]}}]}}]}}",
                ")",
                LoadStepKind.Call),
        };
    }

    /// <summary>Declares a table and loads it as it is declared.</summary>
    public static IReadOnlyList<LoadStep> Declared(ServerVersion version, string schema, string table, TableDeclaration declaration, string prefix) =>
        [Create(version, schema, table, declaration, prefix), SecondaryLoad(version, schema, table)];

    /// <summary>A statement with one JSON document as literal, cut where the PAR goes.</summary>
    private static LoadStep Around(string before, string open, string close, string after, LoadStepKind kind) =>
        new(kind, before + SqlText.Literal(open)[..^1], SqlText.Literal(close)[1..] + after);

    // Without the slash world.country would also take world.countrylanguage.
    private static void CheckPrefix(string prefix)
    {
        if (!prefix.EndsWith('/'))
        {
            throw new ArgumentException($"The prefix '{prefix}' must end in a slash.", nameof(prefix));
        }
    }

    private static string Json(string text) => $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text)}\"";
}
