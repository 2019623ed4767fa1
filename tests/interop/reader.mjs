// Reads a stream in node and prints one JSON line per event: node reader.mjs LIBRARY URL
// Every dispatched event is told, whatever its type, so that nothing can slip in unseen.
import { createRequire } from "node:module";

const [library, url] = process.argv.slice(2);
const { EventSource, EventSourcePolyfill } = createRequire(import.meta.url)(library);
const Source = EventSourcePolyfill ?? EventSource;

const dispatch = Source.prototype.dispatchEvent;
Source.prototype.dispatchEvent = function (event) {
  const { type, data, lastEventId: id } = event;
  if (data !== undefined) process.stdout.write(JSON.stringify({ type, data, id }) + "\n");
  return dispatch.call(this, event);
};

new Source(url);
