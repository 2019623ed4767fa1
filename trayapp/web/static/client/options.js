// Options: what the tag says. No dependency, no build step, nothing inline and no eval anywhere in
// the script, so that it works under a strict Content-Security-Policy.

const tag = inPage && ownTag();
// On this computer.
const HERE = /\/\/(localhost|127\.|\[::1)/;
const options = tag && readOptions(tag);

function readOptions({ src, dataset }) {
  const names = (text = "") => text.split(",").map((name) => name.trim()).filter(Boolean);
  const server = new URL(src);
  const key = server.searchParams.get("key") || "";
  return {
    server,
    key,
    // A device of the LAN is known by the cookie that pairing gave it.
    paired: !key && !HERE.test(src),
    roots: names(dataset.root),
    topics: names(dataset.topics),
    update: dataset.update || "auto",
    // A page in a frame leaves the toasts to the page around it, or each would show twice.
    toast: (dataset.toast || (window === window.top ? "on" : "off")) === "on",
    badge: dataset.badge === "on",
  };
}

// The address of `path` on trayapp, with the read key when the tag has one.
function serverUrl(path) {
  const url = new URL(path, options.server);
  if (options.key) url.searchParams.set("key", options.key);
  return url;
}

// Sends `body` to `path`, as any page may without being asked for leave first.
function post(path, body, more) {
  const credentials = options.paired ? "include" : "same-origin";
  return fetch(serverUrl(path), { method: "POST", body, credentials, ...more });
}

function complain(problem) {
  console.warn("trayapp:", problem);
}

// Lets the page react to an event, or take it over with preventDefault(): false then.
function tell(name, detail) {
  return dom.dispatchEvent(new CustomEvent(name, { detail, cancelable: true }));
}
