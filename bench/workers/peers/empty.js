// What a request costs that nothing is done for: the runtime and its sockets.
export default { fetch: () => new Response("x".repeat(1024)) };
