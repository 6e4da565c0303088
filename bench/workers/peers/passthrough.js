// What a Worker costs that only passes on: the measure for Brigade's. The store is at the binding UPSTREAM.
export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    const headers = new Headers(request.headers);
    headers.delete("expect");
    const upstream = env.UPSTREAM + url.pathname + url.search;
    const answer = await fetch(upstream, { method: request.method, headers, body: request.body, redirect: "manual" });
    return new Response(answer.body, { status: answer.status, headers: answer.headers });
  },
};
