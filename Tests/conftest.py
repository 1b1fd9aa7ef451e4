"""A server for the tests that ask for one; it always ends with them, and shows its log if
they fail.

    python3 -m venv .venv && .venv/bin/pip install -r Tests/EndToEnd/requirements.txt
    .venv/bin/pytest Tests/EndToEnd Tests/Adversity -m "not slow"

The server is build/concord, or $CONCORD_BINARY; the tests with a clock also need the debug
build, .build/debug/concord or $CONCORD_DEBUG_BINARY.
"""

import itertools

import pytest
from support.clock import Clock
from support.process import ADMIN_PASSWORD, IS_EMULATED, Server
from support.rest import API, Member
from support.terminal import Terminal
from support.websocket import Client

pytest_plugins = ["support.browser", "support.machine", "support.secure"]

# As few rounds as the server allows, so that logging in costs the tests little.
TEST_SETTINGS = {"password_rounds": 100_000}

# What every board's binary must do before a change is taken; `make test-boards` has it do all.
BOARD_FILES = {
    "test_a5_chats.py", "test_a5_images.py", "test_a5_search.py", "test_c1_resume.py",
}
BOARD_TESTS = {
    "test_what_an_answer_promised_outlives_a_kill",
    # wss with a certificate from files, and with one that the board makes and signs itself.
    "test_members_hear_each_other_by_wss_and_ws", "test_python_chats_by_every_name",
}
# Of those files, what takes an emulator long and is the same on every processor.
BOARD_OMITTED = {
    "test_a_client_cut_again_and_again_misses_nothing",
    "test_a_parameter_that_is_no_integer_is_400_and_named",
    "test_a_token_revoked_meanwhile_does_not_succeed", "test_an_empty_parameter_counts_as_absent",
    "test_memory_stays_flat_over_many", "test_the_largest_answer_is_whole",
    "test_too_many_at_once_are_told_to_wait", "test_what_is_no_longer_kept_is_resync_required",
    "test_what_is_no_such_image_is_415", "test_who_may_not_upload_is_403",
}

# What an emulator cannot show, and why. Everything else holds there too.
NOT_EMULATED = {
    "test_it_runs_or_ends_with_a_line_that_says_so":
        "the emulator needs more memory than the board's program may have here",
}

running = []
numbers = itertools.count(1)


def is_for_boards(item):
    if item.path.name in BOARD_FILES:
        return item.originalname not in BOARD_OMITTED and not item.get_closest_marker("slow")
    return item.originalname in BOARD_TESTS


def pytest_collection_modifyitems(items):
    for item in items:
        if is_for_boards(item):
            item.add_marker(pytest.mark.board)
        if IS_EMULATED and item.originalname in NOT_EMULATED:
            item.add_marker(pytest.mark.skip(reason=NOT_EMULATED[item.originalname]))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        for server in running:
            report.sections.append((f"log of port {server.port}", server.log[-4000:]))
    return report


def factory(tmp_path_factory):
    """Yields a function that starts servers, and ends them all afterwards."""
    started = []

    def start(data=None, settings=None, **options):
        folder = tmp_path_factory.mktemp("server")
        server = Server(folder, TEST_SETTINGS | (settings or {}), data=data, **options)
        started.append(server)
        running.append(server)
        return server

    yield start
    for server in started:
        server.kill()
        running.remove(server)


@pytest.fixture
def start_server(tmp_path_factory):
    """Starts a server of the test's own: start_server(settings={…}, data=folder)."""
    yield from factory(tmp_path_factory)


@pytest.fixture(scope="module")
def make_server(tmp_path_factory):
    """Starts servers that are there for all tests of a file."""
    yield from factory(tmp_path_factory)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One server without rate limits for all tests of a file."""
    starting = factory(tmp_path_factory)
    yield next(starting)()
    next(starting, None)


@pytest.fixture(scope="module")
def api(server):
    """Requests without a token."""
    return API(server.port)


@pytest.fixture(scope="module")
def admin(server):
    return Member(server.port, "admin", ADMIN_PASSWORD)


@pytest.fixture(scope="module")
def alice(server):
    return Member.new(server.port, "alice")


@pytest.fixture(scope="module")
def bob(server):
    return Member.new(server.port, "bob")


@pytest.fixture
def terminal(server):
    """Commands of whoever owns the server's data."""
    return Terminal(server.data)


@pytest.fixture
def clock(tmp_path):
    return Clock(tmp_path)


@pytest.fixture
def unique():
    """A name that nothing else has."""
    return f"name{next(numbers)}"


@pytest.fixture
def channel(admin):
    """The id of a channel in which nobody else writes."""
    return admin.post("/api/channels", {"name": f"channel{next(numbers)}"}).ok()["id"]


@pytest.fixture
def connect():
    """Opens WebSockets that are closed after the test: connect(member)."""
    opened = []

    def connect(member, query=""):
        client = Client(member.port, member.token, query)
        opened.append(client)
        return client

    yield connect
    for client in opened:
        client.close()
