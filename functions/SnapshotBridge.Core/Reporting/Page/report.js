(() => {
  "use strict";
  const PAGE = 100, OPEN_ROWS = 300, SCHEMAS = 50, PRINTED = 2000;
  const STATUS = ["loaded", "empty", "skipped", "failed"], EVIDENCE = ["end-to-end", "destination"];
  const { tables, texts } = JSON.parse(document.getElementById("data").textContent);
  // All the digits that the report has and no others: a fraction is taken as it is written.
  const number = value => {
    const [whole, fraction] = String(value).split(".");
    return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (fraction ? `.${fraction}` : "");
  };
  const text = id => id === undefined ? "" : texts[id];

  const rows = tables.map(([schema, name, target, status, exported, loaded, files, bytes, evidence, seconds, details], index) => {
    const more = details ?? {};
    const notes = (more.warnings?.length ?? 0) + (more.types?.length ?? 0) + (more.dropped?.length ?? 0) + (more.statistics?.differences.length ?? 0);
    return {
      index, schema: texts[schema], name, target: texts[target], status: STATUS[status], exported, loaded, files, bytes,
      evidence: EVIDENCE[evidence] ?? null, seconds, details: more, notes,
      words: `${texts[schema]}.${name} ${texts[target]} ${text(more.served)} ${text(more.reason)}`.toLowerCase(),
    };
  });

  const collator = new Intl.Collator("en", { numeric: true });
  const worst = { failed: 0, skipped: 1, empty: 2, loaded: 3 };
  const columns = [
    { key: "name", title: "Table", width: "26%", compare: (a, b) => collator.compare(a.name, b.name) },
    { key: "status", title: "Status", width: "9%", compare: (a, b) => worst[a.status] - worst[b.status] },
    { key: "exported", title: "Rows exported", n: true },
    { key: "loaded", title: "Rows loaded", n: true },
    { key: "files", title: "Files", n: true, width: "8%" },
    { key: "bytes", title: "Bytes", n: true },
    { key: "evidence", title: "Evidence", width: "11%", compare: (a, b) => collator.compare(a.evidence ?? "~", b.evidence ?? "~") },
    { key: "seconds", title: "Seconds", n: true, width: "10%" },
  ];
  const filters = [
    ["all", "All", () => true], ["failed", "Failed", row => row.status === "failed"], ["skipped", "Skipped", row => row.status === "skipped"],
    ["empty", "Empty", row => row.status === "empty"], ["loaded", "Loaded", row => row.status === "loaded"], ["notes", "Notes", row => row.notes > 0],
  ];
  const state = { query: "", filter: "all", sort: "status", down: false, pages: new Map(), toggled: new Map(), opened: new Set(), schemas: SCHEMAS, print: false };

  const element = (name, properties = {}, ...children) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(properties)) {
      if (value === undefined || value === null) continue;
      if (key === "onclick") node.addEventListener("click", value);
      else if (key === "class") node.className = value;
      else node.setAttribute(key, value);
    }
    node.append(...children.filter(child => child !== null && child !== undefined));
    return node;
  };

  const size = bytes => {
    const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let unit = 0;
    while (bytes >= 1024 && unit < units.length - 1) { bytes /= 1024; unit++; }
    return `${bytes.toLocaleString("en-US", { maximumFractionDigits: 1 })} ${units[unit]}`;
  };

  const order = list => {
    const column = columns.find(candidate => candidate.key === state.sort);
    const sign = state.down ? -1 : 1;
    const byValue = (a, b) => {
      const [x, y] = [a[column.key], b[column.key]];
      // What there is no figure of stands at the end, whichever way it is sorted.
      return x === y ? 0 : x === null ? 1 : y === null ? -1 : (x - y) * sign;
    };
    const by = column.compare ? (a, b) => column.compare(a, b) * sign : byValue;
    return list.sort((a, b) => by(a, b) || collator.compare(a.name, b.name) || a.index - b.index);
  };

  const focusKey = () => document.activeElement?.dataset?.focus;
  const refocus = key => { if (key) document.querySelector(`[data-focus="${CSS.escape(key)}"]`)?.focus(); };

  const detail = row => {
    const list = element("dl");
    const add = (name, ...values) => { if (values.length) list.append(element("dt", {}, name), element("dd", {}, ...values)); };
    const lines = values => element("ul", {}, ...values.map(value => element("li", {}, value)));
    const { reason, next, served, warnings, dropped, types, statistics } = row.details;
    if (reason !== undefined) add(row.status === "failed" || row.status === "skipped" ? "Why" : "Note", text(reason));
    if (next !== undefined) add("What to do", text(next));
    add(row.status === "skipped" ? "Would be in" : "Loaded into", `${row.target}.${row.name}`);
    if (served !== undefined) add("Readers use", `${text(served)}.${row.name}`);
    if (row.bytes > 0) add("Size", `${number(row.bytes)} bytes (${size(row.bytes)}) in ${number(row.files)} ${row.files === 1 ? "file" : "files"}`);
    if (dropped?.length) add("Columns not served", dropped.join(", "));
    if (types?.length) add("Types changed", lines(types.map(([column, from, to, why]) => `${column}: ${text(from)} to ${text(to)}. ${text(why)}`)));
    if (statistics) {
      add("Statistics", `${number(statistics.values)} figures of ${number(statistics.columns)} of ${number(statistics.all)} columns compared, ${number(statistics.full)} columns in full, ${number(statistics.differences.length)} figures different`);
      if (statistics.differences.length) add("Differences", lines(statistics.differences.map(([column, figure, from, to]) => `${column}, ${figure}: ${from} exported, ${to} in HeatWave`)));
      if (statistics.not.length) add("Not compared", lines(statistics.not.map(text)));
    }
    if (warnings?.length) add("Warnings", lines(warnings.map(text)));
    return element("tr", { class: "detail", id: `detail-${row.index}` }, element("td", { colspan: columns.length }, list));
  };

  const line = row => {
    const cell = (title, value, n, small) => element("td", { class: n ? "n" : null, "data-label": title },
      value === null ? element("span", { class: "none", "aria-label": "none" }, "–") : value, small ? element("small", {}, small) : null);
    const toggle = () => {
      if (!state.opened.delete(row.index)) state.opened.add(row.index);
      const open = state.opened.has(row.index);
      button.setAttribute("aria-expanded", open);
      if (open) tr.after(detail(row)); else tr.nextElementSibling?.remove();
    };
    const button = element("button", {
      class: "open", type: "button", "aria-expanded": state.opened.has(row.index), "aria-controls": `detail-${row.index}`, "data-focus": `row-${row.index}`, onclick: toggle,
    }, row.name);
    const notes = row.notes > 0 ? element("small", { class: "notes" }, `${number(row.notes)} ${row.notes === 1 ? "note" : "notes"}`) : null;
    const tr = element("tr", { "data-row": row.index },
      element("th", { scope: "row" }, button, notes),
      cell("Status", element("span", { class: `tag ${row.status}` }, row.status)),
      cell("Rows exported", row.exported === null ? null : number(row.exported), true),
      cell("Rows loaded", row.loaded === null ? null : number(row.loaded), true),
      cell("Files", number(row.files), true),
      cell("Bytes", number(row.bytes), true, row.bytes >= 1024 ? size(row.bytes) : null),
      cell("Evidence", row.evidence),
      cell("Seconds", row.seconds === null ? null : number(row.seconds), true));
    return state.opened.has(row.index) ? [tr, detail(row)] : [tr];
  };

  const sortBy = key => {
    if (state.sort === key) state.down = !state.down;
    else { state.sort = key; state.down = columns.find(column => column.key === key).n === true; }
    state.pages.clear();
    render();
  };

  const table = (schema, list) => {
    const page = state.print ? 0 : Math.min(state.pages.get(schema) ?? 0, Math.floor((list.length - 1) / PAGE));
    const shown = state.print ? list : list.slice(page * PAGE, (page + 1) * PAGE);
    const head = element("tr", {}, ...columns.map(column => element("th", {
      scope: "col", class: column.n ? "n" : null, style: column.width ? `width:${column.width}` : null,
      "aria-sort": state.sort === column.key ? (state.down ? "descending" : "ascending") : "none",
    }, element("button", { type: "button", "data-focus": `sort-${schema}-${column.key}`, onclick: () => sortBy(column.key) }, column.title))));
    const body = element("tbody");
    for (const row of shown) body.append(...line(row));
    const box = element("div", {}, element("div", { class: "scroll" }, element("table", { class: "list", "aria-label": `Tables of ${schema}` }, element("thead", {}, head), body)));
    if (list.length > PAGE && !state.print) {
      const go = (step, name) => element("button", {
        type: "button", "data-focus": `page-${schema}-${step}`, disabled: page + step < 0 || (page + step) * PAGE >= list.length ? "" : null,
        onclick: () => { state.pages.set(schema, page + step); render(); },
      }, name);
      box.append(element("div", { class: "pager", role: "group", "aria-label": `Pages of ${schema}` },
        go(-1, "Previous"), go(1, "Next"), `${number(page * PAGE + 1)} to ${number(Math.min(list.length, (page + 1) * PAGE))} of ${number(list.length)}`));
    }
    return box;
  };

  const section = (schema, list, open) => {
    const sum = key => list.reduce((total, row) => total + (row[key] ?? 0), 0);
    const failed = list.filter(row => row.status === "failed").length;
    const facts = [`${number(list.length)} ${list.length === 1 ? "table" : "tables"}`, `${number(sum("loaded"))} rows`, size(sum("bytes"))];
    const button = element("button", { type: "button", "aria-expanded": open, "data-focus": `schema-${schema}`, onclick: () => { state.toggled.set(schema, !open); render(); } },
      element("span", {}, schema === "*" ? "Whole export" : schema), element("small", {}, facts.join(" · ")), failed > 0 ? element("span", { class: "tag failed" }, `${number(failed)} failed`) : null);
    return element("section", { class: "schema", "data-schema": schema }, element("h3", {}, button), open ? table(schema, list) : null);
  };

  const place = document.getElementById("browser"), results = element("div", { id: "results" }), shown = element("p", { id: "shown", class: "note", role: "status" });
  const chips = element("div", { class: "chips", role: "group", "aria-label": "Show" });

  const render = () => {
    const focus = focusKey();
    const words = state.query.toLowerCase().split(/\s+/).filter(Boolean);
    const matches = filters.find(([key]) => key === state.filter)[2];
    const found = rows.filter(row => matches(row) && words.every(word => row.words.includes(word)));
    const groups = Map.groupBy ? Map.groupBy(found, row => row.schema) : found.reduce((map, row) => map.set(row.schema, [...(map.get(row.schema) ?? []), row]), new Map());
    const nodes = [];
    let budget = OPEN_ROWS;
    for (const [schema, list] of [...groups].slice(0, state.print ? Infinity : state.schemas)) {
      const open = state.print || (state.toggled.get(schema) ?? budget > 0);
      if (open) { budget -= Math.min(list.length, PAGE); order(list); }
      nodes.push(section(schema, list, open));
    }
    if (groups.size > state.schemas && !state.print) {
      nodes.push(element("div", { class: "pager more" }, element("button", { type: "button", "data-focus": "more", onclick: () => { state.schemas += 200; render(); } },
        `${number(groups.size - state.schemas)} more schemas`)));
    }
    results.replaceChildren(...nodes);
    shown.textContent = found.length === rows.length ? `${number(rows.length)} ${rows.length === 1 ? "table" : "tables"} in ${number(groups.size)} ${groups.size === 1 ? "schema" : "schemas"}`
      : found.length === 0 ? "No table matches" : `${number(found.length)} of ${number(rows.length)} tables match`;
    for (const chip of chips.children) chip.setAttribute("aria-pressed", chip.dataset.filter === state.filter);
    select.value = `${state.sort}${state.down ? "-" : "+"}`;
    refocus(focus);
  };

  const restart = () => { state.pages.clear(); state.toggled.clear(); state.schemas = SCHEMAS; render(); };
  const search = element("input", { type: "search", placeholder: "Search schema, table or reason", "aria-label": "Search the tables", autocomplete: "off", spellcheck: "false" });
  let timer;
  search.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => { state.query = search.value; restart(); }, rows.length > 2000 ? 120 : 0); });
  for (const [key, title, matches] of filters) {
    const count = rows.filter(matches).length;
    if (count > 0 || key === "all") {
      chips.append(element("button", { type: "button", "data-filter": key, onclick: () => { state.filter = key; restart(); } }, title, element("span", {}, number(count))));
    }
  }
  const select = element("select", { "aria-label": "Sort by" }, ...columns.flatMap(column => [
    element("option", { value: `${column.key}+` }, `${column.title} ↑`), element("option", { value: `${column.key}-` }, `${column.title} ↓`)]));
  select.addEventListener("change", () => { state.sort = select.value.slice(0, -1); state.down = select.value.endsWith("-"); state.pages.clear(); render(); });

  // On paper everything stands, as far as that is paper and not a book.
  addEventListener("beforeprint", () => { state.print = rows.length <= PRINTED; if (state.print) render(); });
  addEventListener("afterprint", () => { if (state.print) { state.print = false; render(); } });

  place.replaceChildren(element("div", { class: "tools", role: "search" }, search, chips, element("label", { class: "sort" }, "Sort", select)), shown, results);
  render();
})();
