// Dom: the document as the browser made it. Markup can give the document properties of its own:
// <img name=currentScript>, <form name=querySelector> and the like stand before those of the
// prototype (HTML, "named access on the Document"; the gadget of CVE-2024-45812). What a page shows
// may come from anybody, so nothing is read from the document itself.

// Else in a SharedWorker, which runs this script too.
const inPage = typeof document === "object";

// Reads as `document`, from the prototypes only.
const dom = inPage && new Proxy({}, {
  get(_, name) {
    const value = Reflect.get(Document.prototype, name, document);
    return typeof value === "function" ? value.bind(document) : value;
  },
});

// The element of this very script. One of type=module has no currentScript: it is one that was fetched.
function ownTag() {
  const tag = dom.currentScript;
  if (tag) return tag instanceof HTMLScriptElement ? tag : null;
  return [...dom.querySelectorAll('script[type=module][src*="/client.js"]')]
    .find(({ src }) => performance.getEntriesByName(src).some((one) => one.initiatorType === "script"));
}
