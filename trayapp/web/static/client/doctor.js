// Doctor: what keeps the updates from this page, in one line of the console with its remedy.
// Each line comes once in the life of a page. A server that is down is normal and gets none.

const { isBlocked, options, serverUrl } = window[Symbol.for("trayapp.page")];
const advised = new Set();
let examined = false;

function advise(text) {
  if (!advised.has(text)) console.warn(`trayapp: ${text}`);
  advised.add(text);
}

// For a page whose own policy forbids the stream. The browser reports that as well, but not the
// remedy.
function diagnosePolicy({ originalPolicy }) {
  advise(`the Content-Security-Policy blocks the updates. Put into it: ` +
    `connect-src${connectSources(originalPolicy)} ${options.server.origin}`);
}

// What a policy lets a page connect to: a connect-src of its own takes the place of default-src,
// so that a new one has to repeat it.
function connectSources(policy) {
  const sources = (name) => new RegExp(`(?:^|;)\\s*${name}((?:\\s[^;]*)?)`, "i").exec(policy);
  const [, found] = sources("connect-src") || sources("default-src") || ["", ""];
  return found.replace(/\s+('none'|$)/gi, "");
}

// For a stream that ended before it said hello. trayapp is there when its script can be had, and
// lets the page in when the head of a stream can be read. Asked until trayapp has answered once.
async function diagnoseRefusal() {
  if (examined || isBlocked() || isMixed()) return;
  examined = true;
  const credentials = options.paired ? "include" : "same-origin";
  const works = (path, how) =>
    fetch(serverUrl(path), { credentials, ...how }).then(({ status }) => status !== 401, () => false);
  examined = await works("client.js", { mode: "no-cors", cache: "no-store" });
  if (!examined || await works("stream", { method: "HEAD" }) || isBlocked()) return;
  advise(refusal());
}

function refusal() {
  // That of location names a server even for a page in a sandbox.
  const { origin } = self;
  const { hostname, origin: ours } = options.server;
  if (origin === "null") return "a page opened from disk needs the read key: src=\".../client.js?key=...\"";
  if (!options.paired) return `pages of ${origin} have no access. Put into config.toml: origins = ["${origin}"]`;
  // Browsers send the cookie of a device to pages of the same host only, on any port.
  return hostname === location.hostname
    ? `this device is not paired. Scan the code of trayapp's dashboard; what it opens is ${ours}/pair`
    : `on this device only pages of http://${hostname} are updated, on any port. Open this page there, ` +
      "or add the read key to its tag: client.js?key=...";
}

// Browsers let a page of https load from http only what is on the same computer.
function isMixed() {
  const { protocol, hostname, origin } = options.server;
  const mixed = location.protocol === "https:" && protocol === "http:" &&
    !/^(.+\.)?localhost$|^127\.|^\[::1\]$/.test(hostname);
  if (mixed) advise(`a page of https may not connect to ${origin}. Open the page by http.`);
  return mixed;
}

// For a stream that is open and has said nothing: the hello of trayapp comes at once.
function diagnoseSilence() {
  advise("a proxy holds the updates back. nginx: proxy_buffering off; gzip off;");
}

export { diagnosePolicy, diagnoseRefusal, diagnoseSilence };
