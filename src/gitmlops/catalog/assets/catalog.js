// What a page of the catalogue does beside being read. Every page works without it.
"use strict";

const site = new URL("..", document.currentScript.src);

function made(name, { text = "", ...attributes } = {}, ...children) {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  if (text) element.textContent = text;
  element.append(...children);
  return element;
}

// ---------------------------------------------------------------- the way to every list

// The name of the site leads to the overview, and that to every list: this is the shorter way.
const LISTS = ["models", "features", "pipelines", "policies", "inventory"];

function navigable(header) {
  const near = [location, ...document.querySelectorAll(".crumbs a")].map(({ href }) => href.replace(/#.*/, ""));
  const items = LISTS.map((list) => {
    const { href } = new URL(`${list}.html`, site);
    const here = near.includes(href) ? { "aria-current": "page" } : {};
    return made("li", {}, made("a", { href, text: list[0].toUpperCase() + list.slice(1), ...here }));
  });
  header.append(made("nav", { "aria-label": "Catalogue" }, made("ul", {}, ...items)));
  const main = document.querySelector("main");
  main.id = "content";
  main.tabIndex = -1;
  header.before(made("a", { class: "skip", href: "#content", text: "Skip to the content" }));
}

// ---------------------------------------------------------------- search

const MOST_HITS = 12;

// A name is found by its parts, and written in one word, too.
function words(text, field) {
  const parts = text.split(/[\n\r\p{Z}\p{P}\p{S}]+/u).filter(Boolean);
  return field === "name" && parts.length > 1 ? [...parts, parts.join("")] : parts;
}

// How many letters may be wrong: two neighbours in each other's place are two.
function few(term) {
  return term.length < 3 ? false : term.length < 5 ? 1 : 2;
}

function many(term) {
  return term.length < 3 ? 1 : 2;
}

// From what is meant most likely to what may be meant: the first that finds something counts.
const WAYS = [
  { fuzzy: few, combineWith: "AND" },
  { fuzzy: many, combineWith: "AND" },
  { fuzzy: many, combineWith: "OR" },
];

let loading = null;

function loaded(name) {
  return new Promise((resolve, reject) => {
    const script = made("script", { src: new URL(`assets/${name}`, site).href });
    script.addEventListener("load", resolve);
    script.addEventListener("error", reject);
    document.head.append(script);
  });
}

// The index is a script, because a page that was opened from a folder may not fetch anything.
function load() {
  loading ??= Promise.all(["minisearch.js", "search-index.js"].map(loaded)).then(() => indexed(globalThis.catalogIndex));
  return loading;
}

function indexed({ kinds, repositories, entries }) {
  const search = new MiniSearch({ fields: ["name", "text", "kind"], tokenize: words });
  search.addAll(entries.map(([kind, name, , , text], id) => ({ id, name, text, kind: kinds[kind] })));
  return (query) => {
    const options = { prefix: (term) => term.length > 1, boost: { name: 3 } };
    const found = WAYS.reduce((hits, way) => (hits.length ? hits : search.search(query, { ...options, ...way })), []);
    const named = ({ id }) => entries[id][1] === query;
    found.sort((one, other) => named(other) - named(one));
    return found.slice(0, MOST_HITS).map(({ id }) => {
      const [kind, name, href, repository, text] = entries[id];
      const where = repositories.length > 1 ? ` · ${repositories[repository]}` : "";
      return { kind: kinds[kind] + where, name, href: new URL(href, site).href, text };
    });
  };
}

function searching(header) {
  const input = made("input", {
    id: "q", type: "search", role: "combobox", "aria-expanded": "false", "aria-controls": "hits", "aria-autocomplete": "list",
    autocomplete: "off", spellcheck: "false", placeholder: "Search features, models, policies",
  });
  const list = made("ul", { class: "hits", id: "hits", role: "listbox", "aria-label": "What was found", hidden: "" });
  const status = made("p", { class: "unseen", role: "status" });
  const label = made("label", { class: "unseen", for: "q", text: "Search the catalogue" });
  header.append(made("div", { class: "search" }, label, input, made("kbd", { "aria-hidden": "true", text: "/" }), list, status));
  let chosen = -1;

  function options() {
    return [...list.querySelectorAll("[role=option]")];
  }

  function close() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    chosen = -1;
  }

  function choose(index) {
    const all = options();
    if (!all.length) return;
    chosen = (index + all.length) % all.length;
    all.forEach((option, at) => option.setAttribute("aria-selected", String(at === chosen)));
    input.setAttribute("aria-activedescendant", all[chosen].id);
    all[chosen].scrollIntoView({ block: "nearest" });
  }

  function show(hits) {
    list.replaceChildren(
      ...hits.map((hit, index) => {
        const option = made(
          "li",
          { role: "option", id: `hit-${index}`, "aria-selected": "false" },
          made("bdi", { class: "name", text: hit.name }),
          made("span", { class: "kind", text: hit.kind }),
          made("span", { class: "text", text: hit.text }),
        );
        option.dataset.href = hit.href;
        return option;
      }),
    );
    if (!hits.length) list.append(made("li", { class: "none", role: "presentation", text: "Nothing is found by that name, nor by one like it." }));
    status.textContent = hits.length ? `${hits.length} found` : "Nothing is found";
    list.hidden = false;
    input.setAttribute("aria-expanded", String(hits.length > 0));
    chosen = -1;
    if (hits.length) choose(0);
  }

  async function answer() {
    const query = input.value.trim();
    if (!query) return close();
    const find = await load();
    if (input.value.trim() !== query) return;
    const begun = performance.now();
    show(find(query));
    performance.measure("catalogue search", { start: begun, end: performance.now() });
  }

  function go(option) {
    close();
    location.assign(option.dataset.href);
  }

  input.addEventListener("focus", load, { once: true });
  input.addEventListener("input", answer);
  input.addEventListener("keydown", (event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps && !list.hidden) choose(chosen + steps[event.key]);
    else if (event.key in steps) answer();
    else if (event.key === "Enter" && options()[chosen]) go(options()[chosen]);
    else if (event.key === "Escape") list.hidden ? (input.value = "") : close();
    else return;
    event.preventDefault();
  });
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) go(option);
  });
  input.addEventListener("blur", close);
  document.addEventListener("keydown", (event) => {
    const writing = event.target.closest("input, textarea, select");
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || writing) return;
    event.preventDefault();
    input.focus();
    input.select();
  });
}

// ---------------------------------------------------------------- what was in each deployment stage at a date

// As `gitmlops model show NAME --at DATE` reads a date: its last second, UTC.
function end_of(day) {
  return Date.parse(`${day}T23:59:59Z`) / 1000;
}

function day_of(seconds) {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}

function standing({ words, rows, moments }, seconds) {
  const past = moments.filter(([time]) => time <= seconds);
  return past.length ? past.at(-1)[1].map((index) => rows[index].map((word) => words[word])) : [];
}

function picking(section) {
  const data = JSON.parse(section.querySelector("script[type='application/json']").textContent);
  const input = section.querySelector("input[type=date]");
  const [earlier, later] = section.querySelectorAll("button");
  const answer = section.querySelector("[aria-live]");
  const days = [...new Set(data.moments.map(([seconds]) => day_of(seconds)))];
  if (!days.length) return;

  function show() {
    if (!input.value) return;
    const rows = standing(data, end_of(input.value));
    const before = days.filter((day) => day < input.value);
    const after = days.filter((day) => day > input.value);
    earlier.disabled = !before.length;
    later.disabled = !after.length;
    earlier.value = before.at(-1) ?? "";
    later.value = after[0] ?? "";
    const said = made("p", { text: rows.length ? `At the end of ${input.value} (UTC):` : `At the end of ${input.value} (UTC) no version was in a deployment stage.` });
    answer.replaceChildren(said, ...(rows.length ? [table_of(data.columns, rows)] : []));
    reachable();
  }

  for (const button of [earlier, later]) {
    button.addEventListener("click", () => {
      input.value = button.value;
      input.dispatchEvent(new Event("input"));
    });
  }
  function asked() {
    const [, day] = /^#at=(\d{4}-\d{2}-\d{2})$/.exec(location.hash) ?? [];
    if (!day) return;
    input.value = day;
    show();
    section.scrollIntoView();
  }

  input.addEventListener("input", () => {
    show();
    history.replaceState(null, "", `#at=${input.value}`);
  });
  addEventListener("hashchange", asked);
  section.querySelector(".picker").hidden = false;
  input.value = days.at(-1);
  show();
  asked();
}

function table_of(columns, rows) {
  const head = made("tr", {}, ...columns.map((text) => made("th", { scope: "col", text })));
  const body = rows.map((row) =>
    made("tr", {}, ...row.map((cell, index) => made(index ? "td" : "th", index ? { text: cell ?? "" } : { scope: "row", text: cell ?? "" }))),
  );
  return made("div", { class: "scroll" }, made("table", { "aria-label": "What was in each deployment stage" }, made("thead", {}, head), made("tbody", {}, ...body)));
}

// ---------------------------------------------------------------- long tables

function value_of(row, column) {
  const text = row.cells[column]?.textContent.trim() ?? "";
  const numbers = row.closest("table").classList.contains(`n${row.cells.length - column}`);
  const number = numbers ? Number.parseFloat(text.replaceAll(",", "")) : Number.NaN;
  return { text, number };
}

function compared(one, other) {
  if (!one.text || !other.text) return Number(!one.text) - Number(!other.text);
  if (!Number.isNaN(one.number) && !Number.isNaN(other.number)) return one.number - other.number;
  return one.text.localeCompare(other.text, "en", { numeric: true });
}

function sortable(table) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    if (!head.textContent.trim()) return;
    const button = made("button", { type: "button", text: head.textContent.trim() });
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...table.tBodies[0].rows].map((row) => ({ row, value: value_of(row, column) }));
      rows.sort((one, other) => compared(one.value, other.value) * (down && one.value.text && other.value.text ? -1 : 1));
      table.tBodies[0].append(...rows.map(({ row }) => row));
    });
    head.replaceChildren(button);
  });
}

function filterable(table) {
  const rows = [...table.tBodies[0].rows];
  if (rows.length < 12) return;
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const input = made("input", { type: "search", autocomplete: "off", spellcheck: "false" });
  const count = made("span", { role: "status", text: `${rows.length} rows` });
  input.addEventListener("input", () => {
    const asked = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const shown = rows.filter((row, index) => {
      row.hidden = !asked.every((word) => texts[index].includes(word));
      return !row.hidden;
    });
    count.textContent = asked.length ? `${shown.length} of ${rows.length} rows` : `${rows.length} rows`;
  });
  const label = made("label", {}, "Show rows with ", input);
  table.closest(".scroll").before(made("div", { class: "filter" }, label, count));
}

// ---------------------------------------------------------------- long pages, wide tables

const MANY = 4;

function contents(headings) {
  if (headings.length <= MANY) return;
  const items = headings.map((heading) => made("li", {}, made("a", { href: `#${heading.id}`, text: heading.textContent })));
  document.querySelector(".title").after(made("nav", { class: "contents", "aria-label": "On this page" }, made("ul", {}, ...items)));
}

// Whoever has no mouse moves what is wider than its frame with the keys, and what is not is no stop on the way.
function reachable() {
  for (const frame of document.querySelectorAll(".scroll")) {
    const content = frame.querySelector("table, svg");
    const name = ["aria-labelledby", "aria-label"].find((attribute) => content.hasAttribute(attribute));
    const attributes = { tabindex: "0", role: "region", [name]: content.getAttribute(name) };
    for (const [attribute, value] of Object.entries(attributes)) {
      if (frame.scrollWidth > frame.clientWidth) frame.setAttribute(attribute, value);
      else frame.removeAttribute(attribute);
    }
  }
}

// ---------------------------------------------------------------- commands

function copyable(command) {
  if (!navigator.clipboard) return;
  const button = made("button", { type: "button", text: "Copy" });
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(command.querySelector("code").textContent);
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  command.append(button);
}

document.querySelectorAll(".top").forEach((header) => {
  navigable(header);
  searching(header);
});
contents([...document.querySelectorAll("main > h2[id]")]);
document.querySelectorAll("#stages-at").forEach(picking);
document.querySelectorAll("table.sortable").forEach((table) => {
  sortable(table);
  filterable(table);
});
document.querySelectorAll(".commands dd").forEach(copyable);
reachable();
addEventListener("resize", reachable);
document.addEventListener("toggle", reachable, true);
