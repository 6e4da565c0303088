// The Worker. Requests are tasks in WASM, each polled by what itself waits for, so none is ever driven by another's I/O.
import compiled from "./brigade_bg.wasm";
import { Task, initSync, __wbg_reset_state as reset } from "./brigade.js";
import { Upload, dismiss, enlist } from "./host.js";

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
    const announced = request.headers.get("content-length");
    const length = announced === null ? undefined : Number(announced);
    const upload = request.body && length !== 0 ? new Upload(request.body, length) : undefined;
    return new Promise((resolve) => {
      const id = (last = (last + 1) >>> 0);
      let task;
      let mine;
      const end = (response) => {
        dismiss(id);
        resolve(response);
      };
      const poll = () => {
        if (!task) return;
        try {
          const response = task.poll();
          if (response === undefined) return;
          task.free();
          task = undefined;
          end(response);
        } catch (why) {
          task = undefined;
          // What ends because another request broke its instance says nothing of the one after.
          if (mine === instance) state = "broken";
          end(broken(request, why));
        }
      };
      // The platform forgets a request whose client has left, and would never come back to its task.
      request.signal?.addEventListener("abort", () => {
        dismiss(id);
        // What an instance held that is no more went with it.
        if (mine === instance && state === "good") task?.free();
        task = undefined;
      });
      try {
        ready();
        mine = instance;
        task = new Task(id, request, env, upload);
        enlist(id, poll);
        poll();
      } catch (why) {
        state = "broken";
        end(broken(request, why));
      }
    });
  },
};
