// Toasts: notifications in the page's corner.
const TOASTS = 5; // shown at once; more would cover the page
const STAYS = 8000; // ms; urgent ones stay until they are closed
const TOAST_STYLE = `
  :host { all: initial; position: fixed; z-index: 2147483647; right: 0; bottom: 0;
    max-width: 100%; pointer-events: none; color-scheme: light dark; }
  @media print { :host { display: none; } }
  .stack { display: flex; flex-direction: column; gap: 8px; padding: 16px; align-items: flex-end; }
  .toast { pointer-events: auto; box-sizing: border-box; width: 340px; max-width: calc(100vw - 32px);
    display: flex; gap: 10px; align-items: flex-start; padding: 12px 8px 12px 14px;
    font: 14px/1.45 system-ui, sans-serif; color: #1d2127; background: #fff;
    border: 1px solid #d5d9e0; border-left: 4px solid #2f6feb; border-radius: 8px;
    box-shadow: 0 6px 24px rgb(0 0 0 / 18%); animation: rise 160ms ease-out; }
  .toast.urgent { border-left-color: #c2340a; }
  .text { flex: 1; min-width: 0; overflow-wrap: anywhere; white-space: pre-line;
    max-height: 40vh; overflow-y: auto; }
  .title { display: block; font-weight: 600; }
  .tags { display: block; font-size: 12px; color: #5a6372; }
  a.text { color: inherit; text-decoration: underline; text-underline-offset: 2px; }
  img { width: 32px; height: 32px; object-fit: contain; flex: none; }
  button { all: unset; flex: none; box-sizing: border-box; width: 28px; height: 28px; margin: -4px 0; cursor: pointer;
    font: 18px/28px system-ui, sans-serif; text-align: center; border-radius: 6px; color: #5a6372; }
  button:hover { background: rgb(127 127 127 / 20%); }
  button:focus-visible, a:focus-visible { outline: 2px solid #2f6feb; outline-offset: 1px; }
  @keyframes rise { from { opacity: 0; transform: translateY(8px); } }
  @media (prefers-reduced-motion: reduce) { .toast { animation: none; } }
  @media (prefers-color-scheme: dark) {
    .toast { color: #e8eaee; background: #22262d; border-color: #3b424d; border-left-color: #6ea0ff; }
    .toast.urgent { border-left-color: #ff8a5c; }
    .tags, button { color: #a5adba; }
  }`;
let stack = null;

// In a shadow tree, so that neither the page's styles nor ours reach the other side.
function toastStack() {
  if (stack && stack.getRootNode().host.isConnected) return stack;
  const host = document.documentElement.appendChild(document.createElement("trayapp-toasts"));
  const shadow = host.attachShadow({ mode: "open" });
  addStyle(shadow, TOAST_STYLE);
  stack = shadow.appendChild(element("div", "stack"));
  stack.setAttribute("role", "status"); // read out when convenient; the focus stays where it is
  stack.setAttribute("aria-atomic", "false");
  return stack;
}

// Constructed sheets pass a CSP that forbids inline styles; Safari before 16.4 has none.
function addStyle(shadow, css) {
  if ("adoptedStyleSheets" in shadow) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    shadow.adoptedStyleSheets = [sheet];
  } else {
    shadow.appendChild(element("style", "", css));
  }
}

function element(name, className, text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

// `url` when it is a web address, else "": a publisher must not be able to run a script here.
function webUrl(url) {
  try {
    return /^https?:$/.test(new URL(url).protocol) ? url : "";
  } catch {
    return "";
  }
}

function onNotify(notice) {
  if (!tell("trayapp:notify", notice) || !options.toast) return;
  const shown = toastStack();
  const toast = element("div", notice.priority >= 4 ? "toast urgent" : "toast");
  toast.append(...toastIcon(notice), toastText(notice), closeButton(toast));
  shown.append(toast);
  while (shown.childElementCount > TOASTS) shown.firstElementChild.remove();
  if (!(notice.priority >= 4)) closeLater(toast);
}

function toastIcon({ icon }) {
  if (!icon || !webUrl(icon)) return [];
  const image = element("img", "");
  image.alt = "";
  image.referrerPolicy = "no-referrer";
  image.onerror = () => image.remove();
  image.src = icon;
  return [image];
}

function toastText({ title, message, tags, click }) {
  const url = click && webUrl(click);
  const text = element(url ? "a" : "div", "text");
  if (url) Object.assign(text, { href: url, target: "_blank", rel: "noopener noreferrer" });
  if (title) text.append(element("span", "title", title));
  text.append(message);
  if (tags && tags.length) text.append(element("span", "tags", tags.join(", ")));
  return text;
}

function closeButton(toast) {
  const button = element("button", "", "\u00d7");
  button.type = "button";
  button.setAttribute("aria-label", "Close notification");
  let before = null; // who had the focus, to give it back
  button.addEventListener("focus", (event) => { before = event.relatedTarget || before; });
  button.addEventListener("click", () => {
    const focused = toast.getRootNode().activeElement === button;
    toast.remove();
    if (focused && before) before.focus({ preventScroll: true });
  });
  return button;
}

// Nobody has to hurry: a toast under the pointer or with the focus waits.
function closeLater(toast) {
  setTimeout(() => {
    if (toast.matches(":hover, :focus-within")) closeLater(toast);
    else toast.remove();
  }, STAYS);
}
