// The list of what happened: an event in words, and its place in the list.

const SHOWN = 50;
const LONGEST = 300; // characters of a published text
const ACTIONS = { css: "styles swapped", image: "image swapped", reload: "reload" };

// {kind, what, where} of an event as GET /api/events has it; null for one that shows nothing.
export function describe({ topic, type, root, data }) {
  const value = parsed(data);
  if (topic === "change") return describeChange(value, root);
  if (type === "notify" || topic === "notify") {
    const what = [value.title, value.message].filter(Boolean).join(": ");
    return { kind: "notification", what: cut(what || data), where: "" };
  }
  const named = type && type !== "message" ? `${type}: ` : "";
  return { kind: topic, what: cut(named + data), where: "" };
}

function describeChange({ action, cause, paths = [], root: named }, root) {
  if (!Object.hasOwn(ACTIONS, action)) return null;
  const what = typeof cause === "string" && cause ? cause : paths.map(({ path }) => path).join(", ");
  return { kind: ACTIONS[action], what: cut(what), where: root || named || "" };
}

// The words of an event that has another shape than ours have: whoever publishes it chooses that.
function plainWords({ topic, data }) {
  return { kind: String(topic), what: cut(data), where: "" };
}

export function parsed(data) {
  try {
    return Object(JSON.parse(data));
  } catch {
    return {};
  }
}

// What changed in which way, a line for each path.
function details(data) {
  try {
    return (parsed(data).paths || []).map(({ path, change }) => `${path} ${change}`).join("\n");
  } catch {
    return "";
  }
}

function cut(value) {
  const text = typeof value === "string" ? value : JSON.stringify(value) ?? "";
  return text.length > LONGEST ? `${text.slice(0, LONGEST)} …` : text;
}

export class EventList {
  // `none` is shown while the list is empty.
  constructor(list, none) {
    Object.assign(this, { list, none, ids: new Set() });
  }

  // Newest first; an event that is there already is not added again.
  add(event) {
    const words = this.ids.has(event.id) ? null : this.words(event);
    if (!words) return;
    this.ids.add(event.id);
    const row = this.row(event, words);
    const older = [...this.list.children].find((item) => Number(item.dataset.time) <= event.time);
    this.list.insertBefore(row, older || null);
    this.none.hidden = true;
    if (this.list.childElementCount > SHOWN) this.list.lastElementChild.remove();
  }

  words(event) {
    try {
      return describe(event);
    } catch {
      return plainWords(event);
    }
  }

  row({ time, data }, { kind, what, where }) {
    const row = document.createElement("li");
    row.dataset.time = time;
    const date = new Date(time * 1000);
    const clock = part("time", "", Number.isNaN(date.getTime()) ? "" : date.toLocaleTimeString());
    if (clock.textContent) clock.dateTime = date.toISOString();
    const text = part("span", "what", what);
    text.title = details(data);
    row.append(clock, part("span", "kind", kind), text);
    if (where) row.append(part("span", "quiet", where));
    return row;
  }
}

export function part(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}
