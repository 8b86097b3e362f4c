using System.Text.Encodings.Web;

namespace SnapshotBridge.Loading;

/// <summary>
/// The two arguments of <c>CALL sys.heatwave_load</c> for one table, as JSON texts, with the place of the PAR left open:
/// the queue on the server holds them without the secret. One table per call: the tables of one call load one after
/// another anyway, and a call that breaks takes only its own table along.
/// </summary>
/// <param name="Form">The form that the server's version takes.</param>
/// <param name="Head">The document that names the files, up to the PAR's address.</param>
/// <param name="Tail">The document after the PAR's address.</param>
/// <param name="Other">The other argument, without a secret: the options in the new form, the schema list in the old one.</param>
public sealed record LoadCall(LoadCallForm Form, string Head, string Tail, string Other)
{
    // Nothing but the format belongs into the dialect: keys for CSV are an error with Parquet (MySQL HeatWave manual, "Lakehouse Auto Parallel Load syntax").
    private const string Dialect = "\"dialect\":{\"format\":\"parquet\"}";

    /// <param name="form">See <see cref="ServerVersion.CallForm"/>.</param>
    /// <param name="schema">The target schema.</param>
    /// <param name="table">The target table.</param>
    /// <param name="prefix">The table's folder in the bucket, with a trailing slash: without it <c>world.country</c> would also take <c>world.countrylanguage</c>.</param>
    /// <exception cref="ArgumentException">The prefix does not end in a slash.</exception>
    public static LoadCall For(LoadCallForm form, string schema, string table, string prefix)
    {
        if (!prefix.EndsWith('/'))
        {
            throw new ArgumentException($"The prefix '{prefix}' must end in a slash.", nameof(prefix));
        }

        var (db, name, files) = (Json(schema), Json(table), Json(prefix));
        return form switch
        {
            LoadCallForm.InputList => new LoadCall(
                form,
                $"[{{\"db_name\":{db},\"tables\":[{{\"table_name\":{name},\"engine_attribute\":{{{Dialect},\"file\":[{{\"par\":\"",
                $"\",\"prefix\":{files}}}]}}}}]}}]",
                "{\"mode\":\"normal\"}"),
            LoadCallForm.ExternalTables => new LoadCall(
                form,
                $"{{\"mode\":\"normal\",\"external_tables\":[{{\"db_name\":{db},\"tables\":[{{\"table_name\":{name},{Dialect},\"file\":[{{\"par\":\"",
                $"\",\"prefix\":{files}}}]}}]}}]}}",
                $"[{db}]"),
            _ => throw new ArgumentOutOfRangeException(nameof(form), form, null),
        };
    }

    /// <summary>Both arguments with the PAR in place.</summary>
    public (string Input, string Options) With(LoadPar par)
    {
        var document = Head + JsonContent(par) + Tail;
        return Form == LoadCallForm.InputList ? (document, Other) : (Other, document);
    }

    /// <summary>The PAR's address as it stands between the quotes of a JSON string.</summary>
    internal static string JsonContent(LoadPar par) => Json(par.Reveal())[1..^1];

    private static string Json(string text) => $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text)}\"";
}
