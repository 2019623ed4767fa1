// The list of commands that run when files change: how each did last, and which wait for a yes.

import { part } from "./events.js";

export class CommandList {
  // `whole` is hidden while no command has run.
  constructor(list, whole) {
    Object.assign(this, { list, whole, shown: "" });
  }

  show(commands) {
    const latest = JSON.stringify(commands);
    if (latest === this.shown) return;
    this.shown = latest;
    this.list.replaceChildren(...commands.map(row));
    this.whole.hidden = !commands.length;
  }
}

function row(command) {
  const line = document.createElement("li");
  const how = part("span", command.status === "failed" ? "how bad" : "how", lastRun(command));
  line.append(part("span", "name", command.name), how);
  return line;
}

function lastRun({ status, exit, seconds, root }) {
  if (status === "waiting") return `waits for your yes, in the tray or by: trayapp allow ${quoted(root)}`;
  if (status === "running") return "runs: pages are told when it has succeeded";
  const took = `${seconds.toFixed(1)} s`;
  return status === "ok" ? `succeeded, ${took}` : `failed, exit code ${exit}, ${took}: pages stay as they were`;
}

// As a shell takes it for one word; this page cannot say the yes itself.
function quoted(label) {
  return /^[\w.@%+=:,/-]+$/.test(label) ? label : `'${label.replaceAll("'", `'"'"'`)}'`;
}
