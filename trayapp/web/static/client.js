// The page script of trayapp: with one tag a page follows what is saved and shows what is published.
//   <script src="http://localhost:8765/client.js"></script>
// Options are data- attributes of that tag (docs/client.md). No dependency, no build step, nothing
// inline and no eval, so that it works under a strict Content-Security-Policy.
// Parts, top to bottom: options, paths, sheets, images, update, fingerprints, toasts, stream.
(() => {
  "use strict";

  const LOADED = Symbol.for("trayapp.page");
  const tag = document.currentScript || document.querySelector('script[src*="/client.js"]');
  if (!tag || !window.EventSource || window[LOADED]) return;
  window[LOADED] = true; // a second tag on the same page would do everything twice

  // ---- options: what the tag says -----------------------------------------------------------

  const options = readOptions(tag);

  function readOptions({ src, dataset }) {
    const names = (text) => (text || "").split(",").map((name) => name.trim()).filter(Boolean);
    return {
      server: new URL(src),
      roots: names(dataset.root),
      topics: names(dataset.topics),
      update: dataset.update || "auto",
      // A page in a frame leaves the toasts to the page around it, or each would show twice.
      toast: (dataset.toast || (window === window.top ? "on" : "off")) === "on",
    };
  }

  function streamUrl(cursor) {
    const url = new URL("stream", options.server);
    url.searchParams.set("topic", ["change", "notify", ...options.topics].join(","));
    // Only an envelope tells a message's topic.
    if (options.topics.length) url.searchParams.set("envelope", "1");
    options.roots.forEach((root) => url.searchParams.append("root", root));
    const key = options.server.searchParams.get("key");
    if (key) url.searchParams.set("key", key);
    if (cursor) url.searchParams.set("last_event_id", cursor);
    return url.href;
  }

  // Lets the page react to an event, or take it over with preventDefault(): false then.
  function tell(name, detail) {
    return document.dispatchEvent(new CustomEvent(name, { detail, cancelable: true }));
  }

  // ---- paths: which URL of this page a changed file stands behind ----------------------------
  // A change names a path below the watch root, a page knows URLs below its server: the two start
  // at different places and end alike, so they are compared from the end.

  function segments(url) {
    const { protocol, pathname } = new URL(url, document.baseURI);
    if (!/^(https?|file):$/.test(protocol)) return [];
    return pathname.split("/").filter(Boolean).map(decoded);
  }

  function decoded(segment) {
    try {
      return decodeURIComponent(segment);
    } catch {
      return segment; // a lone % is legal in a path
    }
  }

  // The number of path segments that `path` and `url` share at their ends.
  function closeness(path, url) {
    const ours = path.split("/").reverse();
    const theirs = segments(url).reverse();
    const differs = ours.findIndex((segment, i) => segment !== theirs[i]);
    return differs < 0 ? ours.length : differs;
  }

  // Those of `uses` (anything with a url) that are closest to `path`; a use too many costs a fetch,
  // a use too few a stale page, so the file name alone is enough.
  function closest(path, uses) {
    const scores = uses.map((use) => closeness(path, use.url));
    const best = Math.max(0, ...scores);
    return uses.filter((_, i) => best > 0 && scores[i] === best);
  }

  // Whether the browser fetched `path` for this page, whatever for.
  function fetched(path) {
    return performance.getEntriesByType("resource").some(({ name }) => {
      const shared = closeness(path, name);
      return shared > 0 && shared === Math.min(path.split("/").length, segments(name).length);
    });
  }

  // `url` under a name that no cache has seen yet.
  function stamped(url, stamp) {
    const fresh = new URL(url, document.baseURI);
    fresh.searchParams.set("trayapp", stamp);
    return fresh.href;
  }

  // ---- sheets: style sheets are replaced while the page stays --------------------------------

  const successors = new WeakMap(); // sheet element -> the clone that is loading to replace it
  const arriving = new WeakSet(); // those clones
  const turns = new WeakMap(); // sheet element -> stamp of its newest swap; an older one gives up

  function rulesOf(sheet) {
    try {
      return sheet ? [...(sheet.cssRules || [])] : [];
    } catch {
      return []; // from another origin, without CORS
    }
  }

  // Every sheet that is @import'ed below `sheet`, with the element that brings it in.
  function imports(sheet, owner) {
    return rulesOf(sheet)
      .filter((rule) => rule instanceof CSSImportRule)
      .flatMap((rule) => [
        { url: new URL(rule.href, sheet.href || document.baseURI).href, owner, imported: true },
        ...imports(rule.styleSheet, owner),
      ]);
  }

  function sheetUses() {
    return [...document.querySelectorAll("link[rel~=stylesheet][href], style")]
      .filter((owner) => !arriving.has(owner))
      .flatMap((owner) => [
        ...(owner.href ? [{ url: owner.href, owner }] : []),
        ...imports(owner.sheet, owner),
      ]);
  }

  function swapSheets(path, stamp) {
    const uses = closest(path, sheetUses());
    for (const owner of new Set(uses.map((use) => use.owner))) {
      const inner = uses.filter((use) => use.owner === owner && use.imported);
      replaceSheet(owner, inner.map((use) => use.url), stamp);
    }
    return uses.length > 0;
  }

  // The clone loads beside the old sheet, which goes only then: the page is never unstyled.
  async function replaceSheet(owner, imported, stamp) {
    turns.set(owner, stamp);
    // The name of an imported sheet is not ours to change: renew what the cache holds under it.
    await Promise.all(imported.map((url) => fetch(url, { cache: "reload", mode: "no-cors" }).catch(() => {})));
    if (turns.get(owner) !== stamp) return;
    const earlier = successors.get(owner);
    if (!owner.isConnected) {
      if (earlier) replaceSheet(earlier, [], stamp);
      return;
    }
    if (earlier) earlier.remove();
    insertSuccessor(owner, stamp);
  }

  function insertSuccessor(owner, stamp) {
    const next = owner.cloneNode(true);
    if (next.href) next.href = stamped(owner.href, stamp);
    if (owner.disabled) {
      owner.replaceWith(next); // a disabled link is not fetched, so its load never comes
      return;
    }
    successors.set(owner, next);
    arriving.add(next);
    next.addEventListener("load", () => {
      arriving.delete(next);
      if (owner.sheet && owner.sheet.disabled && next.sheet) next.sheet.disabled = true;
      owner.remove();
    }, { once: true });
    next.addEventListener("error", () => next.remove(), { once: true });
    owner.after(next);
  }

  // ---- images: img, srcset, icons and url() in styles ----------------------------------------
  // A use of an image is its URL and `put`, which shows another URL in the same place.

  const CSS_URL = /url\(\s*(["']?)(.*?)\1\s*\)/g;

  function imageUses() {
    return [...attributeUses(), ...srcsetUses(), ...styleUses()];
  }

  function attributeUses() {
    const icons = [...document.querySelectorAll("link[rel~=icon][href]")];
    const images = [...document.querySelectorAll("img[src], input[type=image][src]")];
    return [
      ...icons.map((icon) => ({ url: icon.href, put: (url) => { icon.href = url; } })),
      ...images.map((image) => ({ url: image.src, put: (url) => { image.src = url; } })),
    ];
  }

  const candidates = (srcset) => srcset.match(/\S*[^\s,](?=\s|,|$)(?:\s+[^,]+)?/g) || [];

  function srcsetUses() {
    return [...document.querySelectorAll("img[srcset], source[srcset]")].flatMap((element) =>
      candidates(element.srcset).map((candidate, i) => ({
        url: new URL(candidate.split(/\s/)[0], document.baseURI).href,
        put: (url) => {
          const all = candidates(element.srcset);
          all[i] = [url, ...candidate.split(/\s+/).slice(1)].join(" ");
          element.srcset = all.join(", ");
        },
      })));
  }

  function styleUses() {
    const inline = [...document.querySelectorAll('[style*="url("]')];
    return [
      ...[...document.styleSheets].flatMap(ruleUses),
      ...inline.flatMap(({ style }) => declaredUses(style, document.baseURI)),
    ];
  }

  function ruleUses(sheet) {
    const base = sheet.href || document.baseURI;
    const below = (rule) => [
      ...(rule.style ? declaredUses(rule.style, base) : []),
      ...(rule.styleSheet ? ruleUses(rule.styleSheet) : []),
      ...rulesOf(rule).flatMap(below), // @media, @supports, @layer, nested rules
    ];
    return rulesOf(sheet).flatMap(below);
  }

  function declaredUses(style, base) {
    if (!style.cssText.includes("url(")) return [];
    return [...style].flatMap((name) =>
      [...style.getPropertyValue(name).matchAll(CSS_URL)].map(([token, , url]) => ({
        url: new URL(url, base).href,
        put: (fresh) => {
          const value = style.getPropertyValue(name).split(token).join(`url("${fresh}")`);
          style.setProperty(name, value, style.getPropertyPriority(name));
        },
      })));
  }

  function swapImages(path, stamp) {
    const uses = closest(path, imageUses());
    uses.forEach((use) => replaceImage(use, stamped(use.url, stamp)));
    return uses.length > 0;
  }

  // Loaded first and shown then: a background would be blank meanwhile.
  function replaceImage(use, url) {
    const image = new Image();
    image.onload = () => use.put(url);
    image.src = url;
  }

  // ---- update: what a change does to this page ------------------------------------------------

  function apply(change) {
    if (options.update === "off") return;
    const stamp = change.fingerprint || Date.now().toString(36);
    const whole = options.update === "reload" || change.action === "reload" || change.more > 0;
    if (whole || !change.paths.every((path) => applyPath(path, stamp))) reload();
  }

  // False when only a reload can show the change. A file that the page never used needs nothing.
  function applyPath({ path, change }, stamp) {
    if (change === "deleted") return !fetched(path);
    const swapped = /\.css$/i.test(path) ? swapSheets(path, stamp) : swapImages(path, stamp);
    return swapped || !fetched(path);
  }

  function reload() {
    if (options.update !== "off") location.reload(); // the browser keeps the scroll position
  }

  // ---- fingerprints: whether this page shows what the watch roots hold ------------------------
  // The first fingerprint heard of a root is taken for what the page shows. A later one that differs
  // and is not explained by a change means that something was missed: one reload makes it right.

  const REPLAY = 300; // ms after hello in which the events that were missed follow
  const known = new Map(); // root -> fingerprint of what this page shows
  let missed = [];
  let settle = 0;

  // A page that follows a root also shows the roots within it.
  const follows = ({ root, within = [] }) =>
    !options.roots.length || [root, ...within].some((label) => options.roots.includes(label));

  function onHello({ roots, paused }) {
    const told = roots.filter((one) => one.fingerprint && follows(one));
    told.forEach(({ root, fingerprint }) => known.has(root) || known.set(root, fingerprint));
    missed = paused ? [] : told.filter(isMissed);
    clearTimeout(settle);
    if (missed.length) settle = setTimeout(catchUp, REPLAY);
  }

  function isMissed({ root, fingerprint }) {
    return known.get(root) !== fingerprint;
  }

  // Called when no replay will explain a difference any more.
  function catchUp() {
    clearTimeout(settle);
    const behind = missed.filter(isMissed);
    behind.forEach(({ root, fingerprint }) => known.set(root, fingerprint));
    missed = [];
    if (behind.length) reload();
  }

  function onChange(change) {
    const { root, fingerprint, action } = change;
    if (!follows(change) || (fingerprint && !isMissed(change))) return;
    const first = !known.has(root);
    if (fingerprint) known.set(root, fingerprint);
    if (action !== "none") {
      if (tell("trayapp:change", change)) apply(change);
    } else if (fingerprint && !first) {
      reload(); // the root has been scanned, and holds something else than this page
    }
  }

  // ---- toasts: notifications in the page's corner ---------------------------------------------

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

  // ---- stream: the connection, which never gives up -------------------------------------------
  // A browser ends an EventSource for good at the first refusal and waits as it likes otherwise, so
  // every loss is answered here: with a new one, that names the last event seen.

  const FIRST_DELAY = 200; // ms, growing by half to
  const LAST_DELAY = 1200; // so that a page is right within 2 s of the server's return
  const BUSY_DELAY = 5000; // the server asked for patience
  const BYE_DELAY = 1500; // at most: all pages hear bye at once, and must not all come back at once
  const RESTS_AFTER = 5000; // ms hidden; a browser has six connections to a server for all its tabs
  let source = null;
  let cursor = "";
  let delay = FIRST_DELAY;
  let retry = 0;
  let rest = 0;
  let blocked = false;
  let told = null; // what the page was told last: connected or not

  const readers = {
    hello: (data) => {
      const hello = JSON.parse(data);
      delay = FIRST_DELAY;
      tellStream(true, hello.paused);
      onHello(hello);
    },
    reset: () => catchUp(),
    change: (data) => onChange(JSON.parse(opened(data).data)),
    notify: (data) => onNotify(JSON.parse(opened(data).data)),
    message: (data) => tell("trayapp:message", opened(data)),
    busy: () => reconnect(BUSY_DELAY),
    bye: () => reconnect(BYE_DELAY, 0.8),
  };

  const opened = (data) => (options.topics.length ? JSON.parse(data) : { data });

  function connect() {
    disconnect();
    if (blocked) return;
    source = new EventSource(streamUrl(cursor));
    source.onerror = () => reconnect(delay);
    for (const [type, read] of Object.entries(readers)) {
      source.addEventListener(type, (event) => {
        cursor = event.lastEventId || cursor;
        read(event.data);
      });
    }
  }

  function disconnect() {
    clearTimeout(retry);
    clearTimeout(settle);
    if (source) source.close();
    source = null;
  }

  function tellStream(connected, paused) {
    if (connected || connected !== told) tell("trayapp:stream", { connected, paused });
    told = connected;
  }

  function reconnect(wait, spread = 0.2) {
    disconnect();
    tellStream(false, false);
    if (document.hidden) return; // nobody looks; `kick` follows when somebody does
    retry = setTimeout(connect, wait * (1 - spread * Math.random()));
    delay = Math.min(delay * 1.5, LAST_DELAY);
  }

  function kick() {
    clearTimeout(rest);
    if (document.hidden) rest = setTimeout(disconnect, RESTS_AFTER);
    else if (!source) connect();
  }

  // Without this line the browser reports a blocked connection, and nobody knows the remedy.
  function onViolation({ blockedURI, effectiveDirective }) {
    if (effectiveDirective !== "connect-src" || !blockedURI.startsWith(options.server.origin)) return;
    blocked = true;
    disconnect();
    console.warn(`trayapp: this page's Content-Security-Policy blocks the updates. Add to it: ` +
      `connect-src ${options.server.origin}`);
  }

  document.addEventListener("securitypolicyviolation", onViolation);
  document.addEventListener("visibilitychange", kick);
  window.addEventListener("online", kick);
  // Only from the back cache: the first one comes with the load, and would cut short a wait for the server.
  window.addEventListener("pageshow", ({ persisted }) => persisted && kick());
  window.addEventListener("pagehide", disconnect); // an open stream keeps a page out of the back cache
  connect();
  kick();
})();
