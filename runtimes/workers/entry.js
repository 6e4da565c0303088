// The Worker. Requests are tasks in WASM, each polled by what itself waits for, so none is ever driven by another's I/O.
import compiled from "./brigade_bg.wasm";
import { begin, forget, goOn, initSync, __wbg_reset_state as reset } from "./brigade.js";
import { Upload, bindings, dismiss, enlist, enter, requestHead } from "./host.js";

let state = "new";
let instance = 0;
let last = 0;

/** A WASM instance that works. After a panic its memory is worth nothing: the next request gets a new one. */
function ready() {
  if (state === "new") initSync({ module: compiled });
  if (state === "broken") {
    reset();
    instance += 1;
  }
  state = "good";
}

/** The answer when there is nobody left to make one. */
function broken(request, why) {
  console.error(JSON.stringify({ error: "the request broke the Worker", method: request.method, why: String(why) }));
  const code = "<Code>InternalError</Code><Message>We encountered an internal error. Please try again.</Message>";
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${code}</Error>`;
  const headers = { "content-type": "application/xml" };
  return new Response(request.method === "HEAD" ? null : text, { status: 500, headers });
}

export default {
  fetch(request, env) {
    // Before anything is awaited.
    const body = request.body;
    const announced = body && request.headers.get("content-length");
    const length = announced === null ? undefined : Number(announced);
    const upload = body && length !== 0 ? new Upload(body, length) : undefined;
    const id = (last = (last + 1) >>> 0);
    let over = false;
    let mine;
    let answer;
    /** Runs the task until it waits. Called again by whatever it waits for. */
    const poll = () => {
      if (over) return undefined;
      let response;
      try {
        // What an instance held that is no more went with it.
        if (mine !== undefined && (mine !== instance || state !== "good")) throw new Error("another request broke its instance");
        enter(poll);
        if (mine === undefined) {
          ready();
          mine = instance;
          response = begin(id, Date.now(), requestHead(request), env, bindings(env), upload);
        } else response = goOn(id);
        if (response === undefined) return undefined;
      } catch (why) {
        // What ends because another request broke its instance says nothing of the one after.
        if (mine === undefined || mine === instance) state = "broken";
        response = broken(request, why);
      }
      over = true;
      dismiss(id);
      answer?.(response);
      return response;
    };
    const response = poll();
    if (response !== undefined) return response;
    enlist(id, poll);
    // The platform forgets a request whose client has left, and would never come back to its task.
    request.signal?.addEventListener("abort", () => {
      if (over) return;
      over = true;
      dismiss(id);
      if (mine === instance && state === "good") forget(id);
    });
    return new Promise((resolve) => {
      answer = resolve;
    });
  },
};
