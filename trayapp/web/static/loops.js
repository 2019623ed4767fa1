// The notes of files that change with each page load; what to do about each is the user's choice.

import { part } from "./events.js";

const SHOWN = 5; // at once; more would hide the rest of the page

export class LoopList {
  // `desk` is what the dashboard lends: {$, api, attempt, refresh, say}.
  constructor(list, desk) {
    Object.assign(this, desk, { list, shown: "" });
  }

  show(loops) {
    const latest = JSON.stringify(loops);
    if (latest === this.shown) return;
    this.shown = latest;
    const rest = loops.length - SHOWN;
    this.list.replaceChildren(...loops.slice(0, SHOWN).map((loop) => this.note(loop)));
    if (rest > 0) this.list.append(part("li", "quiet", `… and ${rest} more`));
  }

  note({ root, path }) {
    const note = part("li", "problem", "");
    const text = part("p", "", "");
    text.append(part("b", "", path), ` in ${root} changes with each page load: its reloads are paused.`);
    note.append(text, this.button("Ignore this file", async () => {
      const { pattern } = await this.api.post("/api/ignore", { root, path });
      this.say(`Ignored from now on: ${pattern} is in .trayappignore.`);
    }), this.button("Reload anyway", async () => {
      await this.api.post("/api/loops/resume", { root, path });
      this.say(`Pages reload for ${path} again.`);
    }));
    return note;
  }

  button(name, action) {
    const button = part("button", "", name);
    button.type = "button";
    button.addEventListener("click", () => this.attempt(async () => {
      await action();
      await this.refresh();
      (this.list.querySelector("button") || this.$("switch")).focus();
    }));
    return button;
  }
}
