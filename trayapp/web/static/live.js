// The stream as our own pages read it: opened again after each loss, and going on where it was.

const RETRY = [300, 2000]; // ms between two tries to connect, first and last
const BUSY = 5000; // ms; the computer asked for patience
const PATIENCE = 5000; // ms for one answer

// The status of the stream; 0 when there is no answer.
export async function mayRead() {
  const asked = { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout?.(PATIENCE) };
  const { status = 0 } = await fetch("/stream", asked).catch(() => ({}));
  return status;
}

// `hear(what, data)` gets each event with its envelope ("event"), and "on", "reset", "lost", "busy"
// and "forgotten" when that is what happens. `query` narrows the stream, `types` are those to hear.
export class Live {
  constructor(query, types, hear) {
    Object.assign(this, { query, types, hear, source: null, cursor: "", wait: RETRY[0], timer: 0 });
  }

  open() {
    this.close();
    const query = new URLSearchParams({ ...this.query, envelope: "1", typed: "0" });
    if (this.cursor) query.set("last_event_id", this.cursor);
    this.source = new EventSource(`/stream?${query}`);
    this.source.onerror = () => this.lose();
    this.on("hello", (hello) => {
      this.wait = RETRY[0];
      this.hear("on", hello);
    });
    for (const type of this.types) this.on(type, (event) => this.hear("event", event));
    this.on("reset", () => this.hear("reset"));
    this.on("bye", () => this.again(RETRY[0]));
    this.on("busy", () => {
      this.hear("busy");
      this.again(BUSY);
    });
  }

  on(type, act) {
    this.source.addEventListener(type, ({ data, lastEventId }) => {
      this.cursor = lastEventId || this.cursor;
      try {
        act(JSON.parse(data || "{}"));
      } catch (problem) {
        console.warn("trayapp: one event cannot be shown:", problem); // the next ones can
      }
    });
  }

  close() {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  again(wait) {
    this.close();
    this.timer = setTimeout(() => this.open(), wait);
  }

  // A stream can seem to be open long after the way to the computer is gone.
  async check() {
    const { source } = this;
    if (source?.readyState !== EventSource.OPEN || await mayRead() === 200) return;
    if (source === this.source) this.lose();
  }

  // A browser does not say why a stream was refused.
  async lose() {
    const { source } = this;
    source.close();
    const status = await mayRead();
    if (source !== this.source) return;
    this.hear(status === 401 ? "forgotten" : "lost");
    this.wait = Math.min(this.wait * 1.5, RETRY[1]);
    if (status !== 401) this.again(this.wait);
  }
}
