// Talks to a server over https and wss as a program of Node's does:
// secure.mjs HOST:PORT TOKEN CHANNEL
const [host, token, channel] = process.argv.slice(2);

const answer = await fetch(`https://${host}/api/self`, { headers: { Authorization: `Bearer ${token}` } });
console.log(answer.status);
await answer.arrayBuffer();

const socket = new WebSocket(`wss://${host}/client?token=${token}`);
socket.onmessage = ({ data }) => {
  const message = JSON.parse(data);
  if (message.type === "hello") {
    console.log("hello");
    socket.send(JSON.stringify({ type: "chat_written", channelId: Number(channel), content: "from node" }));
  } else if (message.type === "chat_sent") {
    console.log(message.chat.content);
    socket.close();
  }
};
socket.onclose = () => process.exit(0);
socket.onerror = (error) => { console.error(error); process.exit(1); };
