// The list of pages: which are open, and what each has shown last. Their words are text of strangers.

import { part } from "./events.js";

const SHOWN = 20; // at once; more would hide the rest of the dashboard
const RANK = { behind: 0, waiting: 1, current: 2 }; // who needs somebody comes first
const MARKS = { behind: "did not apply the last change", waiting: "waits with an update" };

export class PageList {
  // `none` is shown while the list is empty.
  constructor(list, none) {
    Object.assign(this, { list, none, shown: "" });
  }

  show(views) {
    const latest = JSON.stringify(views);
    if (latest === this.shown) return; // a link that did not change keeps the focus it may have
    this.shown = latest;
    const focused = document.activeElement?.dataset.page;
    const ranked = [...views].sort((one, other) => RANK[one.status] - RANK[other.status]);
    this.list.replaceChildren(...ranked.slice(0, SHOWN).map(row));
    if (views.length > SHOWN) this.list.append(part("li", "quiet", `… and ${views.length - SHOWN} more`));
    this.none.hidden = views.length > 0;
    if (focused) [...this.list.querySelectorAll("a")].find((a) => a.dataset.page === focused)?.focus();
  }
}

function row(view) {
  const line = document.createElement("li");
  const mark = MARKS[view.status];
  line.append(name(view), part("span", "how", lastUpdate(view)));
  if (mark) line.append(part("span", `mark ${view.status}`, mark));
  if (view.title && view.url) line.append(part("span", "where", view.url));
  return line;
}

// Only web addresses become links: one that begins with javascript: would run here.
function name({ page, url, title }) {
  const text = title || url || "a page";
  if (!/^https?:\/\//i.test(url)) return part("span", "name", text);
  const link = part("a", "name", text);
  Object.assign(link, { href: url, target: "_blank", rel: "noopener noreferrer" });
  link.dataset.page = page;
  return link;
}

function lastUpdate({ cause, ms, at }) {
  return at ? `${cause || "what was missed"}, ${delay(ms)}` : "no update yet";
}

function delay(ms) {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  return ms < 60000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60000)} min`;
}
