// The dialog that lets one device in: a code to scan, and what to look at when nobody gets through.

import { part } from "./events.js";

const HELP_AFTER = 15000; // ms without a request of another device
const TICK = 1000;

export class Pairing {
  // `desk` is what the dashboard lends: {$, api, attempt, refresh, copyButton}.
  constructor(desk) {
    Object.assign(this, desk, { state: null, ticking: 0, renewing: false });
    this.dialog = this.$("pairing");
    this.$("pair").addEventListener("click", () => this.attempt(() => this.open()));
    this.$("pairing-close").addEventListener("click", () => this.dialog.close());
    this.$("pairing-again").addEventListener("click", () => this.renewOrClose());
    this.$("pairing-address").addEventListener("change", ({ target }) => this.showLink(target.selectedIndex));
    this.dialog.addEventListener("close", () => clearInterval(this.ticking));
  }

  show(state) {
    this.state = state;
    if (!this.dialog.open) return;
    if (!state.lan.on) return this.dialog.close();
    this.heard ||= state.lan.seen > this.seen;
    if (this.heard) this.$("pairing-advice").hidden = true;
    const newcomer = state.devices.find((device) => !this.known.has(identity(device)));
    if (newcomer && this.ticking) this.welcome(newcomer);
  }

  close() {
    if (this.dialog.open) this.dialog.close();
  }

  async open() {
    if (this.dialog.open) return;
    await this.refresh(); // when another device was seen last must be known for sure
    await this.renew();
    this.dialog.showModal();
  }

  // A code for a device that is not here yet.
  async renew() {
    const { seconds, links, advice } = await this.api.post("/api/invite");
    this.ends = performance.now() + seconds * 1000;
    this.links = links;
    const address = this.$("pairing-address");
    const chosen = Math.max(address.selectedIndex, 0);
    address.replaceChildren(...links.map(({ url }) => part("option", "", new URL(url).host)));
    address.selectedIndex = Math.min(chosen, links.length - 1);
    this.$("pairing-choice").hidden = links.length < 2;
    this.showLink(address.selectedIndex);
    this.$("pairing-list").replaceChildren(...advice.map((one, i) => this.advised(one, i)));
    if (!this.ticking) this.begin();
    this.tick();
  }

  begin() {
    this.known = new Set(this.state.devices.map(identity));
    Object.assign(this, { seen: this.state.lan.seen, heard: false, begun: performance.now() });
    this.$("pairing-advice").hidden = true;
    this.turn(false);
    this.ticking = setInterval(() => this.tick(), TICK);
    this.dialog.addEventListener("close", () => { this.ticking = 0; }, { once: true });
  }

  showLink(index) {
    const { url, svg } = this.links[index];
    const drawn = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
    if (drawn.localName === "svg") this.$("pairing-picture").replaceChildren(document.importNode(drawn, true));
    this.$("pairing-picture").firstChild?.setAttribute("aria-hidden", "true"); // its place has a name
    this.$("pairing-url").textContent = url;
  }

  tick() {
    const now = performance.now();
    const left = Math.max(0, Math.ceil((this.ends - now) / 1000));
    const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    this.$("pairing-left").textContent = left ? `Good for one device. A new code comes in ${clock}.` : "";
    // Nobody looks at a hidden page: it gets no new codes.
    if (!left && !document.hidden) this.renewOrClose();
    if (!this.heard && now - this.begun >= HELP_AFTER) this.help();
  }

  async renewOrClose() {
    if (this.renewing) return;
    this.renewing = true;
    let done = false;
    await this.attempt(async () => {
      await this.renew();
      done = true;
    });
    this.renewing = false;
    if (!done) this.close(); // the reason stands on the page behind
  }

  async help() {
    this.begun = Infinity; // once
    await this.attempt(() => this.refresh());
    if (this.heard || !this.ticking) return;
    this.$("pairing-advice").hidden = false;
    this.$("pairing-said").textContent = "No other device has come through yet. What to look at is below.";
  }

  advised({ text, command }, i) {
    const line = part("li", "", "");
    line.append(part("p", "", text));
    if (!command) return line;
    const shown = part("div", "snippet", "");
    const code = part("code", "", command);
    code.id = `pairing-command-${i}`;
    shown.appendChild(document.createElement("pre")).append(code);
    shown.append(this.copyButton(code, `Copy the command: ${command}`));
    line.append(shown);
    return line;
  }

  welcome({ name }) {
    clearInterval(this.ticking);
    this.ticking = 0;
    this.turn(true);
    this.$("pairing-advice").hidden = true;
    this.$("pairing-said").textContent = `Connected: ${name}`;
    this.$("pairing-close").focus();
  }

  // Between the code and the welcome.
  turn(welcome) {
    this.$("pairing-code").hidden = welcome;
    this.$("pairing-done").hidden = !welcome;
    this.$("pairing-again").hidden = !welcome;
    this.$("pairing-said").className = welcome ? "welcome" : "unseen";
    this.$("pairing-said").textContent = "";
  }
}

// A device that pairs once more is new, too.
function identity({ device, paired }) {
  return `${device} ${paired}`;
}
