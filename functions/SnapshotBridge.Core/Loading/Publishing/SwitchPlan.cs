namespace SnapshotBridge.Loading.Publishing;

/// <summary>A view that is to serve a table of the new version.</summary>
/// <param name="Name">The table's name, and the view's.</param>
/// <param name="Version">The schema that holds the table.</param>
/// <param name="Source">The source's database and schema, as <see cref="SourceName"/> writes them.</param>
/// <param name="Select">The view's query.</param>
internal sealed record WantedView(string Name, string Version, string Source, string Select)
{
    /// <summary>By this the ledger recognises the query again.</summary>
    public string Digest { get; } = ViewSql.Digest(Select);

    /// <summary>U+0000 stands in no name.</summary>
    public static string SourceName(string database, string schema) => $"{database}\0{schema}";
}

/// <summary>What the ledger says about a view that we created.</summary>
/// <param name="Name">Its name in the public schema, also while it waits under another.</param>
/// <param name="Version">The schema that it reads.</param>
/// <param name="Source">The source's database and schema.</param>
/// <param name="Digest">The digest of the query that it was created with.</param>
/// <param name="Definition">The query as the server tells it since; null until it was read back.</param>
internal sealed record NotedView(string Name, string Version, string Source, string Digest, string? Definition);

/// <summary>A table or view that stands in a public schema.</summary>
/// <param name="Table">The table or view.</param>
/// <param name="Definition">A view's query as the server tells it.</param>
internal sealed record PublicObject(ExistingTable Table, string? Definition)
{
    public string Name => Table.Table;
}

/// <summary>What stands in one public schema, and what the ledger says of it.</summary>
internal sealed record PublicState(
    IReadOnlyList<PublicObject> Objects, IReadOnlyList<NotedView> Views, IReadOnlyList<TableMark> Marks, StringComparer Names)
{
    /// <summary>
    /// The note of a view of ours: the ledger knows its name and its query is, to the letter, what the server told when we
    /// created it. One that somebody changed or made anew is theirs.
    /// </summary>
    /// <param name="item">The view.</param>
    /// <param name="name">The name that the ledger knows, where it stands under a temporary one.</param>
    public NotedView? NoteOf(PublicObject item, string? name = null) => item is { Table.IsBaseTable: false, Definition.Length: > 0 }
        ? ViewsByName[name ?? item.Name].FirstOrDefault(view => view.Definition == item.Definition || IsLedThrough(view, item.Definition))
        : null;

    /// <summary>Whether any view reads a gate: what stands behind it is still needed.</summary>
    public bool HasViewsOnTheirWay => Objects.Any(item => !SwitchPlan.IsTemporary(item.Name) && ReadsAGate(item));

    /// <summary>Whether a view reads a gate, of whichever version.</summary>
    public static bool ReadsAGate(PublicObject item) => item.Definition?.Contains(GateSql.GatePrefix, StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>A view on its way is known by the gate that it reads; a server that keeps names in small letters writes it so.</summary>
    private static bool IsLedThrough(NotedView view, string definition) =>
        GateSql.IsMark(view.Definition) && definition.Contains(view.Definition!, StringComparison.OrdinalIgnoreCase);

    public bool IsOurTable(PublicObject item) => Ownership.IsOurs(item.Table, MarksByName[item.Name].LastOrDefault());

    // Each of thousands of names is looked up.
    private ILookup<string, NotedView> ViewsByName => field ??= Views.ToLookup(view => view.Name, Names);

    private ILookup<string, TableMark> MarksByName => field ??= Marks.ToLookup(mark => mark.Table, Names);
}

/// <summary>Which tables of the export a view may be removed for.</summary>
/// <param name="WholeSources">The source schemas that the export holds as a whole: what is missing from them is gone at the source.</param>
/// <param name="Skipped">Tables that RDS left out although the source has them.</param>
/// <param name="Emptied">Tables without rows for which no table was made: a view of an earlier snapshot would go on showing its rows.</param>
internal sealed record SwitchScope(IReadOnlySet<string> WholeSources, IReadOnlySet<string> Skipped, IReadOnlySet<string> Emptied);

/// <summary>What one name in the public schema needs.</summary>
/// <param name="View">The name.</param>
/// <param name="Served">The view of ours that stands there; null where none does, or a table.</param>
/// <param name="Create">What is to stand there; null where nothing is.</param>
/// <param name="Renames">How it gets there.</param>
internal sealed record SwitchStep(string View, NotedView? Served, WantedView? Create, IReadOnlyList<(string From, string To)> Renames);

/// <summary>What has to be done so that a public schema serves a version. Pure: a killed run plans again from what it finds.</summary>
internal sealed record SwitchPlan
{
    /// <summary>What stands in the way and is not ours: nothing may be changed.</summary>
    public required IReadOnlyList<string> Conflicts { get; init; }

    /// <summary>Views that must stand under their temporary names before the switch.</summary>
    public required IReadOnlyList<WantedView> Create { get; init; }

    /// <summary>What each name needs.</summary>
    public required IReadOnlyList<SwitchStep> Steps { get; init; }

    /// <summary>The switch, where it is made in one statement.</summary>
    public IReadOnlyList<(string From, string To)> Renames => [.. Steps.SelectMany(step => step.Renames)];

    /// <summary>
    /// Whether one statement over all names could show a reader of several of them two versions: where a view changes, and
    /// something else with it. Tables, and names that nobody reads yet, are opened anew by whoever waited for them.
    /// </summary>
    public bool NeedsGate => Steps.Count > 1 && Steps.Any(step => step is { Served: not null, Create: not null });

    /// <summary>Base tables of ours that the switch replaces.</summary>
    public required IReadOnlyList<(string Table, string Replaced)> ReplacedTables { get; init; }

    /// <summary>Views of tables that the snapshot no longer has, or has without rows and without a table.</summary>
    public required IReadOnlyList<string> Removed { get; init; }

    /// <summary>What goes on serving an older snapshot, and why.</summary>
    public required IReadOnlyList<string> Left { get; init; }

    public bool IsDone => Conflicts.Count == 0 && Steps.Count == 0;

    public static SwitchPlan Of(string schema, PublicState state, IReadOnlyList<WantedView> wanted, SwitchScope scope)
    {
        var standing = state.Objects.ToDictionary(item => item.Name, state.Names);
        var conflicts = new List<string>();
        var create = new List<WantedView>();
        var steps = new List<SwitchStep>();
        var replacedTables = new List<(string, string)>();
        foreach (var view in wanted)
        {
            var there = standing.GetValueOrDefault(view.Name);
            var note = there is null ? null : state.NoteOf(there);
            var renames = new List<(string, string)>();
            if (there is not null && note is not null)
            {
                if (note.Version == view.Version && note.Digest == view.Digest)
                {
                    continue;
                }

                renames.Add((there.Name, ViewSql.Replaced(view.Name)));
            }
            else if (there is not null && state.IsOurTable(there))
            {
                renames.Add((there.Name, ViewSql.Replaced(view.Name)));
                replacedTables.Add((there.Name, ViewSql.Replaced(view.Name)));
            }
            else if (there is not null)
            {
                conflicts.Add($"{(there.Table.IsBaseTable ? "table" : "view")} {schema}.{there.Name}");
                continue;
            }

            create.Add(view);
            renames.Add((ViewSql.Waiting(view.Name), view.Name));
            steps.Add(new SwitchStep(there?.Name ?? view.Name, note, view, renames));
        }

        var names = wanted.Select(view => view.Name).ToHashSet(state.Names);
        var removed = new List<string>();
        var left = new List<string>();
        foreach (var item in state.Objects.Where(item => !names.Contains(item.Name) && !IsTemporary(item.Name)))
        {
            if (state.NoteOf(item) is { } note)
            {
                if (scope.Emptied.Contains(item.Name))
                {
                    steps.Add(new SwitchStep(item.Name, note, null, [(item.Name, ViewSql.Replaced(item.Name))]));
                    removed.Add(item.Name);
                }
                else if (scope.Skipped.Contains(item.Name))
                {
                    left.Add($"{schema}.{item.Name} still serves {note.Version}: RDS left the table out of this export");
                }
                else if (scope.WholeSources.Contains(note.Source))
                {
                    steps.Add(new SwitchStep(item.Name, note, null, [(item.Name, ViewSql.Replaced(item.Name))]));
                    removed.Add(item.Name);
                }
                else
                {
                    left.Add($"{schema}.{item.Name} still serves {note.Version}: this export does not cover the table");
                }
            }
            else if (state.IsOurTable(item))
            {
                left.Add($"the table {schema}.{item.Name} of an earlier run with publish replace is not in this export and was left as it is");
            }
        }

        return new SwitchPlan
        {
            Conflicts = conflicts,
            Create = create,
            Steps = steps,
            ReplacedTables = replacedTables,
            Removed = removed,
            Left = left,
        };
    }

    public static bool IsTemporary(string name) => name.StartsWith(ViewSql.ReservedPrefix, StringComparison.OrdinalIgnoreCase);
}
