"""A certificate of the owner's own: replaced while the server runs, and judged before it starts."""

import json
import os
import subprocess
import time

import pytest
from support.process import ADMIN_PASSWORD, BINARY, environment, free_port
from support.rest import Member
from support.secure import ask, next_chat, reload, shown, websocket
from support.tls import connect


class TestRenewal:
    def files(self, server, authority):
        return authority.folder / "server.pem", authority.folder / "server.key"

    def test_a_new_pair_is_shown_to_newcomers_and_drops_nobody(self, start_secure, authority):
        server = start_secure()
        admin = Member(server.port, "admin", ADMIN_PASSWORD)
        with websocket(server, authority, admin.token) as before:
            assert shown(server, authority) == "server"
            chain, key = authority.issue("p384", "renewed")
            paths = self.files(server, authority)
            for new, old in zip((chain, key), paths, strict=True):
                old.write_bytes(new.read_bytes())
            assert "read again" in reload(server)
            assert shown(server, authority) == "renewed"
            before.send(json.dumps({"type": "chat_written", "content": "still here",
                                    "channelId": admin.channel("general")}))
            assert next_chat(before) == "still here"

    @pytest.mark.parametrize("damage", ["empty", "cut", "text", "other key", "gone", "open", "pipe"])
    def test_a_bad_pair_keeps_the_old_one_and_says_so(self, start_secure, authority, damage):
        server = start_secure()
        chain, key = self.files(server, authority)
        whole = key.read_bytes()
        match damage:
            case "empty": key.write_bytes(b"")
            case "cut": key.write_bytes(whole[:100])
            case "text": chain.write_text("no certificate")
            case "other key": key.write_bytes(authority.issue("p256", "other")[1].read_bytes())
            case "gone": key.unlink()
            case "pipe":
                key.unlink()
                os.mkfifo(key, 0o600)
            case "open": key.chmod(0o644)
        said = reload(server)
        if damage == "pipe":
            key.unlink()
        assert "stay as they were" in said
        assert str(chain if damage == "text" else key) in said
        assert shown(server, authority) == "server"


class TestWhatClientsRefuse:
    """A certificate that works, but not for long, or not for clients: it is served, and told of."""

    DATES = [((-90, -1), "ended on"), ((1, 90), "is not valid before"), ((-90, 29), "ends on")]

    def run(self, *command, chain, key):
        return subprocess.run(
            [BINARY, *command, "--set", "tls=files", "--set", f"tls_certificate={chain}", "--set",
             f"tls_key={key}"], capture_output=True, text=True, timeout=10, check=True,
            env=environment())

    @pytest.mark.parametrize("days, words", DATES)
    def test_dates_are_told_by_whoever_reads_them(self, start_server, authority, days, words):
        settings = authority.settings(label="dated", days=days)
        chain, key = settings["tls_certificate"], settings["tls_key"]
        told = f'tls_certificate = "{chain}" {words} 20'
        assert told in start_server(settings=settings).log
        assert "warning: " + told in self.run("check-config", chain=chain, key=key).stderr
        assert f"it {words} 20" in self.run("tls", "show", chain=chain, key=key).stdout

    @pytest.mark.parametrize("days, words", DATES)
    def test_a_reload_tells_them_and_allocates_nothing(self, start_secure, authority, days, words):
        server = start_secure()
        authority.issue(days=days)
        assert "read again" in reload(server)
        server.wait_for_log(f'server.pem" {words} 20')
        assert server.stats()["allocations"] == 0

    def test_a_chain_of_strangers_is_told(self, authority):
        chain, key = authority.issue(label="stranger")
        own = chain.read_text().split("-----END CERTIFICATE-----\n")[0] + "-----END CERTIFICATE-----\n"
        chain.write_text(own + authority.trusted.read_text())
        assert "not the issuer of the one before" in self.run(
            "check-config", chain=chain, key=key).stderr

    def test_a_good_one_is_no_news(self, authority):
        chain, key = authority.issue(label="good")
        assert self.run("check-config", chain=chain, key=key).stderr == ""
        assert "warning" not in self.run("tls", "show", chain=chain, key=key).stdout


class TestSettings:
    def serve(self, folder, *settings):
        command = [BINARY, "serve", "--listen", "127.0.0.1:0", "--data", folder / "data"]
        for setting in settings:
            command += ["--set", setting]
        return subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)

    def test_files_that_are_not_named_are_asked_for(self, tmp_path):
        result = self.serve(tmp_path, "tls=files")
        assert result.returncode == 78
        assert "tls = files needs tls_certificate = FILE" in result.stderr

    @pytest.mark.parametrize("key", ["tls_certificate", "tls_key"])
    def test_files_that_are_not_used_are_an_error(self, tmp_path, key):
        result = self.serve(tmp_path, f"{key}=/etc/hostname")
        assert result.returncode == 78
        assert f"{key} is set, but tls = auto does not use it: set tls = files" in result.stderr

    def test_files_wait_while_tls_is_off(self):
        result = subprocess.run(
            [BINARY, "check-config", "--set", "tls=off", "--set", "tls_key=/nowhere"],
            capture_output=True, timeout=10, check=False)
        assert result.returncode == 0

    @pytest.mark.parametrize("plain, secure, is_good", [
        ("*:8443", "auto", False), ("127.0.0.1:81", "127.0.0.1:81", False),
        ("127.0.0.1:81", "[::1]:81", True), ("*:81", "[::1]:81", False), ("*:0", "*:0", True)])
    def test_http_and_https_cannot_have_the_same_port(self, plain, secure, is_good):
        result = subprocess.run(
            [BINARY, "check-config", "--set", f"listen={plain}", "--set", f"listen_tls={secure}"],
            capture_output=True, text=True, timeout=10, check=False)
        assert (result.returncode == 0) == is_good
        assert ("listen and listen_tls both name port" in result.stderr) != is_good

    def test_a_missing_file_is_named(self, tmp_path):
        result = self.serve(
            tmp_path, "tls=files", "tls_certificate=/nowhere.pem", "tls_key=/nowhere.key")
        assert result.returncode == 78
        assert 'tls_certificate = "/nowhere.pem" cannot be read: No such file' in result.stderr

    def test_a_key_that_is_open_to_all_is_refused(self, tmp_path, authority):
        chain, key = authority.issue(label="open")
        key.chmod(0o604)
        result = self.serve(
            tmp_path, "tls=files", f"tls_certificate={chain}", f"tls_key={key}")
        assert result.returncode == 78
        assert "open to every user" in result.stderr

    def test_another_certificates_key_is_refused(self, tmp_path, authority):
        chain, _ = authority.issue(label="one")
        _, key = authority.issue(label="another")
        result = self.serve(
            tmp_path, "tls=files", f"tls_certificate={chain}", f"tls_key={key}")
        assert result.returncode == 78
        assert "is not the key of the first certificate" in result.stderr

    def test_nothing_to_listen_on_is_an_error(self, tmp_path):
        result = subprocess.run(
            [BINARY, "serve", "--data", tmp_path / "data", "--set", "listen="],
            capture_output=True, text=True, timeout=10, check=False)
        assert result.returncode == 78
        assert "nothing to listen on" in result.stderr

    def test_it_may_listen_for_tls_alone_and_on_several_addresses(
            self, start_server, authority, tmp_path):
        ports = [free_port(), free_port()]
        settings = authority.settings() | {
            "listen": "", "listen_tls": ",".join(f"127.0.0.1:{port}" for port in ports)}
        log = tmp_path / "log"
        command = [BINARY, "serve", "--data", tmp_path / "data"]
        for setting in settings.items():
            command += ["--set", "{}={}".format(*setting)]
        with open(log, "wb") as output:
            child = subprocess.Popen(command, stdout=output, stderr=output)
        try:
            deadline = time.monotonic() + 10
            while log.read_text().count("listening") < 2 and time.monotonic() < deadline:
                time.sleep(0.02)
            assert "http://" not in log.read_text()
            for port in ports:
                with connect(port, authority.context()) as connection:
                    assert ask(connection) == "HTTP/1.1 200 OK"
        finally:
            child.terminate()
            child.wait(10)

    def test_without_tls_there_is_no_memory_and_no_port_for_it(self, start_server):
        server = start_server()
        assert "TLS" not in server.log
        assert "https" not in server.log
        assert not any(name.startswith("tls") for name in server.stats())
