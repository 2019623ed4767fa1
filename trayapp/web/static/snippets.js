// What goes on pages and into terminals, and the buttons that copy it.

import { part } from "./events.js";

const COPIED = 2000; // ms that a button says so
const REVEALED = 60000; // ms that a key stands there which could not be copied

export class Snippets {
  // `desk` is what the dashboard lends: {$, api, attempt, say}.
  constructor(desk) {
    Object.assign(this, desk, { server: "" });
    for (const button of document.querySelectorAll("[data-copy]")) {
      button.addEventListener("click", () => this.copy(button, this.$(button.dataset.copy)));
    }
    const button = this.$("copy-key");
    button.addEventListener("click", () => this.attempt(() => this.copyKey(button)));
  }

  // `url` is where trayapp serves, by whatever loopback name.
  fill(url) {
    const port = new URL(url).port;
    const server = `http://localhost${port && `:${port}`}`;
    if (server === this.server) return; // what is selected there stays so
    this.server = server;
    const { $ } = this;
    $("snippet-tag").textContent = this.tag();
    $("snippet-key").textContent = this.tag("?key=***");
    $("snippet-lan").textContent = tagEverywhere(port);
    $("snippet-lines").textContent = `const s = new EventSource("${server}/stream");\n` +
      's.addEventListener("change", () => location.reload());';
    $("snippet-send").textContent = `curl -d "tests passed" ${server.slice("http://".length)}/notify`;
  }

  tag(query = "") {
    return `<script src="${this.server}/client.js${query}"></script>`;
  }

  copyButton(code, name) {
    const button = part("button", "", "Copy");
    button.type = "button";
    button.setAttribute("aria-label", name);
    button.addEventListener("click", () => this.copy(button, code));
    return button;
  }

  async copy(button, code, text = code.textContent) {
    try {
      await navigator.clipboard.writeText(text);
      this.say("Copied.");
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, COPIED);
      return true;
    } catch {
      getSelection().selectAllChildren(code); // no clipboard: left for the user's own keys
      this.say("Selected. Copy it with the keyboard.");
      return false;
    }
  }

  // The key is not shown to those who look over a shoulder, unless there is no other way to copy it.
  async copyKey(button) {
    const code = this.$("snippet-key");
    const { key } = await this.api.get("/api/key");
    const text = this.tag(`?key=${key}`);
    if (await this.copy(button, code, text)) return;
    code.textContent = text;
    getSelection().selectAllChildren(code);
    setTimeout(() => { code.textContent = this.tag("?key=***"); }, REVEALED);
  }
}

// For a page that is opened by any name of this computer: script and page share it.
function tagEverywhere(port) {
  return `<script>{
  const tag = document.createElement("script");
  tag.src = \`http://\${location.hostname}:${port || 80}/client.js\`;
  document.head.append(tag);
}</script>`;
}
