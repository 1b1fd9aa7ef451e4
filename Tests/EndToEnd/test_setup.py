"""`concord setup`: by questions on a terminal, and without one."""

import os
import re
import stat
import subprocess

import pexpect
import pytest
from support.process import BINARY, Process, environment
from support.rest import API
from support.tls import Authority

PASSWORD = "chosen by the owner"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "etc" / "concord.conf"


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


def setup(file, data, *arguments, answers=None, **variables):
    """Runs it to its end, without a terminal."""
    command = [BINARY, "setup", "--config", file, "--data", data, *arguments]
    if answers is not None:
        path = file.parent.parent / "answers"
        path.touch(0o600)
        path.write_text(answers)
        command += ["--answers", path]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL,
        env=environment(CONCORD_PASSWORD_ROUNDS="100000", **variables), check=False)


def serving(file, folder):
    return Process(
        [BINARY, "serve", "--config", file, "--listen", "127.0.0.1:0", "--set",
         "password_rounds=100000"], folder / "log", environment())


def settings(file):
    pairs = [line.split(" = ", 1) for line in file.read_text().splitlines() if " = " in line]
    return dict(pairs)


class TestUnattended:
    ANSWERS = (f"admin_name = owner\nadmin_password = {PASSWORD}\nserver_name = The Attic\n"
               "registration = closed\nprofile = zero\n")

    def test_a_file_answers_everything(self, file, data, tmp_path):
        result = setup(file, data, answers=self.ANSWERS)
        assert result.returncode == 0, result.stderr
        assert settings(file) == {
            "server_name": "The Attic", "registration": "closed", "profile": "zero",
            "data": str(data)}
        with serving(file, tmp_path) as server:
            api = API(server.port)
            token = api.log_in("owner", PASSWORD).ok()["token"]
            assert API(server.port, token).get("/api/server").ok()["name"] == "The Attic"
            assert api.register("somebody").status == 403
            assert api.log_in("admin", PASSWORD).status == 400

    def test_the_environment_answers_everything(self, file, data, tmp_path):
        result = setup(file, data, CONCORD_ADMIN_NAME="owner", CONCORD_ADMIN_PASSWORD=PASSWORD,
                       CONCORD_SERVER_NAME="Elsewhere", CONCORD_REGISTRATION="invite")
        assert result.returncode == 0, result.stderr
        assert settings(file)["registration"] == "invite"
        with serving(file, tmp_path) as server:
            token = API(server.port).log_in("owner", PASSWORD).ok()["token"]
            assert API(server.port, token).get("/api/server").ok()["name"] == "Elsewhere"

    def test_the_environment_goes_before_the_file(self, file, data):
        setup(file, data, answers=self.ANSWERS, CONCORD_SERVER_NAME="Elsewhere")
        assert settings(file)["server_name"] == "Elsewhere"

    def test_what_is_not_answered_stays_as_it_is(self, file, data):
        file.parent.mkdir()
        file.write_text("registration = invite\n")
        setup(file, data, answers=f"admin_password = {PASSWORD}\n")
        assert settings(file) == {"registration": "invite", "data": str(data)}

    def test_without_a_password_nothing_is_made(self, file, data):
        result = setup(file, data)
        assert result.returncode == 78
        assert "CONCORD_ADMIN_PASSWORD" in result.stderr and "--answers" in result.stderr
        assert not file.exists() and not data.exists()

    @pytest.mark.parametrize("line, word", [
        ("registration = maybe", "registration"), ("colour = blue", "colour"),
        ("admin_name = ", "name"), ("nonsense", "line 2"), ("connections = 1", "connections"),
    ])
    def test_a_wrong_answer_is_named_and_nothing_is_made(self, file, data, line, word):
        result = setup(file, data, answers=f"admin_password = {PASSWORD}\n{line}\n")
        assert result.returncode == 78
        assert word in result.stderr
        assert not file.exists() and not data.exists()

    def test_a_short_password_is_refused_and_not_repeated(self, file, data):
        result = setup(file, data, answers="admin_password = secr3t\n")
        assert result.returncode == 78
        assert "is too short: it takes 8 to 256 bytes" in result.stderr
        assert "secr3t" not in result.stderr + result.stdout

    def test_answers_with_a_password_must_be_private(self, file, data, tmp_path):
        answers = tmp_path / "open"
        answers.write_text(f"admin_password = {PASSWORD}\n")
        answers.chmod(0o644)
        result = setup(file, data, "--answers", answers)
        assert result.returncode == 78 and "chmod 600" in result.stderr

    def test_an_unfinished_line_of_secrets_is_not_repeated(self, file, data):
        result = setup(file, data, answers=f"admin_password {PASSWORD}\n")
        assert result.returncode == 78
        assert PASSWORD not in result.stderr

    def test_the_password_is_nowhere_to_be_read(self, file, data):
        result = setup(file, data, answers=f"admin_password = {PASSWORD}\n")
        assert PASSWORD not in result.stdout + result.stderr + file.read_text()
        for path in data.iterdir():
            assert PASSWORD.encode() not in path.read_bytes(), path


class TestCertificateFiles:
    """tls = files needs two files that fit each other, and is judged before anything is made."""

    @pytest.fixture
    def authority(self, tmp_path):
        return Authority(tmp_path)

    def test_they_are_asked_for_and_their_paths_made_absolute(
            self, file, data, tmp_path, authority):
        chain, key = authority.issue()
        terminal = Terminal("--config", file, "--data", data, folder=tmp_path)
        terminal.answer("Administrator's name")
        terminal.answer_hidden("Password", PASSWORD)
        terminal.answer_hidden("Once more", PASSWORD)
        terminal.answer("Name of the server")
        terminal.answer("open, invite or closed")
        terminal.answer("Encryption", "files")
        terminal.answer("certificate chain", "/nowhere.pem")
        terminal.child.expect("is not there")
        terminal.answer("certificate chain", chain.name)
        terminal.answer("private key", str(key))
        assert terminal.end() == 0
        assert settings(file)["tls_certificate"] == str(chain)
        with serving(file, tmp_path) as server:
            assert API(server.port).log_in("admin", PASSWORD).status == 200

    @pytest.mark.parametrize("with_files", [False, True])
    def test_what_does_not_fit_is_named_and_nothing_is_made(
            self, file, data, authority, with_files):
        chain, _ = authority.issue(label="one")
        _, key = authority.issue(label="other")
        answers = f"admin_password = {PASSWORD}\ntls = files\n"
        if with_files:
            answers += f"tls_certificate = {chain}\ntls_key = {key}\n"
        result = setup(file, data, answers=answers)
        assert result.returncode == 78
        word = "not the key of the first certificate" if with_files else "tls_certificate = FILE"
        assert word in result.stderr
        assert not file.exists() and not data.exists()

    def test_a_file_that_no_server_would_start_with_is_repaired(self, file, data, authority):
        chain, key = authority.issue()
        file.parent.mkdir()
        file.write_text("tls = files\n")
        answers = f"admin_password = {PASSWORD}\n"
        assert setup(file, data, answers=answers).returncode == 78
        answers += f"tls_certificate = {chain}\ntls_key = {key}\n"
        result = setup(file, data, answers=answers)
        assert result.returncode == 0, result.stderr
        assert settings(file)["tls_key"] == str(key)


class TestFiles:
    OLD = "# mine\nregistration = open\n\nmetrics = open\n# the end\n"

    def test_what_the_file_held_stays_and_is_kept_beside_it(self, file, data):
        file.parent.mkdir()
        file.write_text(self.OLD)
        file.chmod(0o640)
        answers = f"admin_password = {PASSWORD}\nregistration = closed\n"
        assert setup(file, data, answers=answers).returncode == 0
        assert file.read_text() == (
            f"# mine\nregistration = closed\n\nmetrics = open\n# the end\ndata = {data}\n")
        assert file.with_name("concord.conf.bak").read_text() == self.OLD
        assert stat.S_IMODE(file.stat().st_mode) == 0o640
        assert sorted(path.name for path in file.parent.iterdir()) == [
            "concord.conf", "concord.conf.bak"]

    def test_of_a_key_that_stands_twice_the_one_that_counts_is_changed(self, file, data):
        file.parent.mkdir()
        file.write_text("registration = open\nregistration = invite\n")
        setup(file, data, answers=f"admin_password = {PASSWORD}\nregistration = closed\n")
        assert file.read_text().startswith("registration = open\nregistration = closed\n")

    def test_a_new_file_can_be_read_by_the_servers_user(self, file, data):
        setup(file, data, answers=f"admin_password = {PASSWORD}\n")
        assert stat.S_IMODE(file.stat().st_mode) == 0o644
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o755

    def test_data_that_is_there_is_left_alone(self, file, data):
        answers = f"admin_password = {PASSWORD}\n"
        assert setup(file, data, answers=answers).returncode == 0
        before = (file.read_text(), (data / "concord.db").read_bytes())
        result = setup(file, data, answers=answers)
        assert result.returncode == 1
        assert str(data) in result.stderr and str(file) in result.stderr
        assert (file.read_text(), (data / "concord.db").read_bytes()) == before

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can act for others")
    def test_what_root_makes_is_the_folders_owners(self, file, data):
        data.mkdir()
        os.chown(data, 12345, 12345)
        for above in data.parents:
            if os.stat(above).st_uid == 0 and str(above).startswith("/tmp/"):
                above.chmod(0o755)
        result = setup(file, data, answers=f"admin_password = {PASSWORD}\n")
        assert result.returncode == 0, result.stderr
        assert {path.stat().st_uid for path in data.iterdir()} == {12345}
        assert file.stat().st_uid == 0


class Terminal:
    """It runs on a terminal of its own, where answers are typed."""

    def __init__(self, *arguments, folder=None):
        self.child = pexpect.spawn(
            str(BINARY), ["setup", *map(str, arguments)], encoding="utf-8", timeout=15, cwd=folder,
            env=environment(CONCORD_PASSWORD_ROUNDS="100000"))

    def answer(self, question, text=""):
        self.child.expect(question)
        self.child.sendline(text)

    def answer_hidden(self, question, text):
        """Waits until the terminal has stopped to show what is typed."""
        self.child.expect(question)
        assert self.child.waitnoecho(5)
        self.child.sendline(text)

    def end(self):
        self.child.expect(pexpect.EOF)
        self.child.close()
        return self.child.exitstatus


class TestTerminal:
    def test_everything_is_asked_and_no_password_is_shown(self, file, data, tmp_path):
        terminal = Terminal("--config", file, "--data", data)
        seen = terminal.child.logfile_read = open(tmp_path / "seen", "w+")
        terminal.answer("Administrator's name", "owner")
        terminal.answer_hidden("Password", PASSWORD)
        terminal.answer_hidden("Once more", PASSWORD)
        terminal.answer("Name of the server.*Concord", "The Attic")
        terminal.answer("open, invite or closed.*open", "invite")
        terminal.answer("Encryption.*auto", "off")
        terminal.child.expect("settings: ")
        assert terminal.end() == 0
        seen.flush()
        assert PASSWORD not in (tmp_path / "seen").read_text()
        assert settings(file)["registration"] == "invite"
        assert settings(file)["tls"] == "off"
        with serving(file, tmp_path) as server:
            assert API(server.port).log_in("owner", PASSWORD).status == 200

    def test_the_folder_is_asked_for_if_nothing_says_it(self, file, data, tmp_path):
        terminal = Terminal("--config", file)
        terminal.answer("Folder for the data", str(data))
        terminal.answer("name")
        terminal.answer_hidden("Password", PASSWORD)
        terminal.answer_hidden("Once more", PASSWORD)
        terminal.answer("Name of the server")
        terminal.answer("open, invite or closed")
        terminal.answer("Encryption")
        assert terminal.end() == 0
        assert settings(file)["data"] == str(data)
        assert (data / "concord.db").exists()

    def test_mistakes_are_explained_and_asked_again(self, file, data):
        terminal = Terminal("--config", file, "--data", data)
        terminal.answer("name", "x" * 40)
        terminal.child.expect("too long")
        terminal.answer("name", "owner")
        terminal.answer_hidden("Password .8 to 256 bytes.", "short")
        terminal.child.expect("too short")
        terminal.answer_hidden("Password", PASSWORD)
        terminal.answer_hidden("Once more", "something else")
        terminal.child.expect("not the same")
        terminal.answer_hidden("Password", PASSWORD)
        terminal.answer_hidden("Once more", PASSWORD)
        terminal.answer("Name of the server")
        terminal.answer("open, invite or closed", "perhaps")
        terminal.answer("open, invite or closed", "closed")
        terminal.answer("Encryption")
        assert terminal.end() == 0
        assert settings(file)["registration"] == "closed"

    def test_breaking_off_changes_nothing_and_leaves_the_terminal_as_it_was(self, file, data):
        shell = pexpect.spawn(
            "/bin/sh", ["-c", 'trap : INT; "$@"; echo "ended $?"; stty -a', "sh", str(BINARY), "setup",
                        "--config", str(file), "--data", str(data)],
            encoding="utf-8", timeout=15, env=environment())
        shell.expect("name")
        shell.sendline("")
        shell.expect("Password")
        assert shell.waitnoecho(5)
        shell.sendintr()
        shell.expect("ended 130")
        shell.expect(pexpect.EOF)
        assert re.search(r"[ ;]echo ", shell.before)
        assert not file.exists() and not data.exists()

    def test_the_end_of_input_changes_nothing(self, file, data):
        terminal = Terminal("--config", file, "--data", data)
        terminal.child.expect("name")
        terminal.child.sendeof()
        assert terminal.end() == 64
        assert not file.exists() and not data.exists()
