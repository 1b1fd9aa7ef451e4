"use strict";

// Tests whether this device trusts the server, by what will need it: a WebSocket over TLS. The
// server greets whoever opens one at /trust/check and closes it, without a login.

const port = Number(document.body.dataset.port);
const host = location.hostname;
const authority = port === 443 ? host : `${host}:${port}`;
const patience = 10_000;

const element = (id) => document.getElementById(id);
const check = element("check");

function show(state, verdict, detail) {
  check.dataset.state = state;
  element("verdict").textContent = verdict;
  element("detail").textContent = detail;
  element("again").disabled = state === "busy";
  element("enter").hidden = state !== "good" || location.protocol === "https:";
}

/** Whether the server greets us over wss before it closes. */
function greeting() {
  return new Promise((resolve) => {
    let isGreeted = false;
    let socket;
    try {
      socket = new WebSocket(`wss://${authority}/trust/check`);
    } catch {
      return resolve(false);
    }
    const timer = setTimeout(() => socket.close(), patience);
    socket.onmessage = (event) => { isGreeted = JSON.parse(event.data).type === "greeting"; };
    socket.onclose = () => {
      clearTimeout(timer);
      resolve(isGreeted);
    };
  });
}

/** What the certificate holds, as this page's address bar would show it. */
async function names() {
  const answer = await fetch("/trust/names.json", { cache: "no-store" });
  const { names, addresses } = await answer.json();
  const shown = (address) =>
    new URL(`http://${address.includes(":") ? `[${address}]` : address}`).hostname;
  return [...names.map((name) => name.toLowerCase()), ...addresses.map(shown)];
}

/** Why it may have failed: a page is not told, but some reasons it can see itself. */
async function reason() {
  let held;
  try {
    held = await names();
  } catch {
    return "The server does not answer any more.";
  }
  if (!held.includes(host)) {
    return `The certificate is not for ${host}. Open this page by one of its names: `
      + `${held.join(", ")}.`;
  }
  return `Either this browser does not trust the certificate, or port ${port} cannot be reached `
    + "from here. Follow the steps below; when they are done, close the browser and open it again.";
}

let isBusy = false;

async function test() {
  if (isBusy) return;
  isBusy = true;
  show("busy", "Testing…", `wss://${authority}`);
  if (await greeting()) {
    show("good", "Yes. Secure connections work.", `wss://${authority} was opened from this browser.`);
  } else {
    show("bad", "Not yet.", await reason());
  }
  isBusy = false;
}

/** The steps that are most likely wanted, and the file that goes with them. */
function suggest() {
  const agent = navigator.userAgent;
  const isApplePhone = /iPhone|iPad|iPod/.test(agent)
    || (/Macintosh/.test(agent) && navigator.maxTouchPoints > 1);
  const system = isApplePhone ? "ios"
    : /Android/.test(agent) ? "android"
    : /Firefox/.test(agent) ? "firefox"
    : /Windows/.test(agent) ? "windows"
    : /Macintosh/.test(agent) ? "macos"
    : "linux";
  const file = { ios: "concord.mobileconfig", firefox: "concord-ca.pem" }[system] ?? "concord-ca.crt";
  element(system).open = true;
  document.querySelector(`.button[href$="${file}"]`).classList.add("suggested");
}

document.querySelector(".origin").textContent = location.origin;
// An invite that one came with goes along.
element("enter").href = `https://${authority}/${location.hash}`;
element("actions").hidden = false;
element("again").addEventListener("click", test);
document.addEventListener("visibilitychange", () => {
  // Whoever comes back has perhaps installed it.
  if (!document.hidden && check.dataset.state === "bad") test();
});
suggest();
test();
