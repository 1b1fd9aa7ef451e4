// Node's own fetch and WebSocket: node --experimental-websocket talk.mjs PORT USERNAME PASSWORD
const [port, username, password] = process.argv.slice(2);
const base = `http://127.0.0.1:${port}/api`;

async function call(method, path, token, body) {
  const response = await fetch(base + path, {
    method,
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body && { "content-type": "application/json" }),
    },
    body: body && JSON.stringify(body),
  });
  if (response.status !== 200) throw new Error(`${method} ${path}: ${response.status}`);
  return response.json();
}

const { token } = await call("POST", "/tokens", null, { username, password });
const [channel] = await call("GET", "/channels", token);
const socket = new WebSocket(`ws://127.0.0.1:${port}/client?token=${token}`);
socket.onerror = (event) => { throw new Error(`socket: ${event.message}`); };
socket.onmessage = async ({ data }) => {
  const message = JSON.parse(data);
  if (message.type === "hello") {
    const chat = { type: "chat_written", channelId: channel.id, content: "from node" };
    socket.send(JSON.stringify(chat));
  } else if (message.type === "chat_sent") {
    const chat = await call("GET", `/chats/${message.chat.id}`, token);
    console.log(chat.content);
    socket.close(1000);
  }
};
