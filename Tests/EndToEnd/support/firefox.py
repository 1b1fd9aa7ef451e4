"""Debian's Firefox, driven by WebDriver BiDi (W3C) without a driver in between."""

import itertools
import json
import re
import shutil
import subprocess
import tempfile
import time

from websockets.sync.client import connect

FIREFOX = "/usr/bin/firefox-esr"
LISTENING = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
PREFERENCES = """
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("app.update.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
"""


class Firefox:
    """One headless browser with one page."""

    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="concord-firefox-")
        with open(f"{self.profile}/user.js", "w", encoding="utf-8") as preferences:
            preferences.write(PREFERENCES)
        self.process = subprocess.Popen(
            [FIREFOX, "--headless", "--no-remote", "--profile", self.profile,
             "--remote-debugging-port", "0"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.ids = itertools.count(1)
        self.logged = []
        for line in self.process.stderr:
            if found := LISTENING.search(line):
                break
        else:
            raise RuntimeError("Firefox ended before it could be driven")
        self.socket = connect(
            found.group(1) + "/session", max_size=None, proxy=None, legacy=True)
        self.command("session.new", capabilities={"alwaysMatch": {"acceptInsecureCerts": True}})
        self.command("session.subscribe", events=["log.entryAdded"])
        tree = self.command("browsingContext.getTree")
        self.context = tree["contexts"][0]["context"]

    def command(self, method, **parameters):
        """Sends a command and returns its result; what is logged meanwhile is kept."""
        number = next(self.ids)
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.recv(timeout=60))
            if message.get("method") == "log.entryAdded":
                self.logged.append(message["params"])
            if message.get("id") == number:
                assert message["type"] == "success", message
                return message["result"]

    def open(self, address):
        self.command("browsingContext.navigate", context=self.context, url=address, wait="complete")

    def size(self, width, height):
        self.command(
            "browsingContext.setViewport", context=self.context,
            viewport={"width": width, "height": height})

    def value(self, expression):
        """The JSON value of an expression in the page, or of what it promises."""
        result = self.command(
            "script.evaluate", awaitPromise=True,
            expression=f"Promise.resolve({expression}).then(JSON.stringify)",
            target={"context": self.context})
        assert result["type"] == "success", result
        return json.loads(result["result"].get("value", "null"))

    def wait_for(self, expression, timeout=15):
        """Waits until an expression is true in the page."""
        deadline = time.monotonic() + timeout
        while not self.value(expression):
            assert time.monotonic() < deadline, f"{expression} did not become true"
            time.sleep(0.1)

    def type(self, text):
        """Types into what has the focus; "\\ue007" is Enter."""
        keys = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        self.command(
            "input.performActions", context=self.context,
            actions=[{"type": "key", "id": "keyboard", "actions": keys}])

    def wheel(self, x, y, down):
        scroll = {"type": "scroll", "x": x, "y": y, "deltaX": 0, "deltaY": down}
        self.command(
            "input.performActions", context=self.context,
            actions=[{"type": "wheel", "id": "wheel", "actions": [scroll]}])

    def errors(self):
        """What went wrong in the page by itself, or was stopped by its policy."""
        return [entry["text"] for entry in self.logged
                if entry["type"] == "javascript" or "Content-Security-Policy" in entry["text"]]

    def close(self):
        self.socket.close()
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)
