// The list of paired devices. Their names are text of strangers.

import { part } from "./events.js";

export class DeviceList {
  // `none` is shown while the list is empty; `onRename` and `onForget` get a device.
  constructor({ list, none, onRename, onForget }) {
    Object.assign(this, { list, none, onRename, onForget, shown: "" });
  }

  show(devices) {
    const latest = JSON.stringify(devices);
    if (latest === this.shown) return; // a button that did not change keeps the focus it may have
    this.shown = latest;
    const focused = document.activeElement?.dataset.key;
    this.list.replaceChildren(...devices.map((device) => this.row(device)));
    this.none.hidden = devices.length > 0;
    if (focused) [...this.list.querySelectorAll("button")].find((b) => b.dataset.key === focused)?.focus();
  }

  row(device) {
    const line = document.createElement("li");
    line.append(part("span", "name", device.name), part("span", "how", whereabouts(device)));
    line.append(this.button("Rename", device, this.onRename), this.button("Forget", device, this.onForget));
    return line;
  }

  button(text, device, action) {
    const button = part("button", "", text);
    button.type = "button";
    button.dataset.key = `${text} ${device.device}`;
    button.setAttribute("aria-label", `${text} ${device.name}`);
    button.addEventListener("click", () => action(device));
    return button;
  }
}

function whereabouts({ streams, seen, address }) {
  const now = `${streams} ${streams === 1 ? "stream" : "streams"} open`;
  const then = seen ? `last seen ${clock(seen)}` : "never seen";
  return [streams ? now : then, address].filter(Boolean).join(" · ");
}

// Unix time in words that stay true while they stand there.
export function clock(time) {
  const date = new Date(time * 1000);
  const hour = date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const today = date.toDateString() === new Date().toDateString();
  return today ? `today at ${hour}` : `${date.toLocaleDateString()} ${hour}`;
}
