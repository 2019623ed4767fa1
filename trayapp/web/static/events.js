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
  if (!(action in ACTIONS)) return null;
  const what = typeof cause === "string" && cause ? cause : paths.map(({ path }) => path).join(", ");
  return { kind: ACTIONS[action], what: cut(what), where: root || named || "" };
}

function parsed(data) {
  try {
    return JSON.parse(data) || {};
  } catch {
    return {};
  }
}

function cut(text) {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)} …` : text;
}

export class EventList {
  // `none` is shown while the list is empty.
  constructor(list, none) {
    Object.assign(this, { list, none, ids: new Set() });
  }

  // Newest first; an event that is there already is not added again.
  add(event) {
    const words = this.ids.has(event.id) ? null : describe(event);
    if (!words) return;
    this.ids.add(event.id);
    const row = this.row(event, words);
    const older = [...this.list.children].find((item) => Number(item.dataset.time) <= event.time);
    this.list.insertBefore(row, older || null);
    this.none.hidden = true;
    if (this.list.childElementCount > SHOWN) this.list.lastElementChild.remove();
  }

  row({ time, data }, { kind, what, where }) {
    const row = document.createElement("li");
    row.dataset.time = time;
    const clock = part("time", "", new Date(time * 1000).toLocaleTimeString());
    clock.dateTime = new Date(time * 1000).toISOString();
    const text = part("span", "what", what);
    text.title = (parsed(data).paths || []).map(({ path, change }) => `${path} ${change}`).join("\n");
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
