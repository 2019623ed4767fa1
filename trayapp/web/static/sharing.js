// Sharing with other devices: the switch, the addresses, the paired devices, and pages from disk.

import { clock, DeviceList } from "./devices.js";
import { part } from "./events.js";
import { Pairing } from "./pairing.js";

const PATIENCE = 61000; // ms after which trayapp no longer waits for a yes at this computer

export class Sharing {
  // `desk` is what the dashboard lends: {$, api, attempt, refresh, say, copyButton}.
  constructor(desk) {
    Object.assign(this, desk, { waiting: false, timer: 0, cancelled: false, urls: "" });
    this.pairing = new Pairing(desk);
    this.devices = new DeviceList({
      list: this.$("devices"),
      none: this.$("devices-none"),
      onRename: (device) => this.askName(device),
      onForget: (device) => this.forget(device),
    });
    this.wireSwitches();
    this.wireDialogs();
  }

  show(state) {
    const { lan, devices } = state;
    this.$("lan").checked = lan.on;
    this.$("lan").indeterminate = lan.asked && !lan.on;
    this.showWaiting(lan);
    this.$("lan-problem").textContent = lan.problem;
    this.$("lan-problem").hidden = !lan.problem;
    this.$("lan-on").hidden = !lan.on;
    this.$("lan-keep").checked = lan.keep;
    this.showAddresses(lan);
    this.devices.show(devices);
    this.$("forget-all").hidden = !devices.length;
    this.showDisk(state);
    this.pairing.show(state);
  }

  // The token is gone, and with it all that could be done here.
  lock() {
    this.stopWaiting();
    for (const dialog of ["pairing", "rename", "forget"]) this.$(dialog).close();
  }

  // Somebody was sent here to pair a device.
  arrive() {
    this.$("sharing").scrollIntoView();
    if (this.$("lan").checked) return this.attempt(() => this.pairing.open());
    this.$("lan").focus();
  }

  showWaiting({ on, asked }) {
    const waiting = asked && !on;
    if (on) this.$("lan-late").hidden = true;
    if (waiting === this.waiting) return;
    if (waiting) return this.wait();
    const focused = this.$("lan-wait").contains(document.activeElement);
    this.stopWaiting();
    this.$("lan-late").hidden = on || this.cancelled;
    this.say(on ? "Sharing is on." : "Sharing stays off.");
    if (focused) this.$("lan").focus();
  }

  wait() {
    this.waiting = true;
    this.cancelled = false;
    this.timer = setTimeout(() => this.attempt(() => this.refresh()), PATIENCE);
    this.$("lan-late").hidden = true;
    this.$("lan-wait").hidden = false;
    this.say(this.$("lan-wait-text").textContent);
  }

  stopWaiting() {
    this.waiting = false;
    clearTimeout(this.timer);
    this.$("lan-wait").hidden = true;
  }

  showAddresses({ on, urls }) {
    const latest = JSON.stringify([on, urls]);
    if (latest === this.urls) return;
    this.urls = latest;
    this.$("lan-urls").replaceChildren(...urls.map((url) => {
      const line = part("li", "", "");
      line.append(part("code", "", url));
      return line;
    }));
    this.$("snippet-lan-part").hidden = !on || !urls.length;
  }

  showDisk({ from_disk: allowed, disk_refused: refused }) {
    this.$("from-disk").checked = allowed;
    const news = refused && !allowed;
    this.$("disk-refused").hidden = !news;
    if (!news) return;
    const text = `A page opened from disk was turned away ${clock(refused)}, for want of the key.`;
    if (this.$("disk-refused").textContent === text) return; // who closed the part again has read it
    this.$("disk-refused").textContent = text;
    this.$("disk").open = true;
  }

  post(path, body) {
    return this.attempt(async () => {
      try {
        await this.api.post(path, body);
      } finally {
        await this.refresh(); // also where it was refused: a box must not show what is not so
      }
    });
  }

  wireSwitches() {
    this.$("lan").addEventListener("change", ({ target }) => this.post("/api/lan", { on: target.checked }));
    this.$("lan-keep").addEventListener("change", ({ target }) => {
      this.post("/api/lan/keep", { on: target.checked });
    });
    this.$("from-disk").addEventListener("change", ({ target }) => {
      this.post("/api/from-disk", { on: target.checked });
    });
    this.$("lan-cancel").addEventListener("click", () => {
      this.cancelled = true;
      this.post("/api/lan", { on: false });
    });
  }

  wireDialogs() {
    const { $ } = this;
    $("rename-cancel").addEventListener("click", () => $("rename").close());
    $("rename-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const name = $("rename-name").value.trim();
      if (!name) return;
      $("rename").close();
      this.post("/api/devices/rename", { device: this.renamed, name });
    });
    $("forget-all").addEventListener("click", () => $("forget").showModal());
    $("forget-cancel").addEventListener("click", () => $("forget").close());
    $("forget-yes").addEventListener("click", () => {
      $("forget").close();
      this.post("/api/devices/forget-all").then(() => this.moveOn("No device is paired any longer."));
    });
  }

  askName({ device, name }) {
    this.renamed = device;
    this.$("rename-name").value = name;
    this.$("rename").showModal();
    this.$("rename-name").select();
  }

  async forget({ device, name }) {
    await this.post("/api/devices/forget", { device });
    this.moveOn(`${name} is no longer paired.`);
  }

  // What had the focus is gone.
  moveOn(text) {
    this.say(text);
    if (document.activeElement !== document.body) return;
    (this.$("devices").querySelector("button") || this.$("lan")).focus();
  }
}
