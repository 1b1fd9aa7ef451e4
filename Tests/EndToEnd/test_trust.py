"""tls = auto: the authority that a server makes itself, what it hands out, and who trusts it."""

import base64
import json
import os
import plistlib
import re
import shutil
import socket
import ssl
import stat
import subprocess
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.verification import PolicyBuilder, Store
from playwright.sync_api import Error as PlaywrightError
from support.process import ADMIN_PASSWORD, BINARY, ROOT, environment
from support.rest import Member
from support.trust import Trusting, fetch
from websockets.sync.client import connect

AUTO = {"tls": "auto"}
PAGE = ROOT / "Sources" / "CTrustPage"


def show(folder, *arguments):
    return subprocess.run(
        [BINARY, "tls", "show", "--data", folder, *arguments], capture_output=True, text=True,
        env=environment(), timeout=10, check=False)


def fingerprint(certificate):
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


@pytest.fixture(scope="module")
def server(make_server):
    return make_server(settings=AUTO)


@pytest.fixture(scope="module")
def trusting(server, tmp_path_factory):
    return Trusting(server, tmp_path_factory.mktemp("trusting"))


@pytest.fixture(scope="module")
def admin(server):
    return Member(server.port, "admin", ADMIN_PASSWORD)


class TestWhatItHandsOut:
    def test_the_certificate_is_the_same_in_every_form(self, server, trusting):
        status, fields, der = fetch(server.port, "/trust/concord-ca.crt")
        assert (status, fields["content-type"]) == (200, "application/x-x509-ca-cert")
        assert x509.load_der_x509_certificate(der) == trusting.authority
        _, fields, text = fetch(server.port, "/trust/concord.mobileconfig")
        assert fields["content-type"] == "application/x-apple-aspen-config"
        profile = plistlib.loads(text)
        (payload,) = profile["PayloadContent"]
        assert payload["PayloadType"] == "com.apple.security.root"
        assert payload["PayloadContent"] == der
        assert profile["PayloadUUID"] != payload["PayloadUUID"]

    def test_the_fingerprint_is_the_same_everywhere(self, server, trusting):
        expected = fingerprint(trusting.authority)
        assert expected in fetch(server.port, "/trust")[2].decode()
        assert f"SHA-256 {expected}\n" in server.log
        assert expected in show(server.data).stdout
        assert expected in fetch(server.port, "/trust/concord.mobileconfig")[2].decode()

    def test_the_names_are_those_of_the_certificate(self, server, trusting):
        names = json.loads(fetch(server.port, "/trust/names.json")[2])
        held = trusting.leaf().extensions.get_extension_for_class(
            x509.SubjectAlternativeName).value
        assert names["names"] == held.get_values_for_type(x509.DNSName)
        assert names["addresses"] == [
            str(each) for each in held.get_values_for_type(x509.IPAddress)]
        assert {"localhost", os.uname().nodename.split(".")[0] + ".local"} <= set(names["names"])
        assert {"127.0.0.1", "::1"} <= set(names["addresses"])

    def test_it_hands_out_no_key(self, server):
        for path in ["", "/trust.js", "/trust.css", "/concord-ca.crt", "/concord-ca.pem",
                     "/concord.mobileconfig", "/names.json"]:
            assert b"PRIVATE" not in fetch(server.port, "/trust" + path)[2]
        for line in (server.data / "tls-ca.pem").read_text().split("-----END EC")[0].splitlines():
            assert line.startswith("-----") or line not in server.log

    def test_a_third_library_verifies_the_chain(self, trusting):
        verifier = (PolicyBuilder().store(Store([trusting.authority]))
                    .build_server_verifier(x509.DNSName("localhost")))
        assert len(verifier.verify(trusting.leaf(), [])) == 2

    def test_the_page_loads_nothing_from_elsewhere(self, server):
        html = fetch(server.port, "/trust")[2].decode()
        assert {"/trust/trust.css", "/trust/trust.js"} <= set(
            re.findall(r'(?:src|href)="([^"]+)"', html))
        for address in re.findall(r'(?:src|href)="([^"]+)"', html):
            assert address.startswith("/trust/") or address == "data:,"
        assert not re.search(r"<style|style=|\son\w+=|<script(?! src)", html)
        assert "{{" not in html
        for name in ("trust.css", "trust.js"):
            assert not re.search(r"https?://(?!\$)", (PAGE / name).read_text())

    def test_linux_is_told_to_compare_before_it_installs(self, server, trusting, tmp_path):
        html = fetch(server.port, "/trust")[2].decode()
        look, install = [re.sub(r"<[^>]+>", "", block)
                         for block in re.findall(r"<pre>(.*?)</pre>", html, re.DOTALL)]
        address = re.search(r"http://[^/]+", look)[0]
        look = look.replace(address, f"http://127.0.0.1:{server.port}")
        shown = subprocess.run(
            ["bash", "-ec", look], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
        assert shown == f"sha256 Fingerprint={fingerprint(trusting.authority)}\n"
        assert "sudo" not in look and "update-ca-certificates" in install

    def test_it_is_there_over_tls_too(self, trusting):
        page = subprocess.run(
            ["curl", "-sS", "--fail", "--cacert", trusting.ca,
             f"https://localhost:{trusting.port}/trust"], capture_output=True, check=True).stdout
        assert page == fetch(trusting.server.port, "/trust")[2]

    def test_without_tls_there_is_nothing_to_trust(self, start_server):
        assert fetch(start_server().port, "/trust")[0] == 404


class TestClients:
    def test_python_chats_by_every_name(self, trusting, admin):
        general = admin.channel("general")
        for host in ("localhost", "127.0.0.1"):
            with trusting.open(admin.token, host=host) as client:
                client.send(json.dumps(
                    {"type": "chat_written", "channelId": general, "content": host}))
                kinds = {json.loads(client.recv(5))["type"] for _ in range(3)}
                assert {"hello", "chat_sent"} <= kinds

    def test_python_without_the_authority_refuses(self, trusting, admin):
        with pytest.raises(ssl.SSLCertVerificationError):
            trusting.open(admin.token, ssl.create_default_context())

    def test_python_refuses_a_name_that_it_does_not_hold(self, trusting):
        with socket.create_connection(("127.0.0.1", trusting.port)) as plain, pytest.raises(
                ssl.SSLCertVerificationError, match="Hostname mismatch"):
            connect("wss://other.local/trust/check", ssl=trusting.context, sock=plain)

    def test_anyone_is_greeted_over_wss(self, trusting):
        with connect(f"wss://localhost:{trusting.port}/trust/check", ssl=trusting.context,
                     proxy=None) as client:
            assert json.loads(client.recv(5)) == {"type": "greeting"}

    @pytest.mark.parametrize("trust", [True, False])
    def test_curl(self, trusting, trust):
        options = ["--cacert", trusting.ca] if trust else []
        result = subprocess.run(
            ["curl", "-sS", *options, f"https://localhost:{trusting.port}/healthz"],
            capture_output=True, text=True, check=False)
        assert result.returncode == (0 if trust else 60), result.stderr

    @pytest.mark.parametrize("trust", [True, False])
    def test_openssl(self, trusting, trust):
        options = ["-CAfile", trusting.ca] if trust else []
        result = subprocess.run(
            ["openssl", "s_client", "-connect", f"localhost:{trusting.port}", "-brief",
             "-verify_return_error", "-verify_hostname", "localhost", "-x509_strict", *options],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        assert ("Verification: OK" in result.stderr) == trust, result.stderr
        assert (result.returncode == 0) == trust

    @pytest.mark.parametrize("trust", [True, False])
    def test_node(self, trusting, trust):
        if not shutil.which("node"):
            pytest.skip("node is not installed")
        script = (
            f'const s = new WebSocket("wss://localhost:{trusting.port}/trust/check");'
            "s.onmessage = (event) => console.log(event.data); s.onerror = () => process.exit(3);")
        variables = {"NODE_EXTRA_CA_CERTS": str(trusting.ca)} if trust else {}
        result = subprocess.run(
            ["node", "--experimental-websocket", "-e", script], capture_output=True, text=True,
            env=environment(**variables), timeout=20, check=False)
        assert result.returncode == (0 if trust else 3), result.stderr
        assert ("greeting" in result.stdout) == trust


@contextmanager
def impostor(context):
    """An https server that is not ours, on a port of its own."""
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"here")

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


class TestBrowser:
    def verdict(self, browser, server, host="localhost"):
        page = browser.new_page()
        page.goto(f"http://{host}:{server.port}/trust")
        page.wait_for_selector("#check[data-state=good], #check[data-state=bad]")
        return page

    def test_one_that_trusts_says_yes_and_chats(self, tmp_path, trusting, admin):
        with trusting.browser(tmp_path, True) as browser:
            page = self.verdict(browser, trusting.server)
            assert page.inner_text("#verdict") == "Yes. Secure connections work."
            page.click("#enter")
            page.wait_for_url(f"https://localhost:{trusting.port}/")
            kind = page.evaluate(
                """(address) => new Promise((resolve, reject) => {
                    const socket = new WebSocket(address);
                    socket.onmessage = (event) => resolve(JSON.parse(event.data).type);
                    socket.onerror = reject;
                })""", f"wss://localhost:{trusting.port}/client?token={admin.token}")
            assert kind == "hello"

    def test_an_invite_goes_along_to_the_secure_page(self, tmp_path, trusting):
        with trusting.browser(tmp_path, True) as browser:
            page = browser.new_page()
            page.goto(f"http://localhost:{trusting.server.port}/#invite=abc-123")
            page.get_by_role("link", name="Use the secure one").click()
            page.click("#enter")
            page.wait_for_url(f"https://localhost:{trusting.port}/#invite=abc-123")
            assert page.get_by_label("Invite").input_value() == "abc-123"

    def test_one_that_does_not_says_not_yet(self, tmp_path, trusting):
        with trusting.browser(tmp_path, False) as browser:
            page = self.verdict(browser, trusting.server)
            assert page.inner_text("#verdict") == "Not yet."
            assert "does not trust" in page.inner_text("#detail")
            assert not page.is_visible("#enter")

    def test_a_name_that_it_does_not_hold_is_told(self, tmp_path, trusting):
        with trusting.browser(
            tmp_path, True, "--host-resolver-rules=MAP other.test 127.0.0.1"
        ) as browser:
            page = self.verdict(browser, trusting.server, "other.test")
            assert page.inner_text("#verdict") == "Not yet."
            assert "The certificate is not for other.test" in page.inner_text("#detail")

    def test_a_stolen_authority_is_of_no_use_elsewhere(self, tmp_path, trusting):
        """It may vouch for what is below .local, and for no name of the world."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(trusting.forged(tmp_path, "bank.example", "nas.local"))
        with impostor(context) as port, trusting.browser(
                tmp_path, True, "--host-resolver-rules=MAP * 127.0.0.1") as browser:
            page = browser.new_page()
            with pytest.raises(PlaywrightError, match="ERR_CERT"):
                page.goto(f"https://bank.example:{port}/")
        context.load_cert_chain(trusting.forged(tmp_path, "nas.local"))
        (tmp_path / "home").rename(tmp_path / "first home")
        with impostor(context) as port, trusting.browser(
                tmp_path, True, "--host-resolver-rules=MAP * 127.0.0.1") as browser:
            page = browser.new_page()
            page.goto(f"https://nas.local:{port}/")
            assert page.inner_text("body") == "here"

    def test_the_page_fits_a_phone_and_breaks_no_policy_of_its_own(self, tmp_path, trusting):
        with trusting.browser(tmp_path, True) as browser:
            for scheme in ("light", "dark"):
                page = browser.new_page(
                    viewport={"width": 360, "height": 640}, color_scheme=scheme)
                complaints = []
                page.on("console", lambda message: complaints.append(message.text))
                page.on("pageerror", lambda error: complaints.append(str(error)))
                page.goto(f"http://localhost:{trusting.server.port}/trust")
                page.wait_for_selector("#check[data-state=good]")
                page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
                assert page.evaluate("document.documentElement.scrollWidth") == 360
                assert page.eval_on_selector_all(
                    "pre", "all => all.every(one => one.scrollWidth <= one.clientWidth)")
                assert complaints == []


class TestFiles:
    @pytest.fixture
    def stopped(self, start_server):
        server = start_server(settings=AUTO)
        assert server.terminate() == 0
        return server.data

    def files(self, folder):
        return [folder / "tls-ca.pem", folder / "tls-server.pem"]

    def test_they_are_their_owners_alone_and_stay_what_they_are(self, stopped, start_server):
        before = [path.read_bytes() for path in self.files(stopped)]
        for path in self.files(stopped):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
        start_server(data=stopped, settings=AUTO)
        assert [path.read_bytes() for path in self.files(stopped)] == before
        assert not list(stopped.glob("tls-*.new"))

    def test_one_that_was_opened_to_others_is_closed_with_a_warning(self, stopped, start_server):
        (path, _) = self.files(stopped)
        path.chmod(0o644)
        server = start_server(data=stopped, settings=AUTO)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert f"{path} was open to other users" in server.log

    @pytest.mark.parametrize("damage", ["half", "empty", "garbage", "huge", "swapped"])
    def test_a_damaged_authority_is_set_aside_and_made_anew(self, stopped, start_server, damage):
        (path, leaf) = self.files(stopped)
        text = path.read_bytes()
        damaged = {"half": text[:len(text) // 2], "empty": b"", "garbage": os.urandom(900),
                   "huge": text * 50,
                   "swapped": leaf.read_bytes().split(b"-----BEGIN CERT")[0]
                   + b"-----BEGIN CERT" + text.split(b"-----BEGIN CERT")[1]}[damage]
        path.write_bytes(damaged)
        server = start_server(data=stopped, settings=AUTO)
        (aside,) = stopped.glob("tls-ca.pem.damaged-*")
        assert re.fullmatch(r".*damaged-\d{8}T\d{6}Z", str(aside))
        assert aside.read_bytes() == damaged
        assert path.read_bytes() != text
        assert f"{path} is damaged and was set aside as {aside}" in server.log
        assert "every device must trust anew" in server.log

    def test_a_damaged_certificate_is_made_anew_by_the_same_authority(
            self, stopped, start_server, tmp_path):
        (authority, path) = self.files(stopped)
        before = authority.read_bytes()
        path.write_bytes(path.read_bytes()[:500])
        server = start_server(data=stopped, settings=AUTO)
        assert authority.read_bytes() == before
        assert len(list(stopped.glob("tls-server.pem.damaged-*"))) == 1
        assert not list(stopped.glob("tls-ca.pem.damaged-*"))
        trusting = Trusting(server, tmp_path)
        assert trusting.leaf().issuer == trusting.authority.subject

    def test_a_lost_authority_is_told_and_made_anew(self, stopped, start_server, tmp_path):
        (path, leaf) = self.files(stopped)
        path.unlink()
        server = start_server(data=stopped, settings=AUTO)
        assert f"{path} is gone: a new certificate authority was made" in server.log
        assert "every device must trust anew" in server.log
        assert "damaged" not in server.log
        assert set(stopped.glob("tls-*")) == {path, leaf}
        trusting = Trusting(server, tmp_path)
        assert trusting.leaf().issuer == trusting.authority.subject

    def test_a_first_authority_is_no_news(self, start_server):
        assert "gone" not in start_server(settings=AUTO).log

    def test_a_lost_certificate_is_made_again(self, stopped, start_server, tmp_path):
        (authority, path) = self.files(stopped)
        before = authority.read_bytes()
        path.unlink()
        trusting = Trusting(start_server(data=stopped, settings=AUTO), tmp_path)
        assert authority.read_bytes() == before
        assert trusting.leaf().issuer == trusting.authority.subject

    def test_no_part_of_a_key_is_logged(self, start_server):
        server = start_server(settings=AUTO)
        for path in self.files(server.data):
            key = path.read_text().split("-----")[2].split()
            assert len(key) == 3
            assert not any(line in server.log for line in key)
            der = base64.b64decode("".join(key))
            assert der.hex() not in server.log.lower()

    def test_what_cannot_be_read_is_no_damage(self, stopped):
        (path, _) = self.files(stopped)
        path.unlink()
        path.mkdir()
        result = subprocess.run(
            [BINARY, "serve", "--listen", "127.0.0.1:0", "--data", stopped], capture_output=True,
            text=True, env=environment(), timeout=20, check=False)
        assert result.returncode == 1
        assert f"cannot read {path}: Is a directory" in result.stderr
        assert path.is_dir()


class TestValidity:
    def test_dates_and_extensions(self, trusting):
        now = datetime.now(UTC)
        authority, leaf = trusting.authority, trusting.leaf()
        assert authority.not_valid_before_utc == datetime(2025, 1, 1, tzinfo=UTC)
        assert timedelta(days=3_650) < authority.not_valid_after_utc - now < timedelta(days=3_660)
        life = leaf.not_valid_after_utc - leaf.not_valid_before_utc
        assert life == timedelta(days=365)
        assert leaf.not_valid_before_utc < now - timedelta(days=29)
        constraints = authority.extensions.get_extension_for_class(x509.NameConstraints)
        assert not constraints.critical
        permitted = [each.value for each in constraints.value.permitted_subtrees]
        assert {"local", "localhost"} <= {each for each in permitted if isinstance(each, str)}


class TestShow:
    def test_it_says_what_is_shown(self, server, trusting):
        text = show(server.data).stdout
        leaf = trusting.leaf()
        for part in (fingerprint(trusting.authority), fingerprint(leaf), "localhost, 127.0.0.1",
                     str(leaf.not_valid_after_utc.date()), str(server.data / "tls-ca.pem")):
            assert part in text
        shown = x509.load_pem_x509_certificate(text.encode())
        assert shown == trusting.authority
        assert "PRIVATE" not in text

    def test_it_makes_nothing(self, tmp_path):
        result = show(tmp_path / "data")
        assert result.returncode == 1
        assert "there is no certificate authority" in result.stderr
        assert not (tmp_path / "data").exists()

    def test_it_says_that_tls_is_off(self, tmp_path):
        assert "TLS is off" in show(tmp_path, "--set", "tls=off").stdout

    def test_it_shows_files_of_the_owners(self, server, trusting):
        text = show(server.data, "--set", "tls=files", "--set", f"tls_certificate={trusting.ca}",
                    "--set", "tls_key=any").stdout
        assert fingerprint(trusting.authority) in text

    def test_other_commands_are_refused(self):
        result = subprocess.run([BINARY, "tls", "dance"], capture_output=True, text=True,
                                check=False)
        assert result.returncode == 64


class TestListening:
    def test_tls_is_spoken_where_http_is(self, start_server):
        server = start_server(settings=AUTO)
        assert re.findall(r"listening on (https?)://([\d.]+):", server.log) == [
            ("http", "127.0.0.1"), ("https", "127.0.0.1")]

    def test_a_taken_port_says_what_to_do(self, server, tmp_path, trusting):
        result = subprocess.run(
            [BINARY, "serve", "--listen", "127.0.0.1:0", "--data", tmp_path / "data", "--set",
             f"listen_tls=127.0.0.1:{trusting.port}"], capture_output=True, text=True,
            env=environment(), timeout=20, check=False)
        assert result.returncode == 1
        last = result.stderr.strip().splitlines()[-1]
        assert f"127.0.0.1:{trusting.port}: Address already in use" in last
        assert "listen_tls" in last and "tls=off" in last

    def test_without_an_address_there_is_no_tls_and_no_authority(self, start_server):
        server = start_server(settings=AUTO | {"listen_tls": ""})
        assert "https" not in server.log
        assert not list(server.data.glob("tls-*"))

    def test_a_peer_that_came_by_tls_costs_the_heap_nothing(self, start_server, tmp_path):
        server = start_server(settings=AUTO)
        trusting = Trusting(server, tmp_path)
        token = Member(server.port, "admin", ADMIN_PASSWORD).token
        with trusting.open(token) as client:
            client.recv(5)
            time.sleep(0.1)
            assert server.stats()["allocations"] == 0
