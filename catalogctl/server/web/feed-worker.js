// One connection for all tabs of a browser: it lives as long as any of them does.

import { follow } from '/web/stream.js';

const ports = new Set();
let state = { state: 'lost' };
const tell = (message) => ports.forEach((port) => port.postMessage(message));
const stream = follow((message) => {
  if (message.state && message.state !== 'reset') state = message;
  tell(message);
});

// A tab that hears none of these knows that this worker is gone.
setInterval(() => tell({}), 500);

addEventListener('connect', ({ ports: [port] }) => {
  ports.add(port);
  port.onmessage = ({ data }) => {
    if (typeof data !== 'string') return stream.look(data);
    ports.delete(port);
    // The tabs that took this worker for dead have another by now; two would hold two connections.
    return data === 'replaced' && !ports.size && close();
  };
  port.postMessage(state);
});
