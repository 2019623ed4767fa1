// Prints what is published to a topic, in node 18 and later without a package. After a lost connection
// it goes on with what it missed.
// node examples/listen.mjs TOPIC [http://localhost:8765]

const [topic, server = "http://localhost:8765"] = process.argv.slice(2);
const headers = {};

async function listen() {
  const answer = await fetch(`${server}/stream?topic=${topic}&envelope=1`, { headers });
  let rest = "";
  for await (const text of answer.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop();
    lines.forEach(take);
  }
}

function take(line) {
  if (line.startsWith("id: ")) headers["Last-Event-ID"] = line.slice("id: ".length);
  if (line.startsWith('data: {"id"')) console.log(JSON.parse(line.slice("data: ".length)).data);
}

for (;;) {
  await listen().catch(() => {});
  await new Promise((resume) => setTimeout(resume, 1000));
}
