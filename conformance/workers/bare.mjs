// A Worker with nothing of Brigade's in it, which tells what reached it: what is otherwise here is the platform's doing.
export default {
  async fetch(request) {
    const { method, url } = request;
    if (url.endsWith("/html")) return new Response("<p>text</p>".repeat(500), { headers: { "content-type": "text/html" } });
    if (url.endsWith("/later")) await new Promise((resolve) => setTimeout(resolve, 3000));
    if (url.endsWith("/pieces")) {
      // As long as an upload of 200 MB, in the pieces in which one comes, none of which is kept.
      let sum = 0;
      for (let at = 0; at < 200e6; at += 65536) sum += new Uint8Array(65536).fill(1).length;
      return new Response(String(sum));
    }
    const other = request.headers.get("x-other");
    return Response.json({ method, url, headers: [...request.headers], other: other && new Request(other).url });
  },
};
