"""Which store, through Brigade or directly; starting each once; what to show when a case fails."""

import shutil
import tempfile
import uuid
from pathlib import Path

import pytest

from harness import gaps, keys, platform
from harness.all_stores import STORES
from harness.chroot import Unavailable
from harness.gateway import Gateway
from harness.world import World


#: Why a case is expected to fail where it does not at the server.
DIFFERENCE = pytest.StashKey()


def pytest_addoption(parser):
    group = parser.getgroup("brigade")
    group.addoption("--backend", action="append", choices=sorted(STORES), help="only this store; repeatable")
    group.addoption("--direct", action="store_true", help="also run every case against the stores themselves")
    group.addoption("--direct-only", action="store_true", help="run the cases against the stores themselves alone")
    group.addoption("--browser", action="store_true", help="also run the cases that drive a Chromium")
    group.addoption("--runtime", choices=("server", "workers"), default="server", help="which Brigade; workers: in workerd")
    group.addoption("--large", action="store_true", help="the large objects are 1 GiB")


def pytest_configure(config):
    Gateway.runtime = config.getoption("runtime")


def pytest_generate_tests(metafunc):
    if "world" not in metafunc.fixturenames:
        return
    names = metafunc.config.getoption("backend") or tuple(STORES)
    routes = [(name, False) for name in names]
    if not metafunc.definition.get_closest_marker("brigade_only"):
        routes += [(name, True) for name in names if name != "embedded"]
    if metafunc.definition.get_closest_marker("store_direct_only"):
        routes = [(name, direct) for name, direct in routes if direct]
    ids = [f"{name}-direct" if direct else name for name, direct in routes]
    metafunc.parametrize("world", routes, ids=ids, indirect=True, scope="session")


def pytest_collection_modifyitems(config, items):
    kept, dropped = [], []
    for item in items:
        name, direct = getattr(item, "callspec", None) and item.callspec.params.get("world") or (None, False)
        if direct and Gateway.runtime == "workers":
            dropped.append(item)  # no runtime is in it: that run is the server's
            continue
        entry = platform.difference(Gateway.runtime, item)
        if entry:
            item.add_marker(pytest.mark.xfail(reason=f"workerd: {entry.reason}", strict=not entry.sometimes))
            item.stash[DIFFERENCE] = entry
        if name is None:
            (dropped if config.getoption("direct_only") else kept).append(item)
            continue
        entry = gaps.gap(name, case(item), direct)
        if entry:
            item.stash[DIFFERENCE] = None
            item.add_marker(pytest.mark.xfail(reason=f"{name}: {entry.reason}", strict=not entry.sometimes))
        # Without --direct, a store by itself is asked only what it is said not to do.
        only = config.getoption("direct_only")
        if only and not direct or direct and not (entry or only or config.getoption("direct")):
            dropped.append(item)
        else:
            kept.append(item)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept


def case(item):
    """A test's name with its parameters, without the store's."""
    name, direct = item.callspec.params["world"]
    label = f"{name}-direct" if direct else name
    rest = item.callspec.id.replace(label, "", 1).strip("-")
    bare = len(item.callspec.params) == 1
    return item.originalname if bare else f"{item.originalname}[{rest}]"


@pytest.fixture(scope="session")
def running(request):
    """The stores and gateways started so far; data and logs are kept when something failed."""
    root = Path(tempfile.mkdtemp(prefix="brigade-conformance-"))
    started = {}
    yield root, started
    for made in [gateway for _, gateway in started.values()] + [store for store, _ in started.values()]:
        if made is not None and not isinstance(made, BaseException):
            made.stop()
    if request.session.testsfailed:
        print(f"\nlogs and data are kept in {root}")
    else:
        shutil.rmtree(root, ignore_errors=True)


def start(make):
    """What was made, or why it could not be."""
    try:
        return make()
    except (Exception, pytest.skip.Exception) as error:
        return error


@pytest.fixture(scope="session")
def world(request, running):
    """A store through Brigade, or by itself."""
    name, direct = request.param
    root, started = running
    folder = root / name
    if name not in started:
        folder.mkdir()
        started[name] = (start(lambda: STORES[name](folder)), None)
    store, gateway = started[name]
    if not direct and gateway is None and not isinstance(store, BaseException):
        gateway = start(lambda: Gateway(folder, store.backend()))
        started[name] = (store, gateway)
    for failed in (store, gateway):
        # Tried once, whatever it was: it would be the same for the next hundred cases.
        if isinstance(failed, Unavailable):
            pytest.skip(f"{name} cannot be had here: {failed}")
        if isinstance(failed, BaseException):
            raise failed
    return World(store, None if direct else gateway, folder)


@pytest.fixture
def s3(world):
    """boto3, with every right."""
    return world.client()


@pytest.fixture
def bucket(world):
    """The bucket of most cases: at the store it has another name, and its keys another prefix."""
    return world.bucket("mapped")


@pytest.fixture
def plain(world):
    """A bucket that has the same name at the store, and no prefix there."""
    return world.bucket("plain")


@pytest.fixture
def owner(world):
    """boto3, with every action by its name: also bucket configuration, ACLs and locks."""
    return world.client(keys.OWNER)


@pytest.fixture
def here(request):
    """A key prefix that no other case uses, ending in a slash."""
    return f"{request.node.originalname[:40]}-{uuid.uuid4().hex[:8]}/"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    entry = item.stash.get(DIFFERENCE, None)
    if entry and report.skipped and call.excinfo:
        # A case that fails by something else would hide a mistake of ours.
        failure = f"{call.excinfo.exconly()}\n{report.longreprtext}"
        if not platform.explains(entry, failure):
            report.outcome, report.longrepr = "failed", f"not what this differs by: {entry.reason}\n{failure}"
            del report.wasxfail
    world = getattr(item, "funcargs", {}).get("world")
    if world is None or world.direct:
        return
    process = world.gateway.process
    if call.when == "call" and report.passed and not process.alive:
        report.outcome, report.longrepr = "failed", f"R-ROB-01: the server ended during this case:\n{process.tail()}"
    if report.failed:
        report.sections.append(("the server's last lines", process.tail(15)))


def pytest_terminal_summary(terminalreporter):
    """What the cases measured, which nobody should have to dig for."""
    reports = [report for outcome in ("passed", "failed") for report in terminalreporter.getreports(outcome)]
    lines = [value for report in reports for name, value in report.user_properties if name == "measured"]
    if lines:
        terminalreporter.section("measured")
        for line in lines:
            terminalreporter.line(line)
