// Stream: the connection to trayapp, which never gives up.
// A browser ends an EventSource for good at the first refusal and waits as it likes otherwise, so
// every loss is answered here, with a new one. Runs in a page or in a SharedWorker.

// Ms, growing by half to.
const FIRST_DELAY = 200;
// So that a page is right within 2 s of the server's return.
const LAST_DELAY = 1200;
// The server asked for patience.
const BUSY_DELAY = 5000;
// At most: all pages hear bye at once, and must not all come back at once.
const BYE_DELAY = 1500;
// Ms without hello on an open stream: something on the way holds it back.
const SILENCE = 3000;
const TYPES = ["hello", "reset", "change", "notify", "message", "busy", "bye"];

// Opens what `address()` says, again after each loss, until `close`. `hear(type, data, id, ms)` gets
// what comes, and "lost", "refused" (before the first hello) and "silent" when that is what happens.
function openStream(address, hear) {
  let source = null;
  let opened = 0;
  let greeted = false;
  let delay = FIRST_DELAY;
  let retry = 0;
  let silence = 0;

  function connect() {
    close();
    opened = Date.now();
    source = new EventSource(address(), { withCredentials: options?.paired });
    source.onopen = () => { silence = setTimeout(hear, SILENCE, "silent"); };
    source.onerror = () => {
      if (!greeted) hear("refused");
      lose(delay);
    };
    for (const type of TYPES) {
      source.addEventListener(type, ({ data, lastEventId }) => got(type, JSON.parse(data), lastEventId));
    }
  }

  function got(type, data, id) {
    clearTimeout(silence);
    if (type === "busy") lose(BUSY_DELAY);
    else if (type === "bye") lose(BYE_DELAY, 0.8);
    else {
      if (type === "hello") [greeted, delay] = [true, FIRST_DELAY];
      hear(type, data, id, Date.now() - opened);
    }
  }

  function lose(wait, spread = 0.2) {
    close();
    hear("lost");
    retry = setTimeout(connect, wait * (1 - spread * Math.random()));
    delay = Math.min(delay * 1.5, LAST_DELAY);
  }

  function close() {
    clearTimeout(retry);
    clearTimeout(silence);
    source?.close();
    source = null;
  }

  connect();
  return { close, kick: () => source || connect() };
}
