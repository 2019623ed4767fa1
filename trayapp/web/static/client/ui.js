// UI: the one element that the script adds to a page. All that it shows is in a shadow tree, so
// that neither the page's styles nor ours reach the other side.

const { dom, holdsStream, options, pauseUpdates, resumeUpdates, stands, updatesPaused } =
  window[Symbol.for("trayapp.page")];
const XHTML = "http://www.w3.org/1999/xhtml";
// A page that removes the element more often shall have its way.
const COMEBACKS = 20;
// `!important` in a shadow tree wins over the page's: over `* { position: static !important }`, and
// over the browser's style of popovers. `all` resets no variables, so they are on an inner element.
const UI_STYLE = `
  :host { all: initial !important; position: fixed !important; inset: auto 0 0 !important;
    z-index: 2147483647 !important; pointer-events: none !important;
    color-scheme: light dark !important; }
  @media print { :host { display: none !important; } }
  .ui { --ink: #1d2127; --faint: #5a6372; --back: #fff; --line: #d5d9e0; --accent: #1f5fd6;
    --alarm: #b3300a; display: flex; flex-direction: row-reverse; align-items: flex-end; gap: 8px;
    padding: 16px; justify-content: space-between; font: 14px/1.45 system-ui, sans-serif; }
  @media (prefers-color-scheme: dark) {
    .ui { --ink: #e8eaee; --faint: #a5adba; --back: #22262d; --line: #3b424d; --accent: #8ab4ff;
      --alarm: #ff8a5c; }
  }
  @media (max-width: 640px) { .ui { flex-direction: column; align-items: stretch; } }
  .toasts, .left { position: relative; min-width: 0; max-width: 100%; }
  .toast, .ready { width: 340px; }
  .card { pointer-events: auto; box-sizing: border-box; max-width: 100%; margin-top: 8px;
    color: var(--ink); background: var(--back); border: 1px solid var(--line); border-radius: 8px;
    box-shadow: 0 6px 24px rgb(0 0 0 / 18%); }
  .row { display: flex; gap: 10px; align-items: flex-start; padding: 12px 8px 12px 14px;
    overflow-wrap: anywhere; }
  .edge { border-left: 4px solid var(--accent); }
  button { all: unset; flex: none; padding: 3px 8px; border: 1px solid; border-radius: 6px;
    cursor: pointer; color: var(--accent); }
  .close { padding: 0 8px; border: 0; font-size: 20px; line-height: 24px; color: var(--faint); }
  button:hover { background: rgb(127 127 127 / 20%); }
  :focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }`;
let ui = null;
let before = null;
let comebacks = 0;

// The place of that class, above all else; null where there is none: in SVG, other XML, framesets.
function uiPlace(name) {
  const { documentElement: root, body } = dom;
  if (root?.namespaceURI !== XHTML || body?.localName === "frameset") return null;
  ui ||= buildUi();
  if (!ui.host.isConnected) {
    root.append(ui.host);
    comeBack(root);
  }
  raiseUi(ui.host);
  return ui.querySelector(`.${name}`);
}

// What comes in is read out when convenient, alerts at once; the focus stays where it is.
function buildUi() {
  const host = element("trayapp-ui");
  const shadow = host.attachShadow({ mode: "open" });
  addStyle(shadow, UI_STYLE + TOAST_STYLE + BADGE_STYLE + OVERLAY_STYLE);
  shadow.append(
    element("div", { class: "ui", role: "status", "aria-atomic": false },
      element("div", { class: "panels", "aria-live": "off" }),
      element("div", { class: "toasts" },
        element("div", { class: "alerts", role: "alert", "aria-atomic": false })),
      element("div", { class: "left" })));
  host.addEventListener("focusin", ({ relatedTarget }) => { before = relatedTarget || before; });
  window.addEventListener("keydown", onEscape, true);
  return shadow;
}

// A page that renders itself anew takes our element away; it comes back, but never in the same
// turn: two that answer each other at once would stop the page.
function comeBack(root) {
  const watch = new MutationObserver(() => {
    if (ui.host.isConnected) return;
    watch.disconnect();
    if (comebacks++ < COMEBACKS) setTimeout(uiPlace);
  });
  [document, root].forEach((node) => watch.observe(node, { childList: true }));
}

// Above the page's modal dialogs: what entered the top layer last is on top, whatever its z-index.
function raiseUi(host) {
  if (!host.showPopover) return;
  host.popover = "manual";
  if (host.matches(":popover-open")) host.hidePopover();
  host.showPopover();
}

// Closes what has the focus, else the newest panel. The page does not hear of it: Escape would
// close its own dialog too, with what was typed there.
function onEscape(event) {
  if (event.key !== "Escape" || event.isComposing) return;
  const shown = ui.activeElement?.closest(".toast, .panel") || ui.querySelector(".panel");
  if (!shown) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  shown.querySelector(".close").click();
}

// Takes `shown` away, and gives the focus back to what had it before if it was in there.
function drop(shown) {
  const focused = shown.contains(ui.activeElement);
  shown.remove();
  if (focused && before) before.focus({ preventScroll: true });
}

// Constructed sheets pass a CSP that forbids inline styles; Safari before 16.4 has none.
function addStyle(shadow, css) {
  if ("adoptedStyleSheets" in shadow) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    shadow.adoptedStyleSheets = [sheet];
  } else {
    shadow.append(element("style", {}, css));
  }
}

// In the namespace of HTML also where the document is XML.
function element(name, attributes = {}, ...children) {
  const made = dom.createElementNS(XHTML, name);
  Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
  made.append(...children);
  return made;
}

function pushButton(text, act, attributes) {
  const made = element("button", { type: "button", ...attributes }, text);
  made.addEventListener("click", act);
  return made;
}

const closeButton = (label, close) =>
  pushButton("\u00d7", close, { class: "close", "aria-label": label });

// `url` when it is a web address, else "", also for none: a publisher must not be able to run a
// script here.
function webUrl(url) {
  try {
    return /^https?:$/.test(new URL(url).protocol) ? url : "";
  } catch {
    return "";
  }
}
