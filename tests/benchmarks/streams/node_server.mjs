// Node's http with a set of responses, and every message written to all of them.
import http from "node:http"

const readers = new Set()

http.createServer((request, response) => {
  if (request.method === "POST") {
    const parts = []
    request.on("data", (part) => parts.push(part))
    request.on("end", () => {
      const frame = `data: ${Buffer.concat(parts)}\n\n`
      for (const reader of readers) reader.write(frame)
      response.writeHead(202).end()
    })
    return
  }
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" })
  response.write("data: hello\n\n")
  readers.add(response)
  response.on("close", () => readers.delete(response))
}).listen({ port: Number(process.argv[2]), host: "127.0.0.1", backlog: 4096 })
