"""The spoken menu: every way through it, and that no keys lead out of it."""

from hypothesis import given
from hypothesis import strategies as st

from hearthline.telephony.menu import Act, Command, Do, Facts, Menu, Say, Step
from hearthline.telephony.prompts import LANGUAGES, words_of

FACTS = Facts("Dr. Lindqvist", "Tuesday", may_join=True, may_change=True)


def lines(commands: list[Command]) -> list[str]:
    return [one.name if isinstance(one, Say) else f"!{one.act.value}:{one.argument}" for one in commands]


def press(menu: Menu, keys: str) -> list[str]:
    said: list[str] = []
    for key in keys:
        said = lines(menu.press(key))
    return said


def at_main(facts: Facts = FACTS) -> Menu:
    menu = Menu("Clinic", ["en", "es"])
    menu.begin()
    assert press(menu, "12345678") == ["!check_pin:12345678"]
    menu.pin_checked(facts, language="es")
    return menu


def test_the_first_words_ask_for_digits_and_offer_the_other_language() -> None:
    menu = Menu("Clinic", ["en", "es", "ar"])
    assert lines(menu.begin()) == ["welcome", "enter_pin", "language"]
    assert (menu.language, menu.next_language) == ("en", "es")
    press(menu, "12*")
    assert (menu.language, menu.typed) == ("es", "")


def test_three_wrong_tries_end_the_call() -> None:
    menu = Menu("Clinic", ["en"])
    menu.begin()
    for _ in range(2):
        press(menu, "00000000")
        assert lines(menu.pin_checked(None)) == ["wrong_pin", "enter_pin"]
    press(menu, "00000000")
    assert lines(menu.pin_checked(None)) == ["too_many", "!hang_up:"]


def test_a_locked_clinic_says_no_more_at_the_first_try() -> None:
    menu = Menu("Clinic", ["en"])
    menu.begin()
    press(menu, "1#")
    assert lines(menu.pin_checked(None, is_locked=True)) == ["too_many", "!hang_up:"]


def test_after_the_digits_the_persons_own_language_is_spoken() -> None:
    assert at_main().language == "es"


def test_only_what_is_possible_is_offered_and_taken() -> None:
    over = Facts("Dr. Lindqvist", "Tuesday")
    menu = at_main(over)
    assert lines(menu.silent()) == ["appointment", "press_call_back", "press_repeat"]
    for key in "1234":
        assert press(menu, key)[0] == "unknown_key"


def test_each_wish() -> None:
    assert press(at_main(), "1") == ["!join:"]
    assert press(at_main(), "2") == ["!confirm:"]
    assert press(at_main(), "5") == ["!call_back:"]
    assert press(at_main(), "9")[0] == "appointment"
    assert press(at_main(), "4") == ["sure_cancel"]
    assert press(at_main(), "44") == ["!cancel:"]
    assert press(at_main(), "40")[0] == "kept"


def test_moving_takes_one_of_the_times_said() -> None:
    menu = at_main()
    assert press(menu, "3") == ["!find_times:"]
    assert lines(menu.times_found(["one", "two"])) == ["time", "time", "press_back"]
    assert press(menu, "7")[0] == "unknown_key"
    assert press(menu, "2") == ["!move:1"]
    assert lines(menu.changed("moved", FACTS)) == ["moved", "press_repeat"]


def test_no_other_time_leads_to_a_call_back() -> None:
    menu = at_main()
    press(menu, "3")
    assert lines(menu.times_found([])) == ["no_times"]
    assert press(menu, "5") == ["!call_back:"]


def test_who_waits_may_rather_be_called() -> None:
    menu = at_main()
    press(menu, "1")
    assert lines(menu.entered()) == ["waiting"]
    assert press(menu, "7") == []
    assert press(menu, "5") == ["!call_back:"]


def test_silence_ends_the_call_in_the_end() -> None:
    menu = Menu("Clinic", ["en"])
    menu.begin()
    said = [lines(menu.silent())[-1] for _ in range(3)]
    assert said == ["enter_pin", "enter_pin", "!hang_up:"]


@given(st.lists(st.sampled_from("0123456789*#AB"), max_size=60), st.booleans())
def test_no_keys_do_what_was_not_asked_for(keys: list[str], may_change: bool) -> None:
    menu = Menu("Clinic", ["en", "es"])
    menu.begin()
    facts = Facts("Dr. Lindqvist", "Tuesday", may_join=False, may_change=may_change)
    named = False
    for key in keys:
        for command in menu.press(key):
            if not isinstance(command, Do):
                continue
            assert named or command.act is Act.CHECK_PIN
            assert may_change or command.act not in {Act.CONFIRM, Act.CANCEL, Act.MOVE, Act.FIND_TIMES}
            assert command.act is not Act.JOIN
            if command.act is Act.CHECK_PIN:
                named = True
                menu.pin_checked(facts)
            elif command.act is Act.FIND_TIMES:
                menu.times_found(["one"])
            elif command.act is not Act.HANG_UP:
                menu.changed("confirmed", facts)
        assert menu.step in Step


def test_every_line_is_there_in_every_language_and_fills_the_same() -> None:
    english = words_of("en")
    for language in LANGUAGES:
        words = words_of(language)
        assert set(words) == set(english)
        for name, text in words.items():
            assert {part.split("}")[0] for part in text.split("{")[1:]} == {
                part.split("}")[0] for part in english[name].split("{")[1:]
            }
