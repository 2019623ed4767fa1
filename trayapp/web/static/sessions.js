// The list of control sessions: the dashboards that may change something. Names of browsers are what
// those say of themselves.

import { clock } from "./devices.js";
import { part } from "./events.js";

export class SessionList {
  // It is given what the dashboard lends to its parts.
  constructor({ $, api, attempt, refresh, say }) {
    Object.assign(this, { list: $("sessions"), all: $("sessions-end-all"), api, attempt, refresh, say, shown: "" });
    this.all.addEventListener("click", () => this.end("/api/sessions/end-all", {}, "All sessions have ended."));
  }

  show(sessions) {
    const latest = JSON.stringify(sessions.map(({ used, ...rest }) => [rest, clock(used)]));
    if (latest === this.shown) return; // a button that did not change keeps the focus it may have
    this.shown = latest;
    const focused = document.activeElement?.dataset.key;
    this.list.replaceChildren(...sessions.map((session) => this.row(session)));
    if (focused) [...this.list.querySelectorAll("button")].find((b) => b.dataset.key === focused)?.focus();
  }

  row({ session, browser, opened, begun, used }) {
    const line = document.createElement("li");
    const name = `${session}: ${browser || "an unknown browser"}${session === this.api.session ? ", this page" : ""}`;
    const how = `opened by ${opened}, begun ${clock(begun)}, last used ${clock(used)}`;
    const button = part("button", "", "End");
    button.type = "button";
    button.dataset.key = `end ${session}`;
    button.setAttribute("aria-label", `End session ${session}`);
    button.addEventListener("click", () => this.end("/api/sessions/end", { session }, `Session ${session} has ended.`));
    line.append(part("span", "name", name), part("span", "how", how), button);
    return line;
  }

  end(path, body, said) {
    return this.attempt(async () => {
      await this.api.post(path, body);
      this.say(said);
      await this.refresh(); // locks this page when the session was its own
    });
  }
}
