// Options: what the tag says. No dependency, no build step, nothing inline and no eval anywhere in
// the script, so that it works under a strict Content-Security-Policy.
const tag = document.currentScript || document.querySelector('script[src*="/client.js"]');
const options = tag && readOptions(tag);

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
