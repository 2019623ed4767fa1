// Extras: what most loads of a page never need comes as a module when it is needed first. So the
// script that each load of each page has to read stays small. A module finds what it shares with
// the script under a symbol of the window.

const LOADED = Symbol.for("trayapp.page");
// Milliseconds until the second try, which is the last.
const AGAIN = 1000;
const extras = new Map();

function extra(name) {
  if (!extras.has(name)) extras.set(name, fetchExtra(name));
  return extras.get(name);
}

async function fetchExtra(name) {
  const { href } = serverUrl(`client/${name}.js`);
  try {
    return await import(href);
  } catch {
    await pause(AGAIN);
    // A browser keeps the failure under the name.
    return import(`${href}${href.includes("?") ? "&" : "?"}${Date.now()}`);
  }
}

function ask(name, act, ...details) {
  return extra(name).then((module) => module[act](...details), () => extras.delete(name)).catch(complain);
}

// ---- notices: what the page tells people, which the module shows

const stands = { updated: null, cause: "", connected: null, paused: false, ready: false };

function stand(changes) {
  Object.assign(stands, changes);
  if (options.badge) ask("notices", "drawBadge");
}

function showBadge(on) {
  options.badge = on;
  ask("notices", "drawBadge");
}

function onNotify(notice, { id, time }) {
  if (isNews(time) && tell("trayapp:notify", notice) && options.toast) ask("notices", "showNotice", notice, id);
}

function onCommand(report) {
  if (options.toast) ask("notices", "showCommand", parsed(report));
}

// Who wants notifications while nobody looks at the page.
function notifiesHidden() {
  return options.toast && window.isSecureContext && window.Notification?.permission === "granted";
}

function showReady(apply) {
  stand({ ready: true });
  ask("notices", "drawReady", apply);
}

function hideReady() {
  if (stands.ready) ask("notices", "dropReady");
  stand({ ready: false });
}

// ---- doctor: a page that may not open its stream stops trying

let blocked = false;

function isBlocked() {
  return blocked;
}

// WebKit names default-src where that is what decided (CSP3 6.8.3). A policy that only reports
// blocks nothing.
function onViolation(event) {
  const { blockedURI, disposition, effectiveDirective } = event;
  if (disposition === "report" || !/^(connect|default)-src/.test(effectiveDirective)) return;
  if (blockedURI.startsWith(location.origin)) fenced = true;
  if (!blockedURI.startsWith(options.server.origin)) return;
  blocked = true;
  leave();
  ask("doctor", "diagnosePolicy", event);
}
