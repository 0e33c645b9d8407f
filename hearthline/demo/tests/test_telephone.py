"""The telephones of the demo's invented people: they take a call and press the key."""

from pathlib import Path

from hearthline.demo.management.commands.run_demo_telephone import READY
from hearthline.telephony.sip.calls import Call
from hearthline.telephony.tests.office import office, wait_until
from hearthline.telephony.tests.phones import free_ports
from tests.browser.installation import prepared


def test_an_invented_person_takes_a_call_and_presses_one(committed: None, tmp_path: Path) -> None:
    port = free_ports()
    with prepared() as installation:
        installation.environment["DJANGO_SETTINGS_MODULE"] = "hearthline.config.settings.demo"
        installation.environment["HEARTHLINE_DEMO_TELEPHONE_PORT"] = str(port)
        installation.start("telephone")
        log = installation.directory / "telephone.log"
        wait_until(lambda: READY in log.read_text())
        with office(tmp_path, trunk_port=port) as at:
            call: Call = at.wait(at.worker.agent.call("+15125550134"))
            wait_until(lambda: call.answered.is_set() or call.over.done())
            assert call.answered.is_set(), log.read_text()[-2000:]
            wait_until(lambda: not call.line.keys.empty())
            assert at.do(call.line.keys.get_nowait) == "1"
            assert call.line.received > 20
