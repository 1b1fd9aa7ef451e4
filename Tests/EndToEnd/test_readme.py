"""What the README says is what the program says."""

import re
import subprocess

from support.process import BINARY, ROOT

README = (ROOT / "README.md").read_text()


def test_its_settings_are_the_programs():
    settings = subprocess.run([BINARY, "help", "settings"], capture_output=True, text=True).stdout
    block = re.search(r"<!-- settings -->\n```\n(.*?)```\n", README, re.DOTALL)
    assert block.group(1) == settings


def test_the_messages_it_explains_are_the_programs(start_server):
    server = start_server()
    second = subprocess.run(
        [BINARY, "serve", "--data", server.data, "--listen", "127.0.0.1:0"],
        capture_output=True, text=True, check=False)
    quoted = re.search(r"cannot open the database …: ([^`]*)`", README).group(1)
    assert quoted in second.stderr
